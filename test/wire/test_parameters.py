"""Tests of L{arvgate.wire.parameters}."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import BadRequest, Invalid, TooLarge
from arvgate.model.kinds import COLLECTIONS, CONTAINER_REQUESTS, USERS
from arvgate.wire.parameters import (
    FORM,
    JSON,
    MAX_ENCODED,
    MULTIPART,
    attributes_of,
    body_format,
    effective_method,
    merge_parameters,
    parse_body,
    parse_form,
    parse_pairs,
)


class Bytes(SynchronousTestCase):
    """From bytes to names and values."""

    def test_pairs(self) -> None:
        """Names and values are decoded, blank and repeated ones kept."""
        self.assertEqual(
            (("a", "1 2"), ("b", ""), ("a", "ü+"), ("c", "")), tuple(parse_pairs(b"a=1+2&b=&a=%C3%BC%2B&c"))
        )
        self.assertEqual((), tuple(parse_pairs(b"")))

    def test_bad_pairs(self) -> None:
        """What is not UTF-8, holds NUL or has too many parts is malformed."""
        for data in (b"a=%FF", b"a=\xff", b"%00=1", b"a=%00", b"&".join([b"a=1"] * 1001)):
            self.assertRaises(BadRequest, parse_pairs, data)

    @given(st.binary(max_size=200))
    def test_any_bytes(self, data: bytes) -> None:
        """Whatever bytes come, they are pairs or malformed."""
        try:
            parse_pairs(data)
        except BadRequest:
            return

    def test_body_format(self) -> None:
        """JSON is what says so or says nothing, a form says so, and an empty body is none."""
        self.assertEqual(JSON, body_format("application/json; charset=utf-8", 2))
        self.assertEqual(JSON, body_format(None, 2))
        self.assertEqual(FORM, body_format("Application/X-WWW-Form-URLencoded", 2))
        self.assertEqual("", body_format("text/html", 0))
        self.assertEqual(MULTIPART, body_format("multipart/form-data; boundary=x", 2))
        self.assertRaises(BadRequest, body_format, "text/plain", 2)

    def test_forms(self) -> None:
        """Forms of both sorts are names and values."""
        body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
        self.assertEqual([("a", "1")], list(parse_form("multipart/form-data; boundary=x", body)))
        self.assertEqual([("a", "1")], list(parse_form(FORM, b"a=1")))
        error = self.assertRaises(BadRequest, parse_form, "multipart/form-data; boundary=y", body)
        self.assertIn("The form cannot be read", error.sentence)

    def test_large_encoded_forms(self) -> None:
        """A percent-encoded form that would take long to read is refused, with what to send instead."""
        self.assertEqual(1, len(parse_form(FORM, b"a=" + b"x" * (MAX_ENCODED - 2))))
        error = self.assertRaises(TooLarge, parse_form, FORM, b"a=" + b"x" * (MAX_ENCODED - 1))
        self.assertIn("application/json", error.sentence)

    def test_body(self) -> None:
        """A JSON body is an object."""
        self.assertEqual({"a": [1]}, parse_body(b'{"a": [1]}'))
        for data in (b"{", b"[]", b"5", b'{"a": NaN}', b"\xff", b'{"a": "\\ud800"}', b"[" * 100_000):
            self.assertRaises(BadRequest, parse_body, data)


class EffectiveMethod(SynchronousTestCase):
    """A POST that means another method."""

    def test_override(self) -> None:
        """Header and parameter say what a POST means; the parameter wins."""
        self.assertEqual("GET", effective_method("POST", "GET", ()))
        self.assertEqual("DELETE", effective_method("POST", None, (("_method", "delete"),)))
        self.assertEqual("PATCH", effective_method("POST", "GET", (("_method", "PATCH"),)))

    def test_no_override(self) -> None:
        """Other methods mean themselves, and so does a POST that asks for none or an unknown one."""
        self.assertEqual("GET", effective_method("GET", "DELETE", (("_method", "DELETE"),)))
        self.assertEqual("POST", effective_method("POST", None, ()))
        self.assertEqual("POST", effective_method("POST", "", (("_method", ""),)))
        self.assertEqual("POST", effective_method("POST", "BREW", ()))


class MergeParameters(SynchronousTestCase):
    """Typed parameters."""

    def test_types(self) -> None:
        """Text that looks like JSON is JSON, the rest is text, and empty or null values are absent."""
        self.assertEqual(
            {"a": ["x"], "b": {"y": 1}, "c": "quoted", "d": "plain", "e": "5"},
            merge_parameters(
                [
                    ("a", '["x"]'),
                    ("b", '{"y":1}'),
                    ("c", '"quoted"'),
                    ("d", "plain"),
                    ("e", "5"),
                    ("f", ""),
                    ("g", "null"),
                ],
                {},
            ),
        )

    def test_booleans(self) -> None:
        """Booleans are false when empty, 0 or false, else true."""
        for text, expected in (("", False), ("0", False), ("false", False), ("1", True), ("yes", True)):
            self.assertEqual({"distinct": expected}, merge_parameters([("distinct", text)], {}))
        self.assertEqual({"distinct": True}, merge_parameters([], {"distinct": True}))
        self.assertEqual({"distinct": False}, merge_parameters([], {"distinct": "0"}))

    def test_malformed(self) -> None:
        """JSON text that is malformed names its parameter."""
        error = self.assertRaises(BadRequest, merge_parameters, [("filters", "[[")], {})
        self.assertIn("'filters'", error.sentence)

    def test_body_wins(self) -> None:
        """A body's member wins over a query's parameter."""
        self.assertEqual({"a": 2, "b": "1"}, merge_parameters([("a", "1"), ("b", "1")], {"a": 2}))


class AttributesOf(SynchronousTestCase):
    """Where the attributes of a record are."""

    def test_wrapped(self) -> None:
        """Attributes stand under the singular key, as an object or as JSON text."""
        self.assertEqual({"email": "a"}, attributes_of({"user": {"email": "a"}}, {}, USERS))
        body = {"user": '{"email": "a"}', "select": ["uuid"]}
        self.assertEqual({"email": "a"}, attributes_of(body, body, USERS))

    def test_unwrapped(self) -> None:
        """Without the key a JSON body's top level is the attributes, its parameters aside."""
        body = {"name": "x", "ensure_unique_name": True, "select": ["uuid"]}
        self.assertEqual({"name": "x"}, attributes_of(body, body, COLLECTIONS))

    def test_field_named_like_a_parameter(self) -> None:
        """A field that has a parameter's name is an attribute."""
        self.assertEqual({"filters": []}, attributes_of({}, {"filters": []}, CONTAINER_REQUESTS))

    def test_query_is_not_attributes(self) -> None:
        """The query's parameters are never attributes."""
        self.assertEqual({}, attributes_of({"is_admin": "true"}, {}, USERS))

    def test_null(self) -> None:
        """Null under the key means no attributes."""
        self.assertEqual({}, attributes_of({"user": None}, {"user": None, "email": "a"}, USERS))

    def test_wrong(self) -> None:
        """Something else under the key is refused."""
        for value in (5, [], "[]", "{", "text", True):
            self.assertRaises(Invalid, attributes_of, {"user": value}, {}, USERS)
