"""Tests of L{arvgate.wire.record_json}."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Invalid
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS, CONTAINER_REQUESTS, CONTAINERS, KINDS, USERS
from arvgate.model.records import Page
from arvgate.wire.record_json import (
    attributes_from_json,
    format_time,
    list_to_json,
    parse_time,
    record_to_json,
)

MOMENT = datetime(2026, 1, 31, 12, 0, 5, 123456, UTC)


class Times(SynchronousTestCase):
    """Times as text."""

    @given(st.datetimes(timezones=st.just(UTC)))
    def test_round_trip(self, moment: datetime) -> None:
        """What is written is read as the same microsecond, and written again as the same text."""
        text = format_time(moment)
        self.assertRegex(text, r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}000Z\Z")
        self.assertEqual(moment, parse_time(text))

    def test_written(self) -> None:
        """Times are written in UTC with nine digits."""
        self.assertEqual("2026-01-31T12:00:05.123456000Z", format_time(MOMENT))
        elsewhere = datetime(2026, 1, 31, 14, 0, 5, 0, timezone(timedelta(hours=2)))
        self.assertEqual("2026-01-31T12:00:05.000000000Z", format_time(elsewhere))

    def test_read(self) -> None:
        """Fewer digits, offsets, blanks and dates alone are understood."""
        for text in (
            "2026-01-31T12:00:05.123456789Z",
            "2026-01-31T12:00:05.123456Z",
            "2026-01-31 12:00:05.123456",
            "2026-01-31T14:30:05.123456+02:30",
        ):
            self.assertEqual(MOMENT, parse_time(text), text)
        self.assertEqual(datetime(2026, 1, 31, 12, 0, 5, 500000, UTC), parse_time("2026-01-31T12:00:05.5Z"))
        self.assertEqual(datetime(2026, 1, 31, tzinfo=UTC), parse_time("2026-01-31"))

    def test_no_time(self) -> None:
        """Everything else is no time."""
        for text in (
            "",
            "now",
            "20260131",
            "2026-02-30",
            "2026-01-31T25:00:00Z",
            "2026-01-31T12:00:05.Z",
            "2026-01-31T12:00:05Z\n",
            "2026-01-31T12:00:05.1234567890Z",
            "0001-01-01T00:00:00+23:59",
        ):
            self.assertIsNone(parse_time(text), text)


class RecordToJson(SynchronousTestCase):
    """Records as JSON."""

    record = {
        "uuid": "zzzzz-xvhdp-000000000000001",
        "etag": "abc",
        "created_at": MOMENT,
        "name": None,
        "runtime_token": "v2/secret",
        "secret_mounts": {"/secret": {}},
        "mounts": {"/": {"kind": "tmp"}},
        "internal": "column that no kind declares",
    }

    def test_whole(self) -> None:
        """All declared fields that the record has are shown, with kind, and no secret ever."""
        self.assertEqual(
            {
                "kind": "arvados#containerRequest",
                "uuid": "zzzzz-xvhdp-000000000000001",
                "etag": "abc",
                "created_at": "2026-01-31T12:00:05.123456000Z",
                "name": None,
                "mounts": {"/": {"kind": "tmp"}},
            },
            record_to_json(CONTAINER_REQUESTS, self.record),
        )

    def test_select(self) -> None:
        """Of selected fields only those are shown, with kind and etag; secrets not even then."""
        self.assertEqual(
            {"kind": "arvados#containerRequest", "etag": "abc", "name": None},
            record_to_json(CONTAINER_REQUESTS, self.record, ("name", "runtime_token")),
        )

    def test_every_secret(self) -> None:
        """No secret field of any kind is shown unless it is revealed."""
        for kind in KINDS.values():
            shown = record_to_json(kind, {field.name: "x" for field in kind.fields})
            self.assertEqual([], [f.name for f in kind.fields if f.secret and f.name in shown], kind.path)

    def test_revealed(self) -> None:
        """A revealed secret is shown, also where other fields were selected."""
        token = {"uuid": "zzzzz-gj3su-000000000000001", "api_token": "s", "scopes": ["all"]}
        self.assertEqual(
            {"kind": "arvados#apiClientAuthorization", "api_token": "s", "uuid": "zzzzz-gj3su-000000000000001"},
            record_to_json(API_CLIENT_AUTHORIZATIONS, token, ("uuid",), ("api_token",)),
        )

    def test_list(self) -> None:
        """A list has its envelope; its total only if it was counted."""
        page = Page([{"uuid": "u", "etag": "e"}], 7)
        self.assertEqual(
            {
                "kind": "arvados#userList",
                "etag": "",
                "self_link": "",
                "items": [{"kind": "arvados#user", "uuid": "u", "etag": "e"}],
                "offset": 3,
                "limit": 10,
                "items_available": 7,
            },
            list_to_json(USERS, page, 10, 3),
        )
        self.assertNotIn("items_available", list_to_json(USERS, Page([], None), 10, 3))


class AttributesFromJson(SynchronousTestCase):
    """JSON as values of fields."""

    def read(self, **attributes: object) -> dict[str, object]:
        """Attributes of a container, which has a field of every type."""
        return attributes_from_json(CONTAINERS, attributes)

    def refused(self, **attributes: object) -> list[str]:
        """The problems that those attributes have."""
        return list(self.assertRaises(Invalid, self.read, **attributes).problems)

    def test_typed(self) -> None:
        """Values of the right type are taken; times become times, whole numbers fit floats."""
        self.assertEqual(
            {
                "state": "Queued",
                "priority": 2**60,
                "exit_code": -1,
                "progress": 1.0,
                "service": True,
                "started_at": MOMENT,
                "environment": {"A": "b"},
                "command": ["true"],
                "log": None,
            },
            self.read(
                state="Queued",
                priority=2**60,
                exit_code=-1,
                progress=1,
                service=True,
                started_at="2026-01-31T12:00:05.123456000Z",
                environment={"A": "b"},
                command=["true"],
                log=None,
            ),
        )

    def test_json_text(self) -> None:
        """Objects and arrays may be JSON text."""
        self.assertEqual({"command": ["a"], "mounts": {}}, self.read(command='["a"]', mounts="{}"))

    def test_wrong_types(self) -> None:
        """Every value of a wrong type is named."""
        problems = self.refused(
            state=1,
            priority="1",
            exit_code=True,
            lock_count=1.5,
            progress="fast",
            service="yes",
            started_at="yesterday",
            finished_at=5,
            environment=[],
            mounts="[]",
            command={},
            output_glob="[",
        )
        self.assertEqual(12, len(problems))
        self.assertIn("environment must be an object", problems)
        self.assertIn("command must be an array", problems)

    def test_ranges(self) -> None:
        """Numbers that their columns cannot hold are refused."""
        self.assertEqual(1, len(self.refused(exit_code=2**31)))
        self.assertEqual(1, len(self.refused(priority=-(2**63) - 1)))
        self.assertEqual(1, len(self.refused(progress=10**400)))
        self.assertEqual(1, len(self.refused(progress=float("inf"))))
        self.assertEqual({"exit_code": -(2**31)}, self.read(exit_code=-(2**31)))

    def test_null(self) -> None:
        """Null is refused where a field is never null."""
        self.assertEqual(["state cannot be null"], self.refused(state=None))

    def test_unknown(self) -> None:
        """Unknown attributes are refused by name, which is cut if it is long."""
        self.assertEqual(["Unknown attribute 'colour' of a container"], self.refused(colour="red"))
        self.assertLess(len(self.refused(**{"x" * 5000: 1})[0]), 200)

    def test_ignored(self) -> None:
        """What clients send back unasked, and fields that are only made, are left out."""
        self.assertEqual({}, self.read(kind="x", etag="y", created_at=5, modified_at=None, href="z"))
        self.assertEqual({}, attributes_from_json(USERS, {"full_name": 5, "can_write": "x"}))
