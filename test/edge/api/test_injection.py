"""Attempts to get SQL into the API's statements, through everything that a client can write."""

from __future__ import annotations

from typing import Any

from sqlalchemy import create_engine, inspect, text

from arvgate.records.schema import METADATA
from test.edge.api.case import REQUEST, ApiCase

#: Texts that end a quotation, a comment, a bracket, a pattern or a JSON path, or look like a parameter of a driver.
ATTEMPTS = (
    "' OR '1'='1",
    "'; DROP TABLE container_requests; --",
    '" OR ""="',
    '"; DELETE FROM users; --',
    "x' UNION SELECT api_token FROM api_client_authorizations --",
    "name) OR 1=1 --",
    "`name`",
    "\\' OR 1=1 --",
    "x\\",
    "%(name)s",
    ":name",
    "?1",
    '$."name"',
    "/* */ 1",
    "pg_sleep(10)",
    "name COLLATE NOCASE",
    "__[POSTCOMPILE_name_1]",
)


class Injection(ApiCase):
    """What is answered, and what is there afterwards."""

    def setUp(self) -> None:
        """Make a request with a plain name, and one for each attempt."""
        super().setUp()
        self.request_of(self.alice, name="plain", state="Uncommitted", properties={"plain": "plain"})
        for attempt in ATTEMPTS:
            self.request_of(self.alice, name=attempt, state="Uncommitted", properties={attempt: attempt})
        self.before = self.tables()

    def tables(self) -> dict[str, int]:
        """All tables and how many rows they have."""
        engine = create_engine(f"sqlite:///{self.directory}/arvgate.db")
        try:
            with engine.connect() as connection:
                names = inspect(connection).get_table_names()
                self.assertLessEqual(set(METADATA.tables), set(names))
                return {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in names}
        finally:
            engine.dispose()

    def tearDown(self) -> None:
        """Nothing has changed."""
        self.assertEqual(self.before, self.tables())

    def found(self, attempt: str, **query: Any) -> None:
        """Just what has that text is found, or the request is refused."""
        answer = self.call("GET", "container_requests", self.alice, query={"count": "exact", **query})
        self.assertIn(answer.status, (200, 400, 422), (attempt, query))
        if answer.status == 200:
            self.assertEqual([attempt], [item["name"] for item in answer.json["items"]], query)

    def test_operands(self) -> None:
        """An operand is a value, for every operator."""
        for attempt in ATTEMPTS:
            pattern = attempt.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            for filters in (
                ["name", "=", attempt],
                ["name", "in", [attempt]],
                ["name", "like", pattern],
                ["name", "ilike", pattern],
                [["name", "description"], "=", attempt],
                ["any", "=", attempt],
                ["properties", "exists", attempt],
                ["properties", "contains", [attempt]],
                [f"properties.{attempt}", "=", attempt],
                [f"properties.<{attempt}>", "exists", True],
                [f"properties.{attempt}", "like", pattern],
                [f"properties.{attempt}", "in", [attempt, 1]],
                [f"properties.{attempt}", "contains", attempt],
                [f"container_requests.properties.{attempt}", ">=", attempt],
            ):
                self.found(attempt, filters=[filters])
            self.found(attempt, where={"name": attempt})
            self.found(attempt, where={"name": ["contains", attempt]})

    def test_refused(self) -> None:
        """Where only names and numbers can stand, everything else is refused."""
        for attempt in ATTEMPTS:
            for query in (
                {"filters": [[attempt, "=", "x"]]},
                {"filters": [[f"name{attempt}", "=", "x"]]},
                {"filters": [[f"{attempt}.name", "=", "x"]]},
                {"filters": [[f"container.{attempt}", "=", "x"]]},
                {"filters": [["name", attempt, "x"]]},
                {"filters": [["name", f"= {attempt}", "x"]]},
                {"filters": [["priority", "=", attempt]]},
                {"filters": [["created_at", ">=", attempt]]},
                {"filters": [["use_existing", "=", attempt]]},
                {"filters": [attempt]},
                {"filters": [f"(priority < {attempt})"]},
                {"filters": attempt},
                {"where": {attempt: "x"}},
                {"where": attempt},
                {"select": [attempt]},
                {"select": attempt},
                {"count": attempt},
                {"limit": attempt},
                {"offset": attempt},
            ):
                answer = self.call("GET", "container_requests", self.alice, query=query)
                self.assertIn(answer.status, (400, 422), query)
                self.assertNotIn("sql", answer.body.decode().lower().replace(attempt.lower(), ""))

    def test_order(self) -> None:
        """Orders that are no names of columns are dropped."""
        everything = len(ATTEMPTS) + 1
        for attempt in ATTEMPTS:
            for order in ([attempt], [f"name {attempt}"], [f"{attempt}.name"], [f"properties.{attempt} desc"], attempt):
                query = {"order": order, "limit": "100"}
                answer = self.call("GET", "container_requests", self.alice, query=query)
                self.assertIn(answer.status, (200, 400, 422), order)
                if answer.status == 200:
                    self.assertEqual(everything, len(answer.json["items"]))

    def test_switches(self) -> None:
        """What is true or false is one of them, whatever is written."""
        for attempt in ATTEMPTS:
            query = {
                "distinct": attempt,
                "include_trash": attempt,
                "include_old_versions": attempt,
                "select": ["state"],
            }
            answer = self.ok("GET", "container_requests", self.alice, query=query)
            self.assertEqual(1, answer["items_available"])

    def test_paths(self) -> None:
        """A UUID in a path is one, or names nothing."""
        for attempt in ATTEMPTS:
            quoted = "".join(f"%{byte:02x}" for byte in attempt.encode())
            for kind in ("container_requests", "containers", "users", "links", "logs", "api_client_authorizations"):
                for method in ("GET", "DELETE", "PATCH"):
                    answer = self.call(method, f"{kind}/{quoted}", self.alice)
                    self.assertIn(answer.status, (404, 405), (method, kind, attempt))

    def test_names(self) -> None:
        """What is written into a record comes back as it was, and the names of attributes are looked up."""
        for attempt in ATTEMPTS:
            made = self.ok(
                "POST", "container_requests", self.alice, json={**REQUEST, "name": attempt, "state": "Uncommitted"}
            )
            self.assertEqual(attempt, made["name"])
            self.ok("DELETE", f"container_requests/{made['uuid']}", self.alice)
            self.refused(422, "POST", "container_requests", self.alice, json={"container_request": {attempt: "x"}})
        self.before |= {name: self.tables()[name] for name in ("logs", "changes")}
