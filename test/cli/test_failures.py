"""
How commands fail.
"""

from __future__ import annotations

from collections.abc import Iterator

import click
from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from arvgate import errors
from arvgate.cli.failures import Commands, database_faults, exit_code


def subclasses(kind: type[errors.ArvgateError]) -> Iterator[type[errors.ArvgateError]]:
    """All classes below one."""
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


class ExitCodeTests(SynchronousTestCase):
    """L{exit_code}."""

    def test_design(self) -> None:
        """Usage, rights, existence, readiness and transport have the codes that scripts rely on."""
        for code, kinds in {
            2: (errors.Invalid, errors.BadRequest, errors.TooLarge),
            3: (errors.NotAuthenticated, errors.Forbidden),
            4: (errors.NotFound, errors.Ended),
            5: (errors.NotReady, errors.Overloaded, errors.StoreUnavailable),
            255: (errors.PeerFault, errors.Unreachable, errors.ProofRefused, errors.NotListening),
            1: (errors.ArvgateError, errors.SchemaMismatch, errors.EngineFailed),
        }.items():
            for kind in kinds:
                self.assertEqual(code, exit_code(kind()), kind)

    def test_complete(self) -> None:
        """Every error has a code that is not success."""
        for kind in subclasses(errors.ArvgateError):
            error = kind.__new__(kind)
            self.assertIn(exit_code(error), (1, 2, 3, 4, 5, 255), kind)


class DatabaseTests(SynchronousTestCase):
    """L{database_faults}."""

    def raised(self, error: BaseException) -> str:
        """What is told."""

        def work() -> None:
            with database_faults():
                raise error

        return str(self.assertRaises(type(error), work))

    def test_reason(self) -> None:
        """Operators are told why the database cannot be used; other errors stay as they are."""
        self.assertIn("disk full", self.raised(errors.StoreUnavailable(detail="disk full")))
        self.assertIn("it is busy", self.raised(errors.StoreUnavailable()))
        self.assertEqual("x", self.raised(errors.Invalid("x", detail="y")))


class CommandsTests(SynchronousTestCase):
    """L{Commands}."""

    def run_raising(self, error: BaseException) -> Result:
        """Run a command that raises."""

        @click.group(cls=Commands)
        def group() -> None:
            """A group."""

        @group.command()
        def command() -> None:
            raise error

        return CliRunner().invoke(group, ["command"])

    def test_one_line(self) -> None:
        """An error is one line on stderr, without what could steer a terminal, and its code."""
        result = self.run_raising(errors.NotFound("No\x1b[2J such\nthing.", detail="secret"))
        self.assertEqual((4, ""), (result.exit_code, result.stdout))
        self.assertEqual("arvgate: No�[2J such�thing.\n", result.stderr)

    def test_problems(self) -> None:
        """Several problems are one line each."""
        for error in (errors.Invalid("a", "b"), errors.ConfigInvalid(["a", "b"])):
            result = self.run_raising(error)
            self.assertEqual((2, "arvgate: a\narvgate: b\n"), (result.exit_code, result.stderr))

    def test_system_errors(self) -> None:
        """What the system refuses is a line too."""
        result = self.run_raising(PermissionError(13, "Permission denied", "/x/y"))
        self.assertEqual((1, "arvgate: /x/y: Permission denied\n"), (result.exit_code, result.stderr))

    def test_interrupted(self) -> None:
        """An interrupt ends quietly with the code that shells expect."""
        result = self.run_raising(KeyboardInterrupt())
        self.assertEqual((130, ""), (result.exit_code, result.output))

    def test_reader_gone(self) -> None:
        """Nobody is told that the reader of a pipe has gone."""
        result = self.run_raising(BrokenPipeError(32, "Broken pipe"))
        self.assertEqual((1, ""), (result.exit_code, result.stderr))
