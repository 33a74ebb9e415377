"""Requests as hypothesis makes them: whole, cut into pieces, and damaged."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

__all__ = ["ANSWERS", "DAMAGE", "FIELDS", "MESSAGES", "Message", "damaged", "requests", "split"]

_NAME = st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=8).map(lambda text: b"X-" + text.encode())
_VALUE = st.binary(max_size=20).map(lambda raw: bytes(b for b in raw if b in (9, 32) or 33 <= b <= 126 or b >= 128))
#: Legal header fields that say nothing about the message itself.
FIELDS = st.lists(st.tuples(_NAME, _VALUE.map(lambda value: value.strip(b" \t"))), max_size=4)
_TARGET = st.text('abc/%2?=&.;~\\"<>{}|', max_size=12).map(lambda text: b"/" + text.encode())


class Message:
    """A request or an answer, as its parts and as its bytes."""

    def __init__(
        self, first: bytes, fields: list[tuple[bytes, bytes]], parts: list[bytes], chunked: bool, host: bytes
    ) -> None:
        self.method, self.target, _ = first.split(b" ", 2)
        self.fields = fields
        self.body = b"".join(parts)
        self.trailers = [(b"X-Trailer", b"1")] if chunked else []
        lines = [first, *([b"Host: " + host] if host else []), *(name + b": " + value for name, value in fields)]
        body = self.body
        if chunked:
            lines.append(b"Transfer-Encoding: chunked")
            body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\nX-Trailer: 1\r\n\r\n"
        elif body or not host:
            lines.append(b"Content-Length: %d" % len(body))
        self.wire = b"\r\n".join([*lines, b"", body])

    def __repr__(self) -> str:
        return repr(self.wire)


_PARTS = st.lists(st.binary(min_size=1, max_size=12), max_size=3)
_METHODS = st.sampled_from([b"GET", b"POST", b"PUT", b"OPTIONS", b"PROPFIND"])
_REQUEST_LINES = st.builds(lambda method, target: method + b" " + target + b" HTTP/1.1", _METHODS, _TARGET)
_STATUS_LINES = st.sampled_from([b"HTTP/1.1 200 OK", b"HTTP/1.1 404 Nicht da\xdf", b"HTTP/1.1 500 ", b"HTTP/1.1 299 x"])


def requests(host: bytes) -> st.SearchStrategy[list[Message]]:
    """A few requests to C{host}."""
    message = st.builds(Message, _REQUEST_LINES, FIELDS, _PARTS, st.booleans(), st.just(host))
    return st.lists(message, min_size=1, max_size=3)


#: A few requests, each as its bytes.
MESSAGES = requests(b"h").map(lambda messages: [message.wire for message in messages])
#: A few answers.
ANSWERS = st.lists(
    st.builds(Message, _STATUS_LINES, FIELDS, _PARTS, st.booleans(), st.just(b"")), min_size=1, max_size=3
)

#: What is put into a place to damage it.
DAMAGE = st.sampled_from(
    [b"", b"\n", b"\r", b"\r\n", b"\r\n\r\n", b"\0", b" ", b"\t", b":", b";", b"0", b"5", b"+", b"_", b"\xb2",
     b"x" * 70, b"Host: h\r\n", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"A: 1\r\n" * 8]
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, messages: st.SearchStrategy[list[bytes]]) -> bytes:
    """Requests with up to three places overwritten."""
    wire = b"".join(draw(messages))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(wire)))
        wire = wire[:place] + draw(DAMAGE) + wire[place + draw(st.integers(0, 2)) :]
    return wire


def split(wire: bytes, cuts: list[int]) -> list[bytes]:
    """C{wire} cut at those places."""
    return [wire[a:b] for a, b in pairwise([0, *sorted(cuts), len(wire)]) if a < b]
