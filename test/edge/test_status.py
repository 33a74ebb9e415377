"""Tests of L{arvgate.edge.status}."""

from __future__ import annotations

import json
from collections.abc import Iterator

from twisted.trial.unittest import SynchronousTestCase

from arvgate import errors
from arvgate.edge.status import (
    STATUSES,
    UNEXPECTED,
    error_body,
    error_envelope,
    error_headers,
    error_sentences,
    error_status,
)


def tree(base: type[errors.ArvgateError] = errors.ArvgateError) -> Iterator[type[errors.ArvgateError]]:
    """All error classes that C{arvgate.errors} declares."""
    yield base
    for child in base.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from tree(child)


def example(kind: type[errors.ArvgateError]) -> errors.ArvgateError:
    """An error of that class."""
    return errors.ConfigInvalid(["A: wrong"]) if kind is errors.ConfigInvalid else kind()


class Table(SynchronousTestCase):
    """The statuses of errors."""

    def test_complete(self) -> None:
        """Every class of the error tree has its own line in the table, and the table has no other."""
        self.assertEqual(set(STATUSES), set(tree()))

    def test_numbers(self) -> None:
        """The statuses are those that clients of the API expect."""
        expected = {
            errors.BadRequest: 400,
            errors.NotAuthenticated: 401,
            errors.Forbidden: 403,
            errors.NotFound: 404,
            errors.MethodNotAllowed: 405,
            errors.Ended: 410,
            errors.TooLarge: 413,
            errors.RangeNotSatisfiable: 416,
            errors.Invalid: 422,
            errors.PeerFault: 502,
            errors.NotListening: 502,
            errors.NotReady: 503,
            errors.StoreUnavailable: 503,
        }
        self.assertEqual(expected, {kind: error_status(kind()) for kind in expected})

    def test_subclass_elsewhere(self) -> None:
        """A class that is not in the table has the status of the nearest class above it."""

        class Gone(errors.Ended):
            """An error of some other module."""

        self.assertEqual(410, error_status(Gone()))

    def test_not_ours(self) -> None:
        """Any other exception is a 500 and its text is not shown."""
        error = ValueError("secret in here")
        self.assertEqual(500, error_status(error))
        self.assertEqual((UNEXPECTED,), error_sentences(error))


class Envelope(SynchronousTestCase):
    """The body that reports an error."""

    def test_every_class(self) -> None:
        """Each class is reported as a non-empty array of sentences without its detail."""
        for kind in tree():
            error = example(kind)
            error.detail = "for the operator"
            body = json.loads(error_body(error))
            self.assertTrue(body["errors"], kind)
            self.assertNotIn("operator", json.dumps(body))

    def test_request_id(self) -> None:
        """The request's id stands in parentheses behind each problem."""
        envelope = error_envelope(errors.Invalid("a is wrong", "b is wrong"), "req-1", "12+0000abcd")
        self.assertEqual(
            {"errors": ["a is wrong (req-1)", "b is wrong (req-1)"], "error_token": "12+0000abcd"}, envelope
        )

    def test_plain(self) -> None:
        """Without id and token there are only the sentences."""
        self.assertEqual({"errors": ["Not logged in"]}, error_envelope(errors.NotAuthenticated()))

    def test_hop(self) -> None:
        """A fault whose hop is known names it."""
        fault = errors.NotListening("Nothing there.", hop="runner → app")
        self.assertEqual({"errors": ["Nothing there."], "hop": "runner → app"}, error_envelope(fault))

    def test_headers(self) -> None:
        """What is not ready says when to ask again, 401 names the scheme, 416 the size, others nothing."""
        self.assertEqual([(b"Retry-After", b"7")], error_headers(errors.NotReady(retry_after=7)))
        self.assertEqual([(b"WWW-Authenticate", b'Bearer realm="arvados"')], error_headers(errors.NotAuthenticated()))
        self.assertEqual([(b"Content-Range", b"bytes */12")], error_headers(errors.RangeNotSatisfiable(size=12)))
        self.assertEqual([], error_headers(errors.Forbidden()))
