"""Tests of L{arvgate.edge.pages.rows}."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.edge.pages.options import PageOptions
from arvgate.edge.pages.rows import Row, make_row
from arvgate.wire.vhost import HostNames
from test.edge.pages.case import NAMES

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
UUID = "zzzzz-dz642-aaaaaaaaaaaaaaa"


class RowTests(SynchronousTestCase):
    """What is said of a request."""

    names = NAMES

    def row(self, request: dict[str, Any] | None = None, **container: Any) -> Row:
        """The row of a running container, some of it changed."""
        asked = {
            "uuid": "zzzzz-xvhdp-aaaaaaaaaaaaaaa",
            "name": "app",
            "state": "Committed",
            "created_at": NOW - timedelta(hours=2),
            "published_ports": {},
            **(request or {}),
        }
        has = {
            "uuid": UUID,
            "state": "Running",
            "priority": 1,
            "exit_code": None,
            "started_at": NOW - timedelta(minutes=1),
            "runtime_status": {},
            "listening_ports": [],
            "published_ports": {},
            **container,
        }
        options = PageOptions(self.names, ssh_host="gw.example", ssh_port=2222)
        return make_row(asked, has if has["uuid"] else None, options, NOW)

    def test_states(self) -> None:
        """Each state has a word, and no meaning by colour alone."""
        for fields, state in (
            ({"state": "Queued"}, "Queued"),
            ({"state": "Queued", "priority": 0}, "On hold"),
            ({"state": "Locked"}, "Starting"),
            ({}, "Running"),
            ({"state": "Complete", "exit_code": 0}, "Ended, exit code 0"),
            ({"state": "Complete", "exit_code": 3}, "Ended, exit code 3"),
            ({"state": "Cancelled"}, "Cancelled"),
        ):
            self.assertEqual(state, self.row(**fields).state)
        self.assertEqual("Not submitted", self.row({"state": "Uncommitted"}, uuid="").state)
        self.assertEqual("Final", self.row({"state": "Final"}, uuid="").state)

    def test_moment(self) -> None:
        """It started when its container did, and before that the request's own time counts."""
        self.assertEqual("1 minute ago", self.row().moment.ago)
        self.assertEqual("2 hours ago", self.row(started_at=None, state="Queued").moment.ago)

    def test_links(self) -> None:
        """Ports that listen have links while the container runs, by the label that they are published under."""
        published = {"8080": {"access": "private", "label": "Notebook", "initial_path": "lab?x=1"}}
        row = self.row({"published_ports": published}, listening_ports=[8080, 9000])
        self.assertEqual([(8080, "Notebook"), (9000, "")], [(link.port, link.label) for link in row.links])
        self.assertEqual(f"/login?to={UUID}-8080-http&path=%2Flab%3Fx%3D1", row.links[0].address)
        self.assertEqual(f"/login?to={UUID}-9000-http&path=%2F", row.links[1].address)
        self.assertEqual([], list(self.row(listening_ports=[8080], state="Complete").links))
        self.assertEqual("Nothing listens yet.", self.row().nothing)

    def test_external_ports(self) -> None:
        """Without a wildcard a published port is reached by its external port, and others have no link."""
        self.names = HostNames("zzzzz", "api.example", "", ports_host="ports.example", first_port=2000, last_port=2009)
        published = {"8080": {"access": "private", "label": "x", "initial_path": "", "external_port": 2003}}
        row = self.row(published_ports=published, listening_ports=[8080, 9000])
        self.assertEqual(["/login?to=%3A2003&path=%2F"], [link.address for link in row.links])

    def test_odd_ports(self) -> None:
        """What is no port, or published in no form of ours, is left out."""
        row = self.row({"published_ports": {"80": "x"}}, listening_ports=["x", 0, 99999, 80], published_ports=None)
        self.assertEqual([(80, "")], [(link.port, link.label) for link in row.links])

    def test_ssh(self) -> None:
        """Where SSH is served the line for it is shown while the container runs."""
        self.assertEqual(f"ssh -p 2222 {UUID}@gw.example", self.row().ssh)
        self.assertEqual("", self.row(state="Queued").ssh)

    def test_nothing_known(self) -> None:
        """A request without a name and a container without a status can be shown."""
        row = self.row({"name": None}, runtime_status=None, listening_ports=None)
        self.assertEqual(("(no name)", ""), (row.name, row.reason))
