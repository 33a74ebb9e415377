"""
Types of arguments that several commands have; what is malformed is a usage error.

Not here: whether there is such a thing (L{arvgate.cli.lookup}).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from arvgate.config.values import parse_duration, parse_size
from arvgate.model.ids import is_uuid
from arvgate.wire.record_json import parse_time

__all__ = ["DURATION", "MOMENT", "SIZE", "PortType", "RunUuidType", "UuidType", "json_option"]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class UuidType(click.ParamType[Any]):
    """A UUID of one of some kinds of records."""

    name = "UUID"

    def __init__(self, **kinds: str) -> None:
        self._kinds = kinds

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The UUID in lower case."""
        text = str(value).lower()
        if any(is_uuid(text, kind) for kind in self._kinds):
            return text
        return self.fail(f"{value!r} is not the UUID of {' or '.join(self._kinds.values())}.", param, ctx)


class RunUuidType(UuidType):
    """The UUID of a container or of a container request."""

    def __init__(self) -> None:
        super().__init__(containers="a container", container_requests="a container request")


class PortType(RunUuidType):
    """C{UUID[:PORT]}, as a pair; 0 if no port is given."""

    name = "UUID[:PORT]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The pair of UUID and port."""
        if isinstance(value, tuple):
            return value
        uuid, colon, port = str(value).partition(":")
        if colon and not (port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535):
            self.fail(f"{port!r} is not a port from 1 to 65535.", param, ctx)
        return super().convert(uuid, param, ctx), int(port or "0")


class _Duration(click.ParamType[float]):
    name = "DURATION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(f"{value!r} is {error}.", param, ctx)


class _Size(click.ParamType[int]):
    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_size(value)
        except ValueError as error:
            self.fail(f"{value!r} is {error}.", param, ctx)


class _Moment(click.ParamType[datetime]):
    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        moment = value if isinstance(value, datetime) else parse_time(str(value))
        return moment or self.fail(f"{value!r} is no time such as 2030-01-31T12:00:00Z.", param, ctx)


#: A time, aware.
MOMENT = _Moment()
#: Seconds, written like C{90s} or C{12h}.
DURATION = _Duration()
#: Bytes, written like C{256MiB}.
SIZE = _Size()
