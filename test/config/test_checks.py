"""
What must be given in a configuration and what must fit together.
"""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.checks import check_cluster
from arvgate.config.schema import ClusterModel
from test.config.texts import changed, document


def problems(cluster: Any) -> list[str]:
    """The paths of the problems of a section."""
    return [path for path, _ in check_cluster("xabcd", ClusterModel.model_validate(cluster))]


class RequiredTests(SynchronousTestCase):
    """What must be given."""

    def test_right(self) -> None:
        """A small configuration that is right has no problems."""
        self.assertEqual([], problems(document()))

    def test_each(self) -> None:
        """Each of the values that are needed is named if it is empty."""
        for path, nothing in (
            ("SystemRootToken", ""),
            ("Services.Controller.ExternalURL", ""),
            ("TLS.Certificate", ""),
            ("TLS.Key", ""),
            ("Arvgate.StateDirectory", ""),
            ("Arvgate.DataKey", ""),
            ("Arvgate.Listeners.HTTPS", []),
            ("Arvgate.Node.Address", ""),
        ):
            self.assertEqual([path], problems(changed(path, nothing)))

    def test_certificates(self) -> None:
        """Each further certificate has a key, and there is one of the cluster's own before them."""
        cluster = changed(
            "Arvgate.Certificates", [{"Certificate": "a"}, {"Key": "b"}, {"Certificate": "a", "Key": "b"}]
        )
        cluster["TLS"] = {}
        self.assertEqual(
            ["TLS.Certificate", "TLS.Key", "Arvgate.Certificates[0].Key", "Arvgate.Certificates[1].Certificate"],
            problems(cluster),
        )

    def test_behind_a_proxy(self) -> None:
        """Without a listener for TLS no certificate is needed, but a proxy that is trusted."""
        cluster = changed("Arvgate.Listeners", {"HTTP": ["tcp:8080:interface=127.0.0.1"]})
        cluster["TLS"] = {}
        self.assertEqual(["Arvgate.TrustedProxies"], problems(cluster))
        cluster["Arvgate"]["TrustedProxies"] = ["127.0.0.1"]
        self.assertEqual([], problems(cluster))
        cluster["TLS"] = {"Certificate": "a"}
        self.assertEqual(["TLS.Key"], problems(cluster))

    def test_tokens(self) -> None:
        """Tokens are long enough and consist of letters and digits."""
        for path in ("SystemRootToken", "ManagementToken", "Users.AnonymousUserToken"):
            for value in ("a" * 31, "a" * 40 + "/", "ä" * 41):
                self.assertEqual([path], problems(changed(path, value)))
            self.assertEqual([], problems(changed(path, "aZ9" * 20)))
        self.assertEqual(["Users.AnonymousUserToken"], problems(changed("Users.AnonymousUserToken", "a" * 40)))


