"""
Credentials in a request's target: taken out of the query, the rest left byte for byte.

Not here: whether they are valid.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import attrs

from arvgate.model.tokens import parse_token

__all__ = ["CODE_PARAMETER", "TakenQuery", "same_origin_location", "take_credentials"]

#: The parameter that carries a one-time code.
CODE_PARAMETER = "arvgate_code"

_TOKEN = b"arvados_api_token"
_SHORT = b"api_token"
_CODE = CODE_PARAMETER.encode()


@attrs.frozen
class TakenQuery:
    """
    What was taken out of a target.

    @ivar target: what is left of it.
    @ivar token: text of the first token that is not empty, valid or not.
    @ivar code: the first one-time code that is not empty.
    """

    target: bytes
    token: str | None = attrs.field(default=None, repr=False)
    code: str | None = attrs.field(default=None, repr=False)


def take_credentials(target: bytes) -> TakenQuery:
    """
    Take every C{arvados_api_token}, C{arvgate_code}, and C{api_token} that has the form of a v2 token, out of
    a target.

    @param target: path and query in origin form.
    """
    path, mark, query = target.partition(b"?")
    if not mark or (b"token" not in (lower := _decoded(query).lower()) and b"code" not in lower):
        return TakenQuery(target)
    found: dict[bytes, str] = {}
    kept = []
    pieces = query.split(b"&")
    for piece in pieces:
        name, _, value = piece.partition(b"=")
        key = _decoded(name)
        text = _decoded(value).decode("latin-1")
        if key not in (_TOKEN, _CODE) and not (key == _SHORT and _is_v2(text)):
            kept.append(piece)
        elif text:
            found.setdefault(key, text)
    if len(kept) == len(pieces):
        return TakenQuery(target)
    rest = path + b"?" + b"&".join(kept) if kept else path
    return TakenQuery(rest, token=found.get(_TOKEN, found.get(_SHORT)), code=found.get(_CODE))


def same_origin_location(target: bytes) -> bytes:
    """
    A target as a path that no browser reads as another host: exactly one slash in front, no backslash, no
    control bytes.
    """
    path = re.sub(rb"[\x00-\x20\x7f-\xff\\]", lambda match: b"%%%02X" % match[0][0], target)
    return b"/" + path.lstrip(b"/")


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def _is_v2(text: str) -> bool:
    token = parse_token(text)
    return token is not None and token.uuid is not None
