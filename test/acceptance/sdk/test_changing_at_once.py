"""
Two programs with the SDK change one record at the same time.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred, gatherResults

from test.acceptance.sdk.case import OnPostgreSQL, SdkCase, User
from test.acceptance.sdk.samples import REQUEST

_TIMES = 25


class ChangingAtOnceTests(SdkCase):
    """No change of either is lost, and none is half there."""

    async def test_different_fields(self) -> None:
        """Each changes a field of its own again and again; in the end both have what was last written to them."""
        made = await self.admin.call("container_requests.create", body={"container_request": dict(REQUEST)})
        uuid = made["uuid"]

        async def change(user: User, name: str) -> list[str]:
            """Change one field many times, and look each time what it is."""
            etags = []
            for number in range(_TIMES):
                body = {"container_request": {name: f"{name} {number}"}}
                record = await user.call("container_requests.update", uuid=uuid, body=body)
                self.assertEqual(f"{name} {number}", record[name])
                etags.append(record["etag"])
            return etags

        started = [
            Deferred.fromCoroutine(change(user, name))
            for user, name in ((self.admin, "name"), (self.admin.beside(), "description"))
        ]
        etags = await gatherResults(started, consumeErrors=True)
        self.assertEqual(2 * _TIMES, len({*etags[0], *etags[1]}))
        record = await self.admin.call("container_requests.get", uuid=uuid)
        last = _TIMES - 1
        self.assertEqual((f"name {last}", f"description {last}"), (record["name"], record["description"]))

    async def test_same_field(self) -> None:
        """Both change the same fields; what is read is always all of one change or all of the other."""
        made = await self.admin.call("container_requests.create", body={"container_request": dict(REQUEST)})
        uuid = made["uuid"]

        async def change(user: User, word: str) -> None:
            """Write the same word into two fields."""
            for number in range(_TIMES):
                text = f"{word} {number}"
                body = {"container_request": {"name": text, "properties": {"same": text}}}
                record = await user.call("container_requests.update", uuid=uuid, body=body)
                self.assertEqual((text, {"same": text}), (record["name"], record["properties"]))
                seen = await user.call("container_requests.get", uuid=uuid)
                self.assertEqual(seen["name"], seen["properties"]["same"])

        started = [
            Deferred.fromCoroutine(change(user, word))
            for user, word in ((self.admin, "one"), (self.admin.beside(), "two"))
        ]
        await gatherResults(started, consumeErrors=True)


class PostgreSQLChangingAtOnceTests(OnPostgreSQL, ChangingAtOnceTests):
    """The same on PostgreSQL."""
