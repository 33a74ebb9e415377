"""
How commands fail: one clear line on stderr and an exit code, never a traceback.

Not here: the errors themselves (L{arvgate.errors}) and their HTTP statuses (L{arvgate.edge.status}).
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final, NoReturn

import click
from click.exceptions import Exit

from arvgate import errors
from arvgate.cli.output import printable

__all__ = ["EXIT_CODES", "Commands", "database_faults", "exit_code", "report"]

#: Classes of the error tree to exit codes; what is not named here has that of the nearest class above it.
EXIT_CODES: Final[Mapping[type[errors.ArvgateError], int]] = MappingProxyType(
    {
        errors.ArvgateError: 1,
        errors.BadRequest: 2,
        errors.Invalid: 2,
        errors.ConfigInvalid: 2,
        errors.NotAuthenticated: 3,
        errors.Forbidden: 3,
        errors.NotFound: 4,
        errors.Ended: 4,
        errors.NotReady: 5,
        errors.PeerFault: 255,
    }
)


def exit_code(error: errors.ArvgateError) -> int:
    """The exit code that tells of C{error}."""
    return next(EXIT_CODES[base] for base in type(error).__mro__ if base in EXIT_CODES)


def report(error: errors.ArvgateError) -> NoReturn:
    """
    End the command: the problems on stderr, one line each.

    @raise Exit: always.
    """
    match error:
        case errors.Invalid() | errors.ConfigInvalid():
            lines = list(error.problems)
        case _:
            lines = [error.sentence]
    for line in lines:
        click.echo(f"arvgate: {printable(line)}", err=True)
    raise Exit(exit_code(error))


@contextmanager
def database_faults() -> Iterator[None]:
    """
    For commands that open the database themselves: whoever runs them is the operator and may know why it fails.

    @raise StoreUnavailable: with the reason in its sentence.
    """
    try:
        yield
    except errors.StoreUnavailable as error:
        raise errors.StoreUnavailable(f"The database cannot be used now: {error.detail or 'it is busy'}.") from None


class Commands(click.Group):
    """A group of commands whose errors end them as users expect."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except errors.ArvgateError as error:
            report(error)
        except KeyboardInterrupt:
            raise Exit(130) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            report(errors.ArvgateError(f"{error.filename or 'system'}: {error.strerror or 'failed'}"))
