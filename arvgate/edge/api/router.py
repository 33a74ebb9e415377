"""
From a request to an operation and back: routing by Klein, and errors, in one place.

Not here: the routes (L{arvgate.edge.api.routes}), who asks (L{arvgate.edge.api.authentication}), and bodies
that are too large, which never get this far (L{arvgate.edge.api.site}).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import Any, cast

import attrs
from klein import Klein
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource
from twisted.web.server import Request
from werkzeug import exceptions

from arvgate import errors
from arvgate.edge.api.arrival import CORS, Arrival, json_bytes, read_arrival, request_id_of
from arvgate.edge.api.authentication import NOBODY, Caller, check_scopes, find_caller, has_credentials, names_readers
from arvgate.edge.api.call import AnyAnswer, Api, Call, FileAnswer, PlainAnswer, StreamAnswer
from arvgate.edge.api.queue import RequestTurns
from arvgate.edge.api.request import ApiRequest
from arvgate.edge.api.route import Route
from arvgate.edge.api.sending import cut_off, let_go, send_file, send_stream
from arvgate.edge.api.wrong_credentials import WrongCredentials
from arvgate.edge.status import error_body, error_headers, error_status
from arvgate.wire.headers import CALLER_TOKEN, CALLER_USER
from arvgate.wire.parameters import merge_parameters, parse_body

__all__ = ["ApiResource"]


class ApiResource(Resource):
    """
    The whole API as one leaf: it reads what arrived, answers OPTIONS, and leaves the rest to the routes.

    @ivar api: what the operations work with.
    """

    isLeaf = True
    _log = Logger()

    def __init__(self, api: Api, routes: Iterable[Route], turns: RequestTurns, wrong: WrongCredentials) -> None:
        Resource.__init__(self)
        self.api = api
        self._turns = turns
        self._wrong = wrong
        declared = tuple(routes)
        self._rests = tuple(_with_rest(route) for route in declared if route.takes_rest)
        self._routes = self._declare(declared).resource()

    def render(self, request: Request) -> Any:
        """Answer C{request}; called by Twisted."""
        request_id = request_id_of(request, self.api.randbelow)
        for name, value in (*CORS, (b"X-Request-Id", request_id.encode("ascii"))):
            request.setHeader(name, value)
        request.setHeader(b"X-Content-Type-Options", b"nosniff")
        request.setHeader(b"Server", b"arvgate")
        try:
            if request.method == b"OPTIONS":
                return b""
            arrival = read_arrival(request, request_id)
            if not arrival.path.startswith("/") or arrival.path.startswith("//"):
                raise errors.NotFound
            request.setComponent(Arrival, self._without_rest(request, arrival))
            request.method = arrival.method.encode("ascii")
            return self._routes.render(request)
        except Exception:
            body = self._error_answer(request, Failure())
            return b"" if request.method == b"HEAD" else body

    def _without_rest(self, request: Request, arrival: Arrival) -> Arrival:
        """Keep the end of a path away from the router where a route takes it."""
        for pattern in self._rests:
            match = pattern.match(arrival.path)
            if match is not None:
                known = match[1].encode("utf-8", "surrogateescape")
                request.postpath = known.removeprefix(b"/").split(b"/")
                return attrs.evolve(arrival, rest=match[2])
        try:
            arrival.path.encode("utf-8")
        except UnicodeEncodeError:
            raise errors.BadRequest("The path is not UTF-8") from None
        return arrival

    def _declare(self, routes: Iterable[Route]) -> Klein:
        app = Klein()
        for route in routes:
            self._add(app, route)

        @app.handle_errors(Exception)
        def failed(request: IRequest, failure: Failure) -> bytes:
            return self._error_answer(cast(Request, request), failure)

        return app

    def _add(self, app: Klein, route: Route) -> None:
        @app.route(
            route.path,
            methods=list(route.methods),
            endpoint=f"{'|'.join(route.methods)} {route.path}",
            strict_slashes=False,
            merge_slashes=False,
        )
        async def serve(request: Request, **path: str) -> bytes:
            try:
                answer = await self._answer(request, route, path)
            except (errors.NotAuthenticated, errors.Forbidden) as error:
                if isinstance(error, errors.NotAuthenticated) or route.access == "managed":
                    await self._slow_down(request)
                raise
            return await self._send(request, answer)

    async def _answer(self, request: Request, route: Route, path: dict[str, str]) -> AnyAnswer:
        """What the operation answers: who asks, whether the scopes permit it, and only then the caller's turn."""
        arrival: Arrival = request.getComponent(Arrival)
        caller = await self._caller(request, arrival) if route.access == "scoped" else NOBODY

        async def work() -> AnyAnswer:
            return await route.operation(await self._call(arrival, caller, route, path))

        user = caller.principal.user_uuid
        if user is None:
            return await work()
        return await self._turns.run(user, work, partial(let_go, in_thread=self.api.in_thread), route.impatient)

    async def _slow_down(self, request: Request) -> None:
        """Let who sent wrong credentials wait for the answer, without the body that came with them."""
        arrival: Arrival = request.getComponent(Arrival)
        if has_credentials(arrival):
            request.unsetComponent(Arrival)
            if isinstance(request, ApiRequest):
                request.forget_body()
            await self._wrong.hold(arrival.client_address)

    async def _call(self, arrival: Arrival, caller: Caller, route: Route, path: dict[str, str]) -> Call:
        body = await self._body(arrival.content)
        return Call(
            api=self.api,
            method=arrival.method,
            principal=caller.principal,
            token=caller.token,
            about=route.kind,
            path={**path, "rest": arrival.rest} if route.takes_rest else path,
            parameters=merge_parameters((*arrival.query, *arrival.form), body),
            body=body,
            headers=arrival.headers,
            query=arrival.query,
        )

    async def _caller(self, request: Request, arrival: Arrival) -> Caller:
        """Who asks, and may; told to whoever stands before the API."""
        body = await self._body(arrival.content) if names_readers(arrival) else {}
        caller = await find_caller(self.api, arrival, body)
        principal = attrs.evolve(caller.principal, address=arrival.client_address)
        for name, uuid in ((CALLER_USER, principal.user_uuid), (CALLER_TOKEN, principal.token_uuid)):
            if uuid is not None:
                request.setHeader(name, uuid.encode("ascii"))
        check_scopes(caller, arrival)
        return attrs.evolve(caller, principal=principal)

    async def _body(self, content: bytes) -> dict[str, Any]:
        if not content:
            return {}
        if len(content) <= self.api.options.large_body:
            return parse_body(content)
        return await self.api.in_thread(lambda: parse_body(content))

    async def _send(self, request: Request, answer: AnyAnswer) -> bytes:
        for name, value in ((b"Cache-Control", b"no-store"), *answer.headers):
            request.setHeader(name, value)
        if isinstance(answer, FileAnswer):
            await send_file(request, answer)
            return b""
        if isinstance(answer, StreamAnswer):
            await send_stream(request, answer, self.api.in_thread)
            return b""
        if isinstance(answer, PlainAnswer):
            request.setResponseCode(answer.status)
            if answer.status != http.NOT_MODIFIED:
                request.setHeader(b"Content-Length", b"%d" % len(answer.body))
            return answer.body
        return _whole(request, json_bytes(answer.json))

    def _error_answer(self, request: Request, failure: Failure) -> bytes:
        """The answer that reports an error; what is unexpected is logged and not told."""
        assert failure.value is not None
        error = _as_ours(failure.value, request)
        request_id = request.responseHeaders.getRawHeaders("X-Request-Id", [""])[0]
        facts: dict[str, Any] = {"request_id": request_id, "method": request.method, "path": request.path}
        if not isinstance(error, errors.ArvgateError):
            self._log.failure("{request_id} {method} {path} failed", failure, **facts)
        elif error.detail:
            self._log.info(
                "{request_id} {method} {path}: {code} ({detail})", code=error.code, detail=error.detail, **facts
            )
        if request.startedWriting:
            cut_off(request)
            return b""
        request.setResponseCode(error_status(error))
        for name, value in error_headers(error):
            request.setHeader(name, value)
        stamp = f"{int(self.api.now().timestamp())}+{self.api.randbelow(2**32):08x}"
        return _whole(request, error_body(error, request_id, stamp))


def _with_rest(route: Route) -> re.Pattern[str]:
    known = re.sub("<[a-z]+>", "[^/]+", route.path)
    return re.compile(rf"({known})(|/.*)\Z", re.DOTALL)


def _whole(request: Request, body: bytes) -> bytes:
    request.setHeader(b"Content-Type", b"application/json")
    request.setHeader(b"Content-Length", b"%d" % len(body))
    return body


def _as_ours(error: BaseException, request: Request) -> BaseException:
    """The router's exceptions as ours."""
    match error:
        case exceptions.MethodNotAllowed():
            request.setHeader(b"Allow", ", ".join(sorted(error.valid_methods or ())).encode("ascii"))
            return errors.MethodNotAllowed()
        case exceptions.NotFound() | exceptions.HTTPException(code=308):
            return errors.NotFound()
        case exceptions.HTTPException():
            return errors.BadRequest()
    return error
