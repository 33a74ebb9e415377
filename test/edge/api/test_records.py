"""Tests of the API's records: L{arvgate.edge.api.operations} behind L{arvgate.edge.api.routes}, over the real store."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from arvgate.model.ids import system_user_uuid
from arvgate.wire.strict_json import MAX_DEPTH
from test.edge.api.case import CLUSTER, REQUEST, ROOT_TOKEN, ApiCase

TIME = r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z\Z"


class Users(ApiCase):
    """Users and who the caller is."""

    def test_current(self) -> None:
        """The current user is the one whose token came."""
        user = self.ok("GET", "users/current", self.alice)
        self.assertEqual((self.alice.uuid, "arvados#user"), (user["uuid"], user["kind"]))
        self.assertRegex(user["created_at"], TIME)
        self.assertNotEqual("", user["etag"])

    def test_system(self) -> None:
        """SystemRootToken is the system user."""
        self.assertEqual(system_user_uuid(CLUSTER), self.ok("GET", "users/current", ROOT_TOKEN)["uuid"])

    def test_create(self) -> None:
        """An admin makes users, who are then found and changed."""
        made = self.ok("POST", "users", self.admin, json={"user": {"username": "carol", "email": "c@example.com"}})
        self.assertFalse(made["is_active"])
        for method in ("PUT", "PATCH"):
            changed = self.ok(method, f"users/{made['uuid']}", self.admin, json={"user": {"is_active": True}})
            self.assertTrue(changed["is_active"])
        found = self.ok("GET", "users", self.admin, query={"filters": [["username", "=", "carol"]]})
        self.assertEqual([made["uuid"]], [item["uuid"] for item in found["items"]])
        self.assertEqual("carol", self.ok("GET", f"users/{made['uuid']}", self.admin)["username"])

    def test_create_by_others(self) -> None:
        """Others make no users."""
        self.refused(403, "POST", "users", self.alice, json={"user": {"username": "carol"}})

    def test_duplicate(self) -> None:
        """A username that is taken is refused."""
        self.refused(422, "POST", "users", self.admin, json={"user": {"username": "alice"}})


class ContainerRequests(ApiCase):
    """Container requests."""

    def test_create_and_get(self) -> None:
        """A committed request has its container at once, and is found as it was answered."""
        made = self.ok("POST", "container_requests", self.alice, json={"container_request": dict(REQUEST)})
        self.assertEqual(
            ("Committed", "arvados#containerRequest", self.alice.uuid),
            (made["state"], made["kind"], made["owner_uuid"]),
        )
        self.assertRegex(made["created_at"], TIME)
        self.assertEqual(made, self.ok("GET", f"container_requests/{made['uuid']}", self.alice))
        container = self.ok("GET", f"containers/{made['container_uuid']}", self.alice)
        self.assertEqual(("Queued", ["serve"]), (container["state"], container["command"]))

    def test_secrets_are_never_shown(self) -> None:
        """Secret mounts and runtime tokens are in no answer."""
        secret = {"/secret": {"kind": "text", "content": "xyzzy-secret"}}
        body = {"container_request": {**REQUEST, "secret_mounts": secret, "runtime_token": self.alice.token}}
        response = self.call("POST", "container_requests", self.alice, json=body)
        self.assertEqual(200, response.status, response.body)
        made = response.json
        answers = [
            response.body,
            self.call("GET", f"container_requests/{made['uuid']}", self.alice).body,
            self.call("GET", f"containers/{made['container_uuid']}", self.admin).body,
            self.call("GET", "container_requests", self.alice).body,
            self.call("GET", "logs", self.admin).body,
        ]
        for body in answers:
            self.assertNotIn(b"xyzzy-secret", body)
            self.assertNotIn(self.alice.token.encode(), body)

    def test_unwrapped(self) -> None:
        """The attributes may be the top level of the body."""
        made = self.ok("POST", "container_requests", self.alice, json={**REQUEST, "select": ["uuid", "name"]})
        self.assertEqual({"kind", "etag", "uuid", "name"}, set(made))

    def test_form(self) -> None:
        """The attributes may be JSON text in a form."""
        body = urlencode({"container_request": json.dumps(dict(REQUEST))}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        made = self.ok("POST", "container_requests", self.alice, body=body, headers=headers)
        self.assertEqual("web app", made["name"])

    def test_update(self) -> None:
        """PUT and PATCH change fields; priority 0 is the way to cancel."""
        uuid = self.request_of(self.alice)["uuid"]
        changed = self.ok("PUT", f"container_requests/{uuid}", self.alice, json={"container_request": {"name": "new"}})
        self.assertEqual("new", changed["name"])
        changed = self.ok("PATCH", f"container_requests/{uuid}", self.alice, json={"priority": 0})
        self.assertEqual((0, "new"), (changed["priority"], changed["name"]))
        container = self.ok("GET", f"containers/{changed['container_uuid']}", self.alice)
        self.assertEqual(0, container["priority"])

    def test_written_back(self) -> None:
        """A record that was read can be written back as it is."""
        uuid = self.request_of(self.alice)["uuid"]
        record = self.ok("GET", f"container_requests/{uuid}", self.alice)
        again = self.ok("PUT", f"container_requests/{uuid}", self.alice, json={"container_request": record})
        self.assertEqual(record["mounts"], again["mounts"])

    def test_delete(self) -> None:
        """A deleted request is answered once more and then gone."""
        uuid = self.request_of(self.alice)["uuid"]
        self.assertEqual(uuid, self.ok("DELETE", f"container_requests/{uuid}", self.alice)["uuid"])
        self.refused(404, "GET", f"container_requests/{uuid}", self.alice)

    def test_others(self) -> None:
        """What another user may not read is not there: for reading, changing, deleting, and in lists."""
        request = self.request_of(self.alice)
        path, container = f"container_requests/{request['uuid']}", f"containers/{request['container_uuid']}"
        self.refused(404, "GET", path, self.bob)
        self.refused(404, "GET", container, self.bob)
        self.refused(404, "PATCH", path, self.bob, json={"name": "mine"})
        self.refused(404, "DELETE", path, self.bob)
        self.assertEqual(0, self.ok("GET", "container_requests", self.bob)["items_available"])
        self.assertEqual(0, self.ok("GET", "containers", self.bob)["items_available"])
        self.assertEqual("web app", self.ok("GET", path, self.admin)["name"])

    def test_readable_is_not_writable(self) -> None:
        """Who may only read gets 403 for a change, and who may write changes."""
        request = self.request_of(self.alice)
        path = f"container_requests/{request['uuid']}"
        self.share(request, self.bob, "can_read")
        self.assertEqual("web app", self.ok("GET", path, self.bob)["name"])
        self.refused(403, "PATCH", path, self.bob, json={"name": "mine"})
        self.share(request, self.bob, "can_write")
        self.assertEqual("ours", self.ok("PATCH", path, self.bob, json={"name": "ours"})["name"])

    def test_bad_values(self) -> None:
        """Values that are not acceptable are each named, and nothing is made."""
        for attributes in (
            {**REQUEST, "command": "serve"},
            {**REQUEST, "priority": 5000},
            {**REQUEST, "state": "Running"},
            {**REQUEST, "colour": "red"},
            {**REQUEST, "mounts": []},
            {**REQUEST, "output_path": "/elsewhere"},
            {**REQUEST, "runtime_constraints": {"vcpus": 0, "ram": 1}},
            {**REQUEST, "container_image": None},
            {**REQUEST, "environment": {"A=B": "c"}},
        ):
            self.refused(422, "POST", "container_requests", self.alice, json={"container_request": attributes})
        self.assertEqual(0, self.ok("GET", "container_requests", self.alice)["items_available"])
        self.refused(422, "POST", "container_requests", self.alice, json={"container_request": "text"})
        self.refused(422, "POST", "container_requests", self.alice)

    def test_nested(self) -> None:
        """What is nested deeply comes back as it was, and what is nested too deeply is refused, in body and query."""
        for levels in (MAX_DEPTH - 3, MAX_DEPTH, 900, 100_000):
            text = "[" * levels + "]" * levels
            attributes = json.dumps({**REQUEST, "properties": {"deep": "here"}}).replace('"here"', text)
            body = f'{{"container_request": {attributes}}}'.encode()
            headers = {"Content-Type": "application/json"}
            made = self.call("POST", "container_requests", self.alice, body=body, headers=headers)
            self.assertEqual(200 if levels < MAX_DEPTH else 400, made.status, made.body)
            if levels < 5000:
                found = self.call("GET", f"container_requests?filters={text}", self.alice)
                self.assertIn(found.status, (400, 422))
        self.assertEqual(1, self.ok("GET", "container_requests", self.alice)["items_available"])

    def test_forbidden_transition(self) -> None:
        """A committed request does not become a draft again, nor does its command change."""
        uuid = self.request_of(self.alice)["uuid"]
        path = f"container_requests/{uuid}"
        self.refused(422, "PATCH", path, self.alice, json={"state": "Uncommitted"})
        errors = self.refused(422, "PATCH", path, self.alice, json={"command": ["other"], "cwd": "/"})
        self.assertEqual(2, len(errors))

    def test_bad_uuids(self) -> None:
        """Malformed UUIDs, those of other kinds and of other clusters are not found."""
        for uuid in ("x", "zzzzz-xvhdp-00000000000000", "zzzzz-dz642-000000000000000",
                     "xxxxx-xvhdp-000000000000000", "ZZZZZ-xvhdp-000000000000000"):  # fmt: skip
            self.refused(404, "GET", f"container_requests/{uuid}", self.admin)

    def test_other_cluster(self) -> None:
        """What is meant for another cluster is not made here; an empty cluster is this one."""
        self.refused(404, "POST", "container_requests", self.alice, query={"cluster_id": "xxxxx"}, json=dict(REQUEST))
        self.refused(404, "GET", "container_requests", self.alice, query={"cluster_id": "xxxxx"})
        self.ok("GET", "container_requests", self.alice, query={"cluster_id": "", "count": ""})
        self.ok("GET", "container_requests", self.alice, query={"cluster_id": CLUSTER})

    def test_bypass_federation(self) -> None:
        """Only admins ask for this cluster's records past all federation."""
        query = {"bypass_federation": "true"}
        self.refused(403, "GET", "container_requests", self.alice, query=query)
        self.ok("GET", "container_requests", self.admin, query=query)


