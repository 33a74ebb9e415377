"""Requests as hypothesis makes them: whole, cut into pieces, and damaged."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

__all__ = ["DAMAGE", "FIELDS", "MESSAGES", "damaged", "split"]

_NAME = st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=8).map(lambda text: b"X-" + text.encode())
_VALUE = st.binary(max_size=20).map(lambda raw: bytes(b for b in raw if b in (9, 32) or 33 <= b <= 126 or b >= 128))
#: Legal header fields that say nothing about the message itself.
FIELDS = st.lists(st.tuples(_NAME, _VALUE.map(lambda value: value.strip(b" \t"))), max_size=4)
_TARGET = st.text('abc/%2?=&.;~\\"<>{}|', max_size=12).map(lambda text: b"/" + text.encode())


def _message(
    method: bytes, target: bytes, fields: list[tuple[bytes, bytes]], chunks: list[bytes], chunked: bool
) -> bytes:
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: h", *(name + b": " + value for name, value in fields)]
    body = b"".join(chunks)
    if chunked:
        lines.append(b"Transfer-Encoding: chunked")
        body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in chunks) + b"0\r\nX-Trailer: 1\r\n\r\n"
    elif body:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body])


#: A few requests, each as its bytes.
MESSAGES = st.lists(
    st.builds(
        _message,
        st.sampled_from([b"GET", b"POST", b"PUT", b"OPTIONS", b"PROPFIND"]),
        _TARGET,
        FIELDS,
        st.lists(st.binary(min_size=1, max_size=12), max_size=3),
        st.booleans(),
    ),
    min_size=1,
    max_size=3,
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
