"""Tests of L{arvgate.wire.multipart_form}."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.multipart_form import MultipartError, parse_multipart

TYPE = "multipart/form-data; boundary=----edge"


def part(head: str, value: bytes) -> bytes:
    """One part with its delimiter."""
    return f"------edge\r\n{head}\r\n\r\n".encode() + value + b"\r\n"


def form(*parts: bytes) -> bytes:
    """A whole body."""
    return b"".join(parts) + b"------edge--\r\n"


def field(name: str, value: bytes, more: str = "") -> bytes:
    """A part that is a field."""
    return part(f'Content-Disposition: form-data; name="{name}"{more}', value)


class ParseMultipart(SynchronousTestCase):
    """Bodies."""

    def read(self, body: bytes, content_type: str = TYPE) -> list[tuple[str, str]]:
        """Its names and values; at most five."""
        return list(parse_multipart(content_type, body, 5))

    def test_fields(self) -> None:
        """Names and values come in their order, blank and repeated ones too, letters of all languages among them."""
        body = form(field("a", b"1"), field("ü", "ß\r\n".encode()), field("a", b""))
        self.assertEqual([("a", "1"), ("ü", "ß\r\n"), ("a", "")], self.read(body))
        self.assertEqual([], self.read(form()))
        self.assertEqual([("a", "1")], self.read(form(field("a", b"1")), 'Multipart/Form-Data; Boundary="----edge"'))

    def test_files(self) -> None:
        """A file is its text."""
        head = 'Content-Disposition: form-data; name="x"; filename="x.json"\r\nContent-Type: application/json'
        self.assertEqual([("x", "{}")], self.read(form(part(head, b"{}"))))

    def test_refused(self) -> None:
        """What is cut short, malformed, too much or no text is refused."""
        good = form(field("a", b"1"))
        for body in (
            b"x",
            good[:-6],
            good.replace(b"\r\n", b"\n"),
            form(field("a", b"1")).replace(b"form-data", b"attachment"),
            form(part("Content-Disposition: form-data", b"1")),
            form(part("X: y", b"1")),
            form(part("nonsense", b"1")),
            form(field("a", b"\xff")),
            form(field("a", b"\0")),
            form(*[field("a", b"1")] * 6),
            form(part("X-Long: " + "x" * 5000, b"1")),
            form(field("a", b"1", "\r\nContent-Type: text/plain; charset=utf-16")),
            form(field("a", b"MQ==", "\r\nContent-Transfer-Encoding: base64")),
            b"preamble" + good,
        ):
            self.assertRaises(MultipartError, self.read, body)
        for content_type in (
            "multipart/form-data",
            "multipart/form-data; boundary=",
            'multipart/form-data; boundary="\n"',
        ):
            self.assertRaises(MultipartError, self.read, good, content_type)

    @given(st.binary(max_size=300), st.booleans())
    def test_any_bytes(self, data: bytes, framed: bool) -> None:
        """Whatever bytes come, they are fields or refused."""
        try:
            self.read(b"------edge\r\n" + data + b"\r\n------edge--\r\n" if framed else data)
        except MultipartError:
            return

    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=100))
    def test_any_text(self, value: str) -> None:
        """Any text comes back as it was."""
        self.assertEqual([("a", value)], self.read(form(field("a", value.encode()))))
