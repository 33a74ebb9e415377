"""
Who is logged in at the API's host, by the cookie of their session; logging out.

Not here: logging in (L{arvgate.edge.pages.login}) and what a session is in the records.
"""

from __future__ import annotations

import attrs

from arvgate.edge.pages.options import PageSources
from arvgate.edge.pages.visit import PageAnswer, PageVisit, redirection
from arvgate.errors import NotAuthenticated
from arvgate.model.principals import Principal
from arvgate.model.tokens import Token
from arvgate.policy.authenticator import authenticate
from arvgate.policy.own_forms import check_form_token, check_own_page
from arvgate.policy.scopes import SESSION
from arvgate.wire.cookies import SESSION_COOKIE, expired_cookie

__all__ = ["Session", "find_session", "log_out"]


@attrs.frozen
class Session:
    """Somebody who is logged in."""

    token: Token
    principal: Principal


async def find_session(sources: PageSources, visit: PageVisit) -> Session | None:
    """
    The session of a visit; None if there is none, or no longer.

    A token of another kind in the cookie is no session: no page could have set it.
    """
    token = visit.session
    if token is None:
        return None
    try:
        principal = authenticate(token, await sources.tokens.find(token), sources.now())
    except NotAuthenticated:
        return None
    return Session(token, principal) if SESSION in principal.scopes else None


async def log_out(sources: PageSources, visit: PageVisit) -> PageAnswer:
    """
    End the session and with it every login at a container's host that came of it.

    @raise Forbidden: another page, or a page of another session, wants it.
    """
    check_own_page(visit.origin)
    session = await find_session(sources, visit)
    if session is not None:
        check_form_token(session.token, visit.fields.get("form", ""))
        await sources.records.end_session(session.token)
    return redirection("/login", expired_cookie(SESSION_COOKIE))
