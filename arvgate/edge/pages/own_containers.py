"""
The list of what somebody may enter: their requests and containers, with links into the ports that listen.

Not here: the rows' words (L{arvgate.edge.pages.rows}).
"""

from __future__ import annotations

import re

from arvgate.edge.pages.options import PageOptions, PageSources
from arvgate.edge.pages.rendering import page_headers, render
from arvgate.edge.pages.rows import make_row
from arvgate.edge.pages.sessions import find_session
from arvgate.edge.pages.visit import PageAnswer, PageVisit, redirection
from arvgate.model.kinds import USERS
from arvgate.policy.own_forms import form_token
from arvgate.policy.scopes import covers
from arvgate.wire.headers import CALLER_TOKEN, CALLER_USER

__all__ = ["OwnContainers"]

_NARROW = "The token with which you logged in does not permit to list your containers; open one by its address."


class OwnContainers:
    """The page C{/}."""

    def __init__(self, options: PageOptions, sources: PageSources) -> None:
        self._options = options
        self._sources = sources

    async def show(self, visit: PageVisit) -> PageAnswer:
        """The list of who is logged in; others are sent to the login."""
        session = await find_session(self._sources, visit)
        if session is None:
            return redirection("/login")
        principal, size = session.principal, self._options.page_size
        number = _page(visit)
        found = []
        may_list = covers(principal.scopes, "GET", "/arvados/v1/container_requests")
        if may_list:
            records = self._sources.records
            found = list(await records.writable_requests(principal, size + 1, (number - 1) * size))
        user = await self._sources.records.get(USERS, str(principal.user_uuid), principal)
        body = render(
            "list.html",
            home="/",
            who=str(user.get("full_name") or "").strip() or user["email"] or user["uuid"],
            form=form_token(session.token),
            sentence="" if may_list else _NARROW,
            rows=[make_row(*pair, self._options, self._sources.now()) for pair in found[:size]],
            page=number,
            more=len(found) > size,
        )
        caller = [(CALLER_USER, str(principal.user_uuid).encode()), (CALLER_TOKEN, str(principal.token_uuid).encode())]
        return PageAnswer(200, [*page_headers("'self'"), *caller], body)


def _page(visit: PageVisit) -> int:
    text = visit.fields.get("page", "1")
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,5}", text) else 1
