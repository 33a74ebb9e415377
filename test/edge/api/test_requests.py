"""Tests of the forms in which parameters reach the API (L{arvgate.edge.api.arrival}, L{arvgate.wire.parameters})."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from test.edge.api.case import REQUEST, ApiCase, Response

FORM = "application/x-www-form-urlencoded"


def multipart(fields: dict[str, str]) -> tuple[str, bytes]:
    """A content type and a body, with the second field as a file."""
    parts = []
    for number, (name, value) in enumerate(fields.items()):
        more = '; filename="x.json"\r\nContent-Type: application/json' if number == 1 else ""
        parts.append(f'--edge\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n')
    return "multipart/form-data; boundary=edge", ("".join(parts) + "--edge--\r\n").encode()


class Requests(ApiCase):
    """The same in all forms."""

    def setUp(self) -> None:
        """Make two requests."""
        super().setUp()
        for name in ("one", "two"):
            self.clock.advance(1)
            self.request_of(self.alice, name=name, state="Uncommitted")

    def asked(self, fields: dict[str, str], form: str, method: str = "GET") -> Response:
        """What a list's parameters get, sent in one of the forms."""
        override = {"X-Http-Method-Override": method}
        if form == "query":
            return self.call("GET", "container_requests", self.alice, query=fields)
        if form == "form":
            headers = {"Content-Type": FORM, **override}
            return self.call("POST", "container_requests", self.alice, body=urlencode(fields).encode(), headers=headers)
        if form == "multipart":
            kind, body = multipart(fields)
            headers = {"Content-Type": kind, **override}
            return self.call("POST", "container_requests", self.alice, body=body, headers=headers)
        return self.call("POST", "container_requests", self.alice, json=fields, headers=override)

    def test_lists(self) -> None:
        """A list's parameters mean the same in the query, in forms of both sorts, and as texts in JSON."""
        fields = {
            "filters": '[["name","in",["one","two"]]]',
            "where": '{"state":"Uncommitted"}',
            "order": '["container_requests.name desc"]',
            "select": '["name"]',
            "limit": "1",
            "offset": "1",
            "count": "exact",
            "distinct": "false",
            "include_trash": "0",
        }
        for form in ("query", "form", "multipart", "json"):
            answer = self.asked(fields, form)
            self.assertEqual(200, answer.status, answer.body)
            self.assertEqual((["one"], 2, 1), (
                [item["name"] for item in answer.json["items"]], answer.json["items_available"], answer.json["limit"]
            ), form)  # fmt: skip

    def test_create(self) -> None:
        """A record is made from a form of either sort, and from JSON with a text under the key."""
        text = json.dumps({**REQUEST, "name": "made"})
        for kind, body in (
            (FORM, urlencode({"select": '["name"]', "container_request": text}).encode()),
            multipart({"select": '["name"]', "container_request": text}),
            ("application/json", json.dumps({"container_request": text, "select": '["name"]'}).encode()),
        ):
            headers = {"Content-Type": kind}
            made = self.ok("POST", "container_requests", self.alice, body=body, headers=headers)
            self.assertEqual(("made", {"kind", "etag", "name"}), (made["name"], set(made)))

    def test_method(self) -> None:
        """A POST is what its parameter says, in whatever form that comes."""
        uuid = self.request_of(self.alice)["uuid"]
        kind, body = multipart({"_method": "PATCH", "container_request": '{"name":"new"}'})
        path = f"container_requests/{uuid}"
        self.assertEqual("new", self.ok("POST", path, self.alice, body=body, headers={"Content-Type": kind})["name"])
        self.assertEqual(uuid, self.ok("POST", path, self.alice, query={"_method": "DELETE"})["uuid"])
        self.refused(404, "GET", path, self.alice)

    def test_malformed(self) -> None:
        """Bodies that cannot be read are refused with a sentence."""
        kind, body = multipart({"a": "1"})
        for content_type, data in (
            (kind, body[:-8]),
            ("multipart/form-data", body),
            (kind, b"x"),
            (FORM, b"a=%ff"),
            ("application/json", b"{"),
            ("text/csv", b"a,b"),
        ):
            headers = {"Content-Type": content_type}
            self.refused(400, "POST", "container_requests", self.alice, body=data, headers=headers)

    def test_malformed_json_in_parameters(self) -> None:
        """Malformed JSON in a parameter is the client's fault, in whatever form it comes."""
        for name in ("filters", "where", "order", "select"):
            for text, form in (("[[", "query"), ("[1", "form"), ('["\\ud800"]', "multipart"), ("[NaN]", "json")):
                answer = self.asked({name: text}, form)
                self.assertIn(answer.status, (400, 422), (name, form))
                self.assertEqual(1, len(answer.json["errors"]))

    def test_distinct(self) -> None:
        """Distinct rows have what is selected and their kind, nothing else."""
        query: dict[str, Any] = {"distinct": "true", "select": ["state"], "order": "created_at desc,state"}
        answer = self.ok("GET", "container_requests", self.alice, query=query)
        self.assertEqual([{"kind": "arvados#containerRequest", "state": "Uncommitted"}], answer["items"])
        self.assertEqual(1, answer["items_available"])
        answer = self.ok("GET", "container_requests", self.alice, query={"distinct": "true"})
        self.assertEqual(2, answer["items_available"])
        self.refused(422, "GET", "container_requests", self.alice, query={"distinct": "true", "select": ["kind"]})
