"""
The shape of the project: sizes, names, a test file for each module, documentation that says what is so.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

ROOT = Path(__file__).resolve().parents[1]
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50

#: Words that say nothing about what a thing is.
EMPTY_WORDS = frozenset(word + plural for word in ("manager", "helper", "handler", "util") for plural in ("", "s"))

#: The words of a name, whichever way they are joined.
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

#: Directories of single machines, which no file of the project should carry.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:" + "|".join(("work", "farm", "root")) + r")/")

_SITE = "edge/api/test_site.py drives the whole site by bytes"
_DOOR = "edge/https/test_door.py and test_container.py see every answer"
_VALUES = "a value without behaviour; model/test_records.py and its users show it"
_MIGRATE = "records/database/test_migrate.py runs it"
_RECORDS = "every suite in contract/records_*.py works through it"

#: Modules without a test file of the same name: why.
TESTED_ELSEWHERE: dict[str, str] = {
    "edge/api/__init__.py": _SITE,
    "config/model_records.py": "config/test_schema.py and test_loading.py",
    "config/secret.py": "config/test_model.py",
    "edge/api/arrival.py": _SITE,
    "edge/api/call.py": "edge/api/test_router.py calls every kind of route",
    "edge/api/collection_operations.py": "edge/api/test_collections.py",
    "edge/api/container_operations.py": "edge/api/test_containers.py",
    "edge/api/discovery.py": "edge/api/test_public.py reads the document",
    "edge/api/operations.py": "edge/api/test_records.py runs every operation",
    "edge/api/output_list.py": "edge/api/test_container_output.py lists directories",
    "edge/api/route.py": "edge/api/test_router.py, which routes by it",
    "edge/api/routes.py": "edge/api/test_records.py, test_containers.py and test_public.py ask for every route",
    "edge/api/sending.py": _SITE,
    "edge/api/user_operations.py": "edge/api/test_resources.py",
    "edge/https/answers.py": _DOOR,
    "edge/https/options.py": _DOOR,
    "edge/pages/options.py": "edge/pages/case.py gives every page one",
    "edge/pages/visit.py": "edge/pages/test_site.py and test_login.py send every form",
    "errors.py": "edge/test_status.py goes through the whole tree",
    "interfaces.py": "the suites in contract/ are what it promises",
    "model/changes.py": _VALUES,
    "model/checks.py": _VALUES,
    "model/contents.py": _VALUES,
    "model/grants.py": _VALUES,
    "model/hops.py": _VALUES,
    "model/locations.py": _VALUES,
    "model/principals.py": _VALUES,
    "model/progress.py": _VALUES,
    "model/targets.py": _VALUES,
    "records/database/feed.py": "records/database/test_sqlite_feed.py and test_postgresql_feed.py",
    "records/database/feeds.py": "records/database/test_sqlite_feed.py and test_postgresql_feed.py",
    "records/changes.py": "contract/records_journal.py",
    "records/costs.py": "contract/records_ending.py and records_retrying.py",
    "records/cycle_tokens.py": "contract/records_cycles.py",
    "records/making.py": "contract/records_requests.py and records_retrying.py",
    "records/database/migrations/env.py": _MIGRATE,
    "records/database/migrations/versions/0001_records.py": _MIGRATE,
    "records/database/migrations/versions/0002_given_back.py": _MIGRATE,
    "records/database/migrations/versions/0006_resources.py": _MIGRATE,
    "records/database/migrations/versions/0003_external_ports.py": _MIGRATE,
    "records/database/migrations/versions/0005_permissions.py": _MIGRATE,
    "records/naming.py": "contract/records_groups.py and records_group_trash.py",
    "records/database/migrations/versions/0007_locked_under.py": _MIGRATE,
    "records/database/migrations/versions/0008_speed.py": _MIGRATE,
    "records/owned.py": "contract/records_owned.py, for each kind that is made of it",
    "records/owners.py": "contract/records_owned.py",
    "records/projects.py": "contract/records_permissions.py",
    "records/database/postgresql_listener.py": "records/database/test_postgresql_feed.py",
    "records/roles.py": "contract/records_containers.py comes in every role",
    "records/rules.py": "a value; every contract suite of the records is given one",
    "records/snapshot.py": _RECORDS,
    "records/database/sqlite.py": "records/database/test_engine.py",
    "records/transaction.py": _RECORDS,
    "records/usernames.py": "contract/records_users.py",
    "records/visibility.py": "contract/records_permissions.py",
}


def python_files(*directories: str) -> Iterator[Path]:
    """The Python files below some directories of the project."""
    for directory in directories:
        yield from sorted((ROOT / directory).rglob("*.py"))


def text_files() -> Iterator[Path]:
    """What the project consists of, apart from its licence."""
    for directory in ("arvgate", "test", "twisted", "docs", "etc", ".ci"):
        for path in sorted((ROOT / directory).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix not in {".pyc", ".cache"}:
                yield path
    for pattern in ("*.rst", "*.toml", "*.py", "Makefile"):
        yield from sorted(ROOT.glob(pattern))


def name_of(path: Path) -> str:
    """A path as it is written in a report."""
    return str(path.relative_to(ROOT))


def is_empty(name: str) -> bool:
    """Whether there is a word in a name that says nothing."""
    return any(word.lower() in EMPTY_WORDS for word in WORDS.findall(name))


def has_code(path: Path) -> bool:
    """Whether a module does more than name what others define."""
    plain = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr)
    return any(not isinstance(node, plain) for node in ast.parse(path.read_text(encoding="utf-8")).body)


class SizeTests(SynchronousTestCase):
    """Files and functions stay small enough to be read in one go."""

    def test_files(self) -> None:
        """Every Python file has fewer than 400 lines."""
        long = {
            name_of(path): count
            for path in python_files("arvgate", "test", "twisted", ".ci")
            if (count := len(path.read_text(encoding="utf-8").splitlines())) >= MAX_FILE_LINES
        }
        self.assertEqual({}, long)

    def test_functions(self) -> None:
        """Every function has fewer than 50 lines."""
        long = []
        for path in python_files("arvgate", "test", "twisted", ".ci"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    count = (node.end_lineno or node.lineno) - node.lineno + 1
                    if count >= MAX_FUNCTION_LINES:
                        long.append(f"{name_of(path)}:{node.lineno} {node.name}: {count}")
        self.assertEqual([], long)


class NameTests(SynchronousTestCase):
    """Names say what a thing is."""

    def test_no_empty_words(self) -> None:
        """No module, class or function is named by a word that says nothing."""
        found = []
        for path in python_files("arvgate", "test"):
            if is_empty(path.stem):
                found.append(name_of(path))
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                named = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                if named and is_empty(node.name):
                    found.append(f"{name_of(path)}:{node.lineno} {node.name}")
        self.assertEqual([], found)

    def test_no_machine_paths(self) -> None:
        """No file names a directory that exists on one machine only."""
        found = [
            f"{name_of(path)}:{number}"
            for path in text_files()
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
            if MACHINE_PATH.search(line)
        ]
        self.assertEqual([], found)

    def test_nothing_under_twisted_shadows_twisted(self) -> None:
        """The plugin's directories are no packages, so that the real Twisted is found."""
        self.assertEqual([], [name_of(path) for path in (ROOT / "twisted").rglob("__init__.py")])


