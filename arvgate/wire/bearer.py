"""
Where tokens may arrive on the API's routes (reference B.3, B.4).

Not here: the cookie, which the API never reads (a page of another site could make a browser send it), and
what a token is good for (L{arvgate.policy.authenticator}).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import attrs

from arvgate.model.tokens import Token, parse_token
from arvgate.wire.parameters import Pairs

__all__ = ["READERS", "Presented", "presented_text", "presented_token", "presented_tokens"]

#: As many readers count at most; more of them in C{reader_tokens} are none.
READERS: Final = 99


@attrs.frozen
class Presented:
    """
    The tokens that came with a request.

    @ivar token: the first one, which says who asks; None if there is none, or it can be no token at all.
    @ivar readers: the others, which only add to what is seen (reference B.4).
    """

    token: Token | None
    readers: Sequence[Token] = ()


def presented_token(authorization: str | None, query: Pairs, form: Pairs) -> Token | None:
    """
    The token that says who asks; None if there is none.

    The first of these counts: the C{Authorization} header as C{Bearer} or C{OAuth2}, or as C{Basic} with
    the token as password; the query's C{api_token}; the form's C{api_token}.  What can be no token at all
    is as good as none.

    @param authorization: the value of the header.
    """
    text = presented_text(authorization, query, form)
    return parse_token(text) if text else None


def presented_text(authorization: str | None, query: Pairs, form: Pairs) -> str:
    """The text that L{presented_token} reads, whatever it is; empty if there is none."""
    return next(_texts(authorization, query, form), "")


def presented_tokens(authorization: str | None, query: Pairs, form: Pairs, body: Mapping[str, Any]) -> Presented:
    """
    All tokens of a request: after those that L{presented_token} knows come those in C{reader_tokens}, a JSON array in
    query, form or body.

    @param body: members of a JSON body.
    """
    first, *others = [parse_token(text) for text in _texts(authorization, query, form)] or [None]
    others.extend(parse_token(text) for text in _reader_texts(query, form, body))
    readers = dict.fromkeys(one for one in others if one is not None and one != first)
    return Presented(first, tuple(islice(readers, READERS)))


def _texts(authorization: str | None, query: Pairs, form: Pairs) -> Iterator[str]:
    """What stands where a token may be, in the order in which it counts."""
    header = _in_header(authorization or "")
    if header:
        yield header
    yield from (value for name, value in (*query, *form) if name == "api_token" and value)


def _reader_texts(query: Pairs, form: Pairs, body: Mapping[str, Any]) -> Sequence[str]:
    value = body.get("reader_tokens")
    if value is None:
        value = next((value for name, value in (*form, *query) if name == "reader_tokens"), None)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return ()
    if not isinstance(value, list) or len(value) > READERS:
        return ()
    return [text for text in value if isinstance(text, str)]


def _in_header(value: str) -> str:
    scheme, _, rest = value.partition(" ")
    if scheme in ("Bearer", "OAuth2"):
        return rest.strip()
    if scheme == "Basic":
        return _basic_password(rest.strip())
    return ""


def _basic_password(encoded: str) -> str:
    try:
        text = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return text.partition(":")[2].strip()
