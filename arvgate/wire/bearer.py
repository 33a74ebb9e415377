"""
Where a token may arrive on the API's routes (reference B.3).

Not here: the cookie, which the API never reads (a page of another site could make a browser send it), and
what the token is good for (L{arvgate.policy.authenticator}).
"""

from __future__ import annotations

import base64
import binascii

from arvgate.model.tokens import Token, parse_token
from arvgate.wire.parameters import Pairs

__all__ = ["presented_text", "presented_token"]


def presented_token(authorization: str | None, query: Pairs, form: Pairs) -> Token | None:
    """
    The token that a request presents; None if it presents none.

    The first of these counts: the C{Authorization} header as C{Bearer} or C{OAuth2}, or as C{Basic} with
    the token as password; the query's C{api_token}; the form's C{api_token}.  What can be no token at all
    is as good as none.

    @param authorization: the value of the header.
    """
    text = presented_text(authorization, query, form)
    return parse_token(text) if text else None


def presented_text(authorization: str | None, query: Pairs, form: Pairs) -> str:
    """The text that L{presented_token} reads, whatever it is; empty if there is none."""
    return _in_header(authorization or "") or _in_pairs(query) or _in_pairs(form)


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


def _in_pairs(pairs: Pairs) -> str:
    return next((value for name, value in pairs if name == "api_token" and value), "")
