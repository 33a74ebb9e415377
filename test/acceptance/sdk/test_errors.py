"""
What the SDK tells its user when the API refuses something, and how soon.
"""

from __future__ import annotations

from test.acceptance.processes import end
from test.acceptance.sdk.case import OnPostgreSQL, SdkCase
from test.acceptance.sdk.process import SdkError
from test.acceptance.sdk.samples import REQUEST
from test.acceptance.waiting import in_thread, seconds

#: Seconds within which a refusal must be told; the first waits between two tries alone can take as long.
AT_ONCE = 3.0


class ErrorTests(SdkCase):
    """Refusals are errors of the SDK with the API's own sentences, and nothing is tried again."""

    async def refused(self, error: SdkError, status: int, began: float, *sentences: str) -> None:
        """An error has that status and these sentences, and came at once."""
        self.assertLess(seconds() - began, AT_ONCE)
        self.assertEqual(("ApiError", status), (error.type, error.status), error.text)
        for sentence in sentences:
            self.assertIn(sentence, error.reason)
            self.assertIn(sentence, error.text)
        self.assertRegex(error.text, r"\(req-[0-9a-z]{20}\)")

    async def test_missing(self) -> None:
        """What is not there is 404, with its UUID."""
        uuid = f"{self.sdk.cluster.cluster_id}-xvhdp-aaaaaaaaaaaaaaa"
        for method in ("get", "delete"):
            began = seconds()
            error = await self.admin.fails(f"container_requests.{method}", uuid=uuid)
            await self.refused(error, 404, began, uuid)

    async def test_several_sentences(self) -> None:
        """Each thing that is wrong with a record is told, one after the other."""
        began = seconds()
        wrong = {**REQUEST, "name": 5, "command": "no array"}
        error = await self.admin.fails("container_requests.create", body={"container_request": wrong})
        await self.refused(error, 422, began, "name must be a string", "command must be an array", "; ")

    async def test_wrong_parameters(self) -> None:
        """What cannot be asked for is 422, and says what it was."""
        for arguments, sentence in (
            ({"filters": [["nonsense", "=", 1]]}, "nonsense"),
            ({"filters": [["name", "resembles", "x"]]}, "resembles"),
            ({"select": ["nonsense"]}, "nonsense"),
            ({"count": "some"}, "count"),
        ):
            began = seconds()
            error = await self.admin.fails("container_requests.list", **arguments)
            await self.refused(error, 422, began, sentence)

    async def test_not_allowed(self) -> None:
        """What one may not do is 403; what one may not see is 404."""
        somebody, uuid = await self.new_user("sdkforbidden")
        began = seconds()
        error = await somebody.fails("users.create", body={"user": {"email": "x@example.com"}})
        await self.refused(error, 403, began)
        request = await self.admin.call("container_requests.create", body={"container_request": dict(REQUEST)})
        began = seconds()
        error = await somebody.fails("container_requests.get", uuid=request["uuid"])
        await self.refused(error, 404, began, request["uuid"])
        link = {"link_class": "permission", "name": "can_read", "tail_uuid": uuid, "head_uuid": request["uuid"]}
        await self.admin.call("links.create", body={"link": link})
        for method, arguments in (("update", {"body": {"container_request": {"name": "mine"}}}), ("delete", {})):
            began = seconds()
            error = await somebody.fails(f"container_requests.{method}", uuid=request["uuid"], **arguments)
            await self.refused(error, 403, began)

    async def test_wrong_tokens(self) -> None:
        """A token that is not valid is 401 at once, whatever is wrong with it."""
        own = self.sdk.cluster.facts["admin_token"]
        for token in (
            own[:-1] + ("a" if own[-1] != "a" else "b"),
            f"v2/{self.sdk.cluster.cluster_id}-gj3su-aaaaaaaaaaaaaaa/{'x' * 50}",
            "v2/no-uuid/secret",
            "nonsense",
        ):
            stranger = self.admin.of(token)
            began = seconds()
            error = await stranger.fails("users.current")
            await self.refused(error, 401, began, "Not logged in")
            self.assertNotIn(token, error.text)

    async def test_too_large(self) -> None:
        """The SDK does not even send what the description says is too large."""
        description = (await self.admin.ask("start"))["document"]
        self.assertGreaterEqual(description["maxRequestSize"], 1 << 20)
        body = {"container_request": {**REQUEST, "name": "x" * description["maxRequestSize"]}}
        error = await self.admin.fails("container_requests.create", body=body)
        self.assertEqual("MediaUploadSizeError", error.type)

    async def test_outage(self) -> None:
        """What is asked while the record API's process is being replaced is tried again, and answered."""
        cluster = self.sdk.cluster
        (control,) = await in_thread(cluster.processes, "control")
        await in_thread(end, control)
        began = seconds()
        self.assertTrue((await self.admin.call("users.current", within=60.0))["is_admin"])
        self.assertLess(seconds() - began, 30.0)
        self.assertNotIn(control, await in_thread(cluster.processes, "control"))


class PostgreSQLErrorTests(OnPostgreSQL, ErrorTests):
    """The same on PostgreSQL."""
