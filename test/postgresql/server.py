"""
A PostgreSQL server of the tests' own: one for all tests of a process, or another one for a test that stops it.

Its methods block; none takes longer than a minute.
"""

from __future__ import annotations

import atexit
import itertools
import json
import random
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

from arvgate.records.setup import create_database
from test.contract.records_world import CLUSTER
from test.records.worlds import BEGINNING, DATA_KEY
from test.requirements import postgresql_programs, require

__all__ = ["PostgreSQLServer", "shared_server"]

_ANSWER_SECONDS = 60.0
_ROOT = Path(__file__).resolve().parents[2]
_TEMPLATE = "records"


class PostgreSQLServer:
    """
    A running server, of which nothing will be left; see L{test.postgresql.keeper}.

    @ivar directory: where its socket is.
    """

    def __init__(self) -> None:
        """
        Start it.

        @raise SkipTest: this machine cannot run one.
        """
        require("postgresql")
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "test.postgresql.keeper", str(postgresql_programs())],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._numbers = itertools.count()
        self._idle: list[str] = []
        self._has_template = False
        try:
            self.directory: str = self._answer()["directory"]
            self.start()
        except BaseException:
            self.remove()
            raise

    def url(self, name: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://postgres@/{name}?host={self.directory}"

    def connect(self, name: str = "postgres") -> psycopg.Connection[Any]:
        """A connection to one of its databases, in no transaction."""
        return psycopg.connect(host=self.directory, user="postgres", dbname=name, autocommit=True)

    def new_database(self, template: str = "template0", more: str = "") -> str:
        """The name of a new database; C{more} is said of it to the server."""
        name = f"test{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {more}')
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever uses it."""
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def lend(self) -> str:
        """The name of a database with what a new cluster has, to be given back."""
        if not self._has_template:
            self._make_template()
        if not self._idle:
            return self.new_database(_TEMPLATE)
        name = self._idle.pop()
        with self.connect(name) as connection:
            connection.execute("SELECT pristine.restore()")
        return name

    def give_back(self, name: str) -> None:
        """What was lent is needed no more, and has the schema that it had."""
        self._idle.append(name)

    def start(self) -> None:
        """Start it again on the same data."""
        self._ask("start")

    def stop(self) -> None:
        """End it as an operator would: all connections are cut."""
        self._ask("stop")

    def freeze(self) -> None:
        """Let it stand still; connections stay open, but nothing is answered."""
        self._ask("freeze")

    def thaw(self) -> None:
        """Let it go on."""
        self._ask("thaw")

    def remove(self) -> None:
        """End it and leave nothing of it; a second time does nothing."""
        assert self._keeper.stdin is not None and self._keeper.stdout is not None
        self._keeper.stdin.close()
        self._keeper.wait(_ANSWER_SECONDS)
        self._keeper.stdout.close()

    def _make_template(self) -> None:
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
        create_database(self.url(_TEMPLATE), DATA_KEY, CLUSTER, BEGINNING, random.Random(0).randrange)
        with self.connect(_TEMPLATE) as connection:
            connection.execute(_PRISTINE)
        self._has_template = True

    def _ask(self, word: str) -> None:
        assert self._keeper.stdin is not None
        self._keeper.stdin.write(f"{word}\n".encode())
        self._keeper.stdin.flush()
        self._answer()

    def _answer(self) -> Any:
        assert self._keeper.stdout is not None
        ready, _, _ = select.select([self._keeper.stdout], [], [], _ANSWER_SECONDS)
        line = self._keeper.stdout.readline() if ready else b""
        if not line:
            raise RuntimeError("the keeper of a PostgreSQL server has ended or hangs; it wrote to stderr why")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer


#: Keeps what a new database has in a schema of its own, and makes it that again: emptying tables that have few rows
#: takes a tenth of what a new database takes.
_PRISTINE = """
CREATE SCHEMA pristine;
DO $do$
DECLARE
    name text;
    again text := '';
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TABLE pristine.%1$I AS SELECT * FROM public.%1$I', name);
        again := again || format('DELETE FROM public.%1$I; INSERT INTO public.%1$I SELECT * FROM pristine.%1$I;', name);
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TABLE pristine.%1$I AS SELECT * FROM public.%1$I', name);
        again := again || format(
            'PERFORM setval(''public.%1$I'', last_value, is_called) FROM pristine.%1$I;', name);
    END LOOP;
    EXECUTE format(
        'CREATE FUNCTION pristine.restore() RETURNS void LANGUAGE plpgsql AS %L', 'BEGIN ' || again || 'END');
END $do$;
"""

_shared: PostgreSQLServer | None = None


def shared_server() -> PostgreSQLServer:
    """
    The server of this process's tests, started by the first that asks and stopped when the process ends.

    @raise SkipTest: this machine cannot run one.
    """
    global _shared
    if _shared is None:
        _shared = PostgreSQLServer()
        atexit.register(_shared.remove)
    return _shared
