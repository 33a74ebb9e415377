"""
The pages of the API's host in front of the record API: whatever is no page of ours goes on to it.

Not here: what the pages are, and the API (L{arvgate.edge.api}).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from arvgate.edge.api import ApiResource
from arvgate.edge.api.arrival import request_id_of
from arvgate.edge.pages.failure import FailurePage, failure_page
from arvgate.edge.pages.login import LoginPage
from arvgate.edge.pages.options import PageOptions, PageSources
from arvgate.edge.pages.own_containers import OwnContainers
from arvgate.edge.pages.rendering import page_headers
from arvgate.edge.pages.sessions import log_out
from arvgate.edge.pages.visit import PageAnswer, PageVisit, origin_of, read_visit
from arvgate.edge.status import error_body, error_headers, error_status
from arvgate.errors import ArvgateError, MethodNotAllowed

__all__ = ["PagesAndApi"]

Show = Callable[[PageVisit], Awaitable[PageAnswer]]

_LIST = b"/"


class PagesAndApi(Resource):
    """
    All that the API's host answers.

    The list at C{/} is for who looks at it with a browser; a program gets the API's answer there.
    """

    isLeaf = True
    _log = Logger()

    def __init__(self, api: ApiResource, options: PageOptions, sources: PageSources) -> None:
        Resource.__init__(self)
        self._api = api
        login = LoginPage(options, sources)

        async def end(visit: PageVisit) -> PageAnswer:
            return await log_out(sources, visit)

        self._pages: Mapping[bytes, Mapping[bytes, Show]] = {
            _LIST: {b"GET": OwnContainers(options, sources).show},
            b"/login": {b"GET": login.show, b"POST": login.log_in},
            b"/logout": {b"POST": end},
        }

    def render(self, request: Request) -> Any:
        """Answer C{request}; called by Twisted."""
        methods = self._pages.get(request.path)
        if methods is None or (request.path == _LIST and not origin_of(request).wants_page):
            return self._api.render(request)
        answering = Deferred.fromCoroutine(self._answer(request, methods))
        gone = request.notifyFinish()
        gone.addErrback(lambda _: answering.cancel())
        return NOT_DONE_YET

    async def _answer(self, request: Request, methods: Mapping[bytes, Show]) -> None:
        request_id = request_id_of(request, self._api.api.randbelow)
        try:
            answer = await self._page(request, request_id, methods)
        except CancelledError:
            return
        except Exception as error:
            answer = self._failure(request, request_id, error)
        request.setResponseCode(answer.status)
        for name, value in answer.headers:
            request.responseHeaders.addRawHeader(name, value)
        request.setHeader(b"X-Request-Id", request_id.encode("ascii"))
        request.setHeader(b"Server", b"arvgate")
        request.setHeader(b"Content-Length", b"%d" % len(answer.body))
        if request.method != b"HEAD":
            request.write(answer.body)
        request.finish()

    async def _page(self, request: Request, request_id: str, methods: Mapping[bytes, Show]) -> PageAnswer:
        show = methods.get(b"GET" if request.method == b"HEAD" else request.method)
        if show is None:
            request.setHeader(b"Allow", b", ".join(sorted(methods)))
            raise MethodNotAllowed("This page cannot be asked for in this way.")
        return await show(read_visit(request, request_id))

    def _failure(self, request: Request, request_id: str, error: Exception) -> PageAnswer:
        if not isinstance(error, ArvgateError):
            self._log.failure("{request_id} {path} failed", request_id=request_id, path=request.path)
        elif error.detail:
            self._log.info(
                "{request_id} {path}: {detail}", request_id=request_id, path=request.path, detail=error.detail
            )
        status, headers = error_status(error), error_headers(error)
        if origin_of(request).wants_page or request.method == b"POST":
            body = failure_page(error, FailurePage(home="/", request_id=request_id))
            return PageAnswer(status, [*headers, *page_headers()], body)
        headers += [(b"Content-Type", b"application/json"), (b"Cache-Control", b"no-store")]
        return PageAnswer(status, headers, error_body(error, request_id))
