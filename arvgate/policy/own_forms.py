"""
Which form posts to our own pages count: those that a page of ours made, in the name of who is logged in.

A browser always says where a form was (Origin, and Fetch Metadata where it is new enough), so that a page of another
host, be it a container's, cannot log anybody in or out.  What changes a session must besides bring a text that only
pages of that session have.  Not here: who is logged in.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from arvgate.errors import Forbidden
from arvgate.model.tokens import Token
from arvgate.wire.origin import RequestOrigin
from arvgate.wire.vhost import canonical_host

__all__ = ["check_form_token", "check_own_page", "form_token"]

_PURPOSE = b"arvgate form"


def check_own_page(origin: RequestOrigin) -> None:
    """
    Let a post pass that was made by a form of the host that it goes to, or by what is no browser.

    @raise Forbidden: another page made it.
    """
    source = None if origin.origin is None else origin.origin.removeprefix(b"https://")
    own = source is None or canonical_host(source) == canonical_host(origin.host)
    if not own or origin.site not in (None, b"same-origin"):
        raise Forbidden("Only a form of this page itself can do that.")


def form_token(session: Token) -> str:
    """What the forms in the pages of a session bring along; it does not give the session away."""
    return hmac.new(session.secret.encode(), _PURPOSE, sha256).hexdigest()


def check_form_token(session: Token, given: str) -> None:
    """
    Let a post pass whose form was in a page of this session.

    @raise Forbidden: it was not.
    """
    if not hmac.compare_digest(form_token(session).encode(), given.encode("utf-8", "replace")):
        raise Forbidden("This form is of an earlier login; load the page again.")