class LargeNumbers(ApiCase):
    """Whole numbers that fit into no machine word."""

    def test_shown(self) -> None:
        """They come back as they are, in lists too."""
        properties = {"number": 10**30, "text": "ü"}
        made = self.request_of(self.alice, properties=properties)
        path = f"container_requests/{made['uuid']}"
        self.assertEqual(properties, self.ok("GET", path, self.alice)["properties"])
        (item,) = self.ok("GET", "container_requests", self.alice)["items"]
        self.assertEqual(properties, item["properties"])


class Lists(ApiCase):
    """Lists of requests."""

    def setUp(self) -> None:
        """Make three requests, a second apart."""
        super().setUp()
        self.uuids = []
        for number in range(3):
            self.clock.advance(1)
            self.uuids.append(self.request_of(self.alice, name=f"r{number}", state="Uncommitted")["uuid"])

    def listed(self, **query: object) -> list[str]:
        """Names of the requests in a list."""
        return [item["name"] for item in self.ok("GET", "container_requests", self.alice, query=query)["items"]]

    def test_envelope(self) -> None:
        """A list says what it is, where it begins and how much there is."""
        answer = self.ok("GET", "container_requests", self.alice, query={"limit": 2, "offset": 1})
        self.assertEqual(
            ("arvados#containerRequestList", 2, 1, 3, 2),
            (answer["kind"], answer["limit"], answer["offset"], answer["items_available"], len(answer["items"])),
        )
        uncounted = self.ok("GET", "container_requests", self.alice, query={"count": "none"})
        self.assertNotIn("items_available", uncounted)

    def test_order(self) -> None:
        """The newest is first unless another order is asked for."""
        self.assertEqual(["r2", "r1", "r0"], self.listed())
        self.assertEqual(["r0", "r1", "r2"], self.listed(order=["created_at asc", "uuid asc"]))
        self.assertEqual(["r0", "r1", "r2"], self.listed(order="name"))

    def test_limits(self) -> None:
        """A limit of 0 counts only; one above the maximum is lowered to it."""
        answer = self.ok("GET", "container_requests", self.alice, query={"limit": 0})
        self.assertEqual((0, 3), (len(answer["items"]), answer["items_available"]))
        site = self.make_site(max_items=2)
        answer = self.ok("GET", "container_requests", self.alice, query={"limit": 50}, site=site)
        self.assertEqual((2, 2), (len(answer["items"]), answer["limit"]))

    def test_filters(self) -> None:
        """Filters are all applied; an empty set matches nothing."""
        self.assertEqual(["r1"], self.listed(filters=[["uuid", "=", self.uuids[1]]]))
        self.assertEqual(["r2", "r0"], self.listed(filters=[["name", "in", ["r0", "r2", "r9"]]]))
        self.assertEqual([], self.listed(filters=[["uuid", "in", []]]))
        self.assertEqual([], self.listed(filters=[["name", "=", "r0"], ["name", "=", "r1"]]))

    def test_times_round_trip(self) -> None:
        """A time from an answer finds its record again, exactly."""
        middle = self.ok("GET", f"container_requests/{self.uuids[1]}", self.alice)["created_at"]
        self.assertEqual(["r1"], self.listed(filters=[["created_at", "=", middle]]))
        self.assertEqual(["r2", "r1"], self.listed(filters=[["created_at", ">=", middle]]))
        self.assertEqual(["r2"], self.listed(filters=[["created_at", ">", middle], ["uuid", "!=", "x"]]))

    def test_select(self) -> None:
        """Selected fields come with kind and etag and nothing else."""
        for value in (["uuid"], '["uuid"]'):
            (item, *_) = self.ok("GET", "container_requests", self.alice, query={"select": value})["items"]
            self.assertEqual({"kind", "etag", "uuid"}, set(item))

    def test_post_as_get(self) -> None:
        """A list may be asked for by a POST that says so, by header or by parameter."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"filters": json.dumps([["name", "=", "r1"]]), "alt": "json"}).encode()
        answers = [
            self.ok(
                "POST", "container_requests", self.alice, body=body, headers={**form, "X-HTTP-Method-Override": "GET"}
            ),
            self.ok("POST", "container_requests", self.alice, body=body + b"&_method=GET", headers=form),
        ]
        for answer in answers:
            self.assertEqual(["r1"], [item["name"] for item in answer["items"]])

    def test_bad_parameters(self) -> None:
        """Parameters that cannot be what they are, are refused with 422, malformed JSON with 400."""
        for query in (
            {"limit": "-1"},
            {"limit": "many"},
            {"offset": "1.5"},
            {"count": "roughly"},
            {"select": ["colour"]},
            {"filters": [["colour", "=", "red"]]},
            {"filters": [["name", "resembles", "r"]]},
            {"filters": [["priority", "=", "high"]]},
            {"filters": [["runtime_token", "=", "x"]]},
            {"filters": {}},
        ):
            self.refused(422, "GET", "container_requests", self.alice, query=query)
        self.refused(400, "GET", "container_requests", self.alice, query={"filters": "[["})


class Links(ApiCase):
    """Permission links."""

    def test_share_and_end(self) -> None:
        """A link lets another user read, and its end takes that away."""
        request = self.request_of(self.alice)
        path = f"container_requests/{request['uuid']}"
        body = {
            "link": {
                "link_class": "permission",
                "name": "can_read",
                "tail_uuid": self.bob.uuid,
                "head_uuid": request["uuid"],
            }
        }
        link = self.ok("POST", "links", self.alice, json=body)
        self.ok("GET", path, self.bob)
        listed = self.ok("GET", "links", self.alice, query={"filters": [["head_uuid", "=", request["uuid"]]]})
        self.assertEqual([link["uuid"]], [item["uuid"] for item in listed["items"]])
        self.assertEqual(self.bob.uuid, self.ok("GET", f"links/{link['uuid']}", self.alice)["tail_uuid"])
        self.ok("DELETE", f"links/{link['uuid']}", self.alice)
        self.refused(404, "GET", path, self.bob)

    def test_not_over_others(self) -> None:
        """Nobody shares what is not theirs."""
        request = self.request_of(self.alice)
        body = {
            "link_class": "permission",
            "name": "can_manage",
            "tail_uuid": self.bob.uuid,
            "head_uuid": request["uuid"],
        }
        self.refused(422, "POST", "links", self.bob, json=body)
        self.refused(404, "GET", f"container_requests/{request['uuid']}", self.bob)


class Logs(ApiCase):
    """Audit and activity logs."""

    def test_audit(self) -> None:
        """Every change has its entry, which only those see who see the object."""
        request = self.request_of(self.alice)
        filters = {"filters": [["object_uuid", "=", request["uuid"]]]}
        items = self.ok("GET", "logs", self.alice, query=filters)["items"]
        self.assertIn("create", [item["event_type"] for item in items])
        self.assertEqual(0, self.ok("GET", "logs", self.bob, query=filters)["items_available"])
        self.assertEqual(items[0]["uuid"], self.ok("GET", f"logs/{items[0]['uuid']}", self.alice)["uuid"])

    def test_create(self) -> None:
        """Users write entries of their own."""
        body = {"log": {"event_type": "note", "summary": "hello", "object_uuid": self.alice.uuid}}
        self.assertEqual("hello", self.ok("POST", "logs", self.alice, json=body)["summary"])
