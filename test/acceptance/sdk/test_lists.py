"""
Lists by the SDK: all of them page by page, long questions, and what its own programs ask.
"""

from __future__ import annotations

from collections import Counter

from twisted.internet.defer import Deferred

from test.acceptance.sdk.case import OnPostgreSQL, SdkCase, User
from test.acceptance.sdk.filling import fill_with_requests
from test.acceptance.sdk.samples import REQUEST
from test.acceptance.waiting import in_thread, until

#: More of them are made at one moment than fit into a page.
TOGETHER, APART = 1100, 1400
ADDED = 60


class KeysetTests(SdkCase):
    """C{arvados.util.keyset_list_all} over 2,500 records."""

    timeout = 120

    async def adding(self, user: User, name: str) -> list[str]:
        """Another client makes requests, one after the other."""
        added = []
        for number in range(ADDED):
            body = {"container_request": {**REQUEST, "name": f"{name} {number}"}}
            added.append((await user.call("container_requests.create", body=body))["uuid"])
        return added

    async def test_all_while_more_are_made(self) -> None:
        """In either order it comes to an end and has each record once, though another client adds to them."""
        owner = await self.admin.call("users.current")
        cluster = self.sdk.cluster
        made = await in_thread(
            fill_with_requests, cluster, owner["uuid"], TOGETHER, APART, **{**REQUEST, "name": "keyset"}
        )
        self.assertEqual(TOGETHER + APART, len({*made}))
        for ascending, select in ((True, ["uuid", "name"]), (False, None)):
            added = Deferred.fromCoroutine(self.adding(self.admin.beside(), "keyset"))
            arguments = {"filters": [["name", "like", "keyset%"]], "ascending": ascending}
            if select:
                arguments["select"] = select
            found = await self.admin.ask("list_all", "container_requests.list", 90.0, **arguments)
            later = await added
            seen = Counter(record["uuid"] for record in found)
            self.assertEqual({}, {uuid: count for uuid, count in seen.items() if count > 1})
            self.assertEqual({*made}, {*made} & seen.keys())
            self.assertLessEqual(seen.keys() - {*made}, {*later, *self.earlier})
            times = [record["created_at"] for record in found]
            self.assertEqual(sorted(times, reverse=not ascending), times)
            self.earlier = later

    earlier: tuple[str, ...] | list[str] = ()

    async def test_nothing(self) -> None:
        """It ends at once where there is nothing."""
        filters = [["name", "=", "there is no such name"]]
        self.assertEqual([], await self.admin.ask("list_all", "container_requests.list", filters=filters))


class ListTests(SdkCase):
    """Single lists."""

    async def test_long_question(self) -> None:
        """A question that is too long for an address is sent in a form, and answered as if it were not."""
        made = [
            (await self.admin.call("container_requests.create", body={"container_request": dict(REQUEST)}))["uuid"]
            for _ in range(3)
        ]
        cluster_id = self.sdk.cluster.cluster_id
        others = [f"{cluster_id}-xvhdp-{number:015d}" for number in range(200)]
        filters = [["uuid", "in", [*others, *made]]]
        page = await self.admin.call("container_requests.list", filters=filters, select=["uuid"], order="uuid asc")
        self.assertEqual(sorted(made), [item["uuid"] for item in page["items"]])
        request = await self.admin.ask("build", "container_requests.list", filters=filters)
        self.assertGreater(len(request["uri"]), 2048)
        log = self.sdk.cluster.state("access.log")
        await until(
            lambda: '"POST"' in [line for line in log.read_text().splitlines() if "/container_requests" in line][-1],
            10.0,
            "the SDK has sent a form",
        )

    async def test_pages(self) -> None:
        """Limit, offset, order and count are as they were asked for."""
        _, owner = await self.new_user("sdkpages")
        for name in "abcde":
            body = {"container_request": {**REQUEST, "name": name, "owner_uuid": owner}}
            await self.admin.call("container_requests.create", body=body)
        filters = [["owner_uuid", "=", owner]]
        for order in ("name desc", ["name desc"], ["container_requests.name desc"]):
            page = await self.admin.call(
                "container_requests.list", filters=filters, order=order, limit=2, offset=1, select=["name"]
            )
            self.assertEqual(["d", "c"], [item["name"] for item in page["items"]])
            self.assertEqual((5, 2, 1), (page["items_available"], page["limit"], page["offset"]))
        none = await self.admin.call("container_requests.list", filters=filters, limit=0)
        self.assertEqual(([], 5), (none["items"], none["items_available"]))
        where = await self.admin.call("container_requests.list", where={"owner_uuid": owner, "name": "a"})
        self.assertEqual(["a"], [item["name"] for item in where["items"]])

    async def test_no_operands(self) -> None:
        """What is in an empty set is nothing, what is not in it is everything."""
        current = await self.admin.call("users.current")
        nobody = await self.admin.call("users.list", filters=[["uuid", "in", []]])
        self.assertEqual(([], 0), (nobody["items"], nobody["items_available"]))
        filters = [["uuid", "=", current["uuid"]], ["username", "not in", []]]
        self.assertEqual(1, (await self.admin.call("users.list", filters=filters))["items_available"])

    async def test_times(self) -> None:
        """A time that was read finds its record again, in every comparison."""
        made = await self.admin.call("container_requests.create", body={"container_request": dict(REQUEST)})
        self.assertRegex(made["created_at"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z\Z")
        for operator, count in (("=", 1), (">=", 1), ("<=", 1), (">", 0), ("<", 0), ("!=", 0)):
            filters = [["uuid", "=", made["uuid"]], ["created_at", operator, made["created_at"]]]
            page = await self.admin.call("container_requests.list", filters=filters)
            self.assertEqual(count, page["items_available"], operator)

    async def test_properties(self) -> None:
        """Records are found by their properties and by parts of their texts."""
        name = "sdk properties %_"
        body = {"container_request": {**REQUEST, "name": name, "properties": {"colour": "red", "size": 5}}}
        made = await self.admin.call("container_requests.create", body=body)
        for condition in (
            ["properties.colour", "=", "red"],
            ["properties.size", ">", 4],
            ["properties", "exists", "colour"],
            ["properties", "contains", ["colour", "size"]],
            ["any", "ilike", "%SDK PROPERTIES%"],
            [["name", "description"], "like", "sdk prop%"],
            ["uuid", "is_a", "arvados#containerRequest"],
        ):
            filters = [["uuid", "=", made["uuid"]], condition]
            page = await self.admin.call("container_requests.list", filters=filters)
            self.assertEqual(1, page["items_available"], condition)
        filters = [["uuid", "=", made["uuid"]], ["properties.colour", "=", "blue"]]
        self.assertEqual(0, (await self.admin.call("container_requests.list", filters=filters))["items_available"])


class PostgreSQLKeysetTests(OnPostgreSQL, KeysetTests):
    """The same on PostgreSQL."""


class PostgreSQLListTests(OnPostgreSQL, ListTests):
    """The same on PostgreSQL."""