class DatabaseTests(SynchronousTestCase):
    """What is promised of the records holds on every database."""

    def test_every_suite_runs_on_both(self) -> None:
        """Every contract suite that runs on SQLite has a twin on PostgreSQL in the same file."""
        missing = []
        for path in python_files("test/records"):
            classes = {
                node.name: [ast.unparse(base) for base in node.bases]
                for node in ast.parse(path.read_text(encoding="utf-8")).body
                if isinstance(node, ast.ClassDef)
            }
            twins = {bases[1] for bases in classes.values() if bases[:1] == ["OnPostgreSQL"]}
            missing += [
                f"{name_of(path)}: class PostgreSQL{name}(OnPostgreSQL, {name})"
                for name, bases in classes.items()
                if "OnSQLite" in bases and any(base.endswith("Contract") for base in bases) and name not in twins
            ]
        self.assertEqual([], missing)


class MirrorTests(SynchronousTestCase):
    """The tests mirror the modules."""

    def test_every_module_has_its_test(self) -> None:
        """For every module with code there is a test file of its name, or a reason why not."""
        missing = []
        for path in python_files("arvgate"):
            inside = path.relative_to(ROOT / "arvgate")
            if (path.name == "__init__.py" and not has_code(path)) or str(inside) in TESTED_ELSEWHERE:
                continue
            stem = path.parent.name if path.name == "__init__.py" else path.stem
            if not (ROOT / "test" / inside.parent / f"test_{stem.strip('_')}.py").is_file():
                missing.append(str(inside))
        self.assertEqual([], missing)

    def test_reasons_are_of_use(self) -> None:
        """Every reason is given for a module that exists and has no test file of its own."""
        stale = [
            name
            for name in TESTED_ELSEWHERE
            if not (ROOT / "arvgate" / name).is_file()
            or (ROOT / "test" / Path(name).parent / f"test_{Path(name).stem}.py").is_file()
        ]
        self.assertEqual([], stale)

    def test_every_test_says_what_it_shows(self) -> None:
        """Every test has a docstring that states the behaviour."""
        silent = [
            f"{name_of(path)}:{node.lineno} {node.name}"
            for path in python_files("test")
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("test_")
            and not ast.get_docstring(node)
        ]
        self.assertEqual([], silent)


class DocumentationTests(SynchronousTestCase):
    """What the documents say is so."""

    def test_test_command(self) -> None:
        """The README's test command is what make test runs, and what is run for each commit."""
        command = ".venv/bin/python -m twisted.trial test"
        self.assertIn(f"\t{command}\n", (ROOT / "Makefile").read_text(encoding="utf-8"))
        self.assertIn(command, (ROOT / "README.rst").read_text(encoding="utf-8"))
        self.assertIn("make test", (ROOT / ".ci" / "run").read_text(encoding="utf-8"))

    def test_links_between_documents(self) -> None:
        """Every file that a document points to exists."""
        broken = []
        for path in [*ROOT.glob("*.rst"), *(ROOT / "docs").rglob("*.rst")]:
            for target in re.findall(r"`[^`<]+ <([^>:]+)>`__?", path.read_text(encoding="utf-8")):
                if not (path.parent / target.partition("#")[0]).exists():
                    broken.append(f"{name_of(path)}: {target}")
        self.assertEqual([], broken)