class AddressTests(SynchronousTestCase):
    """The addresses of API and web apps."""

    def web(self, **values: Any) -> list[str]:
        """The problems with such C{ContainerWebServices}, where the API is C{api.example}."""
        cluster = changed("Services.ContainerWebServices", values)
        cluster["Services"]["Controller"]["ExternalURL"] = "https://api.example/"
        return [path.removeprefix("Services.ContainerWebServices.") for path in problems(cluster)]

    def test_ports_on_another_host(self) -> None:
        """A range of ports on a host name of its own is right."""
        self.assertEqual([], self.web(ExternalURL="https://apps.example/", ExternalPortMin=1, ExternalPortMax=1))

    def test_ports_on_the_api_host(self) -> None:
        """A range of ports on the API's own host name is refused."""
        web = {"ExternalURL": "https://API.example:99/", "ExternalPortMin": 9000, "ExternalPortMax": 9001}
        self.assertEqual(["ExternalURL"], self.web(**web))

    def test_ranges(self) -> None:
        """A range has both ends in order, a host, and no wildcard; a plain host has a range."""
        host = "https://apps.example/"
        self.assertEqual(["ExternalPortMax"], self.web(ExternalURL=host, ExternalPortMin=5, ExternalPortMax=4))
        self.assertEqual(["ExternalPortMax"], self.web(ExternalURL=host, ExternalPortMax=4))
        self.assertEqual(["ExternalURL"], self.web(ExternalPortMin=5, ExternalPortMax=6))
        self.assertEqual(["ExternalURL"], self.web(ExternalURL=host))
        wildcard = {"ExternalURL": "https://*.apps.example/", "ExternalPortMin": 5, "ExternalPortMax": 6}
        self.assertEqual(["ExternalPortMin"], self.web(**wildcard))

    def test_external_ports(self) -> None:
        """A range is no longer than sockets can be had, and nothing else listens in it."""
        host = "https://apps.example/"
        self.assertEqual([], self.web(ExternalURL=host, ExternalPortMin=30001, ExternalPortMax=30900))
        self.assertEqual(["ExternalPortMax"], self.web(ExternalURL=host, ExternalPortMin=30001, ExternalPortMax=30901))
        cluster = changed(
            "Services.ContainerWebServices", {"ExternalURL": host, "ExternalPortMin": 8443, "ExternalPortMax": 8445}
        )
        self.assertEqual([], problems(cluster))
        cluster["Arvgate"]["Listeners"]["SSH"] = ["tcp:8444:interface=127.0.0.1"]
        cluster["Arvgate"]["Node"] = {"Port": 8445}
        self.assertEqual(["Services.ContainerWebServices.ExternalPortMax"] * 2, problems(cluster))

    def test_nowhere(self) -> None:
        """Web apps may be switched off."""
        self.assertEqual([], self.web())

    def test_bare_star(self) -> None:
        """A star alone is no domain."""
        self.assertEqual(["ExternalURL"], self.web(ExternalURL="https://*/"))

    def test_api_under_the_wildcard(self) -> None:
        """Under the wildcard the API has a reserved name, so that no container's can be the same."""
        for name, expected in (
            ("xabcd", []), ("api", []), ("www", []), ("a.b", []), ("gateway", ["Services.Controller.ExternalURL"]),
        ):  # fmt: skip
            cluster = changed("Services.ContainerWebServices.ExternalURL", "https://*.example.org/")
            cluster["Services"]["Controller"]["ExternalURL"] = f"https://{name}.example.org/"
            self.assertEqual(expected, problems(cluster), name)

    def test_api_with_star(self) -> None:
        """The API has no wildcard name."""
        path = "Services.Controller.ExternalURL"
        self.assertIn(path, problems(changed(path, "https://*.elsewhere.example/")))


class ReachTests(SynchronousTestCase):
    """How far the process engine may be reached."""

    def test_listeners(self) -> None:
        """Without an account of its own it is refused on listeners that other machines reach."""
        for listener in (
            "tcp:8443",
            "tcp:8443:interface=0.0.0.0",
            "tcp:8443:interface=10.0.0.1",
            r"tcp:1:interface=\:\:",
        ):
            for path in ("Arvgate.Listeners.HTTPS", "Arvgate.Listeners.HTTP", "Arvgate.Listeners.SSH"):
                cluster = changed(path, [listener])
                self.assertEqual([path], problems(cluster), listener)
                cluster["Arvgate"]["Engines"] = {"Process": {"Account": "jobs"}}
                self.assertEqual([], problems(cluster), listener)

    def test_account_of_the_doors(self) -> None:
        """Jobs cannot have the account to which the gateway's private sockets belong."""
        cluster = changed("Arvgate.DoorAccount", "nobody")
        cluster["Arvgate"]["Engines"] = {"Process": {"Account": "nobody"}}
        self.assertEqual(["Arvgate.Engines.Process.Account"], problems(cluster))
        cluster["Arvgate"]["Engines"] = {"Process": {"Account": "jobs"}}
        self.assertEqual([], problems(cluster))

    def test_loopback(self) -> None:
        """Loopback addresses are all right."""
        for listener in ("tcp:8443:interface=127.0.0.1", r"tcp:8443:interface=\:\:1"):
            self.assertEqual([], problems(changed("Arvgate.Listeners.HTTPS", [listener])), listener)

    def test_node(self) -> None:
        """Without an account of its own the runners listen on loopback only."""
        self.assertEqual(["Arvgate.Node.Address"], problems(changed("Arvgate.Node.Address", "node1.example")))


class ChoiceTests(SynchronousTestCase):
    """What this version has."""

    def test_engine(self) -> None:
        """An engine that there is not is refused."""
        self.assertEqual(["Arvgate.Engine"], problems(changed("Arvgate.Engine", "lxc")))

    def test_database(self) -> None:
        """A database is a file of SQLite with an absolute path, or one on a PostgreSQL server."""
        for url in ("mysql://host/x", "postgresql://host", "sqlite:///relative.db", "sqlite://", "sqlite:////"):
            self.assertEqual(["Arvgate.Database"], problems(changed("Arvgate.Database", url)), url)
        for url in ("sqlite:////var/lib/arvgate.db", "postgresql://arvgate@db.example/arvgate"):
            self.assertEqual([], problems(changed("Arvgate.Database", url)), url)
