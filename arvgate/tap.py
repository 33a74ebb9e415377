"""
C{twistd arvgate --config FILE}.

What is wrong is said in one clear line each before anything runs.  Not here: the gateway (L{arvgate.service}).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from twisted.application.service import IService, Service
from twisted.internet.defer import Deferred
from twisted.internet.error import ReactorNotRunning
from twisted.logger import Logger
from twisted.python import usage
from twisted.python.failure import Failure

from arvgate.config.certificate_files import certificate_warnings
from arvgate.config.files import read_config
from arvgate.errors import ArvgateError, ConfigInvalid
from arvgate.service import ConfigText, make_service
from arvgate.service.running import wall_clock

__all__ = ["Gateway", "Options", "makeService"]

_log = Logger()


class Options(usage.Options):
    """The command line."""

    optParameters = [["config", "c", None, "The configuration file."]]  # noqa: N815

    def postOptions(self) -> None:
        """A gateway needs a configuration."""
        if not self["config"]:
            raise usage.UsageError("give the configuration: --config FILE")


def makeService(options: Options) -> IService:
    """The gateway, its sockets open; anything wrong ends the process with a line that says what."""
    from twisted.internet import reactor  # noqa: TID251 - the plugin is where it comes in

    path = options["config"]
    try:
        config = read_config(path)
        text = ConfigText(Path(path).read_text(encoding="utf-8"), str(Path(path).absolute()))
        for key, sentence in certificate_warnings(config, wall_clock(reactor)()):
            _log.warn("{key}: {sentence}", key=key, sentence=sentence)
        service = make_service(config, reactor, text)
        service.privilegedStartService()
    except ArvgateError as error:
        _refuse(error)
    return Gateway(service, reactor)


class Gateway(Service):
    """The gateway in twistd, which it stops if it cannot start."""

    def __init__(self, service: IService, reactor: Any) -> None:
        self._service = service
        self._reactor = reactor

    def startService(self) -> None:
        """Start the gateway."""
        Service.startService(self)
        starting: Any = self._service.startService()
        starting.addErrback(self._failed)

    def stopService(self) -> Deferred[None]:
        """Stop the gateway."""
        Service.stopService(self)
        stopping: Any = self._service.stopService()
        return stopping  # type: ignore[no-any-return]

    def _failed(self, failure: Failure) -> None:
        if failure.check(ArvgateError):
            _log.critical("the gateway cannot start: {reason}", reason=failure.getErrorMessage())
        else:
            _log.failure("the gateway cannot start", failure)
        with suppress(ReactorNotRunning):
            self._reactor.stop()


def _refuse(error: ArvgateError) -> NoReturn:
    if isinstance(error, ConfigInvalid):
        problems = list(error.problems)
    else:
        # Who starts the gateway is its operator, for whom details are.
        problems = [f"{error.sentence} ({error.detail})" if error.detail else error.sentence]
    raise SystemExit("\n".join(f"arvgate: {problem}" for problem in problems))
