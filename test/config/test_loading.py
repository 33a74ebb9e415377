"""
Configuration text to one configuration, or all its problems.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.loading import load
from arvgate.config.model import LimitsConfig, TLSConfig
from arvgate.errors import ConfigInvalid
from test.config.texts import TOKEN, changed, document, text_of

LISTENER = "tcp:8080:interface=127.0.0.1"


class LoadTests(SynchronousTestCase):
    """L{load} of what is right."""

    def test_small(self) -> None:
        """What is given is in the configuration, relative paths start from the file's directory."""
        config = load(text_of(document()), "/etc/arvgate/config.yml")
        self.assertEqual("xabcd", config.cluster_id)
        self.assertEqual(TOKEN, config.system_root_token.value)
        self.assertEqual("localhost:8443", config.api_host)
        self.assertEqual((".xabcd.localhost", 8443), (config.web_services.host_suffix, config.web_services.port))
        self.assertEqual("/etc/arvgate/server.pem", config.tls.certificate_path)
        self.assertEqual("/etc/arvgate/state", config.arvgate.state_directory)
        self.assertEqual("sqlite:////etc/arvgate/state/arvgate.db", config.arvgate.database_url)
        self.assertEqual(("tcp:8443:interface=127.0.0.1",), config.arvgate.listeners_https)

    def test_safe_defaults(self) -> None:
        """What is not given has a safe default: no shells for users, no trusted proxies, no public token."""
        config = load(text_of(document()), "/c.yml")
        self.assertEqual((True, False), (config.shell_access.admin, config.shell_access.user))
        self.assertEqual((), config.arvgate.trusted_proxies)
        self.assertFalse(config.anonymous_token)
        self.assertFalse(config.arvgate.reuse_after_connection)
        self.assertEqual(86400.0, config.arvgate.session_lifetime)
        self.assertEqual("127.0.0.1", config.arvgate.node.address)

    def test_values(self) -> None:
        """Durations become seconds, sizes bytes, networks networks; an empty section keeps its defaults."""
        networks = (ip_network("10.0.0.0/8"), ip_network("::1"))
        for path, value, expected in (
            ("API.MaxTokenLifetime", "12h", lambda c: c.api.max_token_lifetime == 43200.0),
            ("API.MaxRequestSize", "1MiB", lambda c: c.api.max_request_size == 1048576),
            ("Arvgate.Node.RAM", "2GiB", lambda c: c.arvgate.node.ram == 2 << 30),
            ("Arvgate.TrustedProxies", ["10.0.0.0/8", "::1"], lambda c: c.arvgate.trusted_proxies == networks),
            ("Arvgate.Limits", None, lambda c: c.arvgate.limits == LimitsConfig()),
            ("TLS.Certificate", "file:///a/b.pem", lambda c: c.tls.certificate_path == "/a/b.pem"),
            ("Arvgate.Output.Keep", "3d", lambda c: c.arvgate.output.keep == 259200.0),
            ("Arvgate.UserLimits.Output", "1GiB", lambda c: c.arvgate.user_limits.output == 1 << 30),
            ("Arvgate.Workers", 0, lambda c: c.arvgate.workers == 0),
            ("Arvgate.HSTS", "2h", lambda c: c.arvgate.hsts == 7200.0),
            ("Arvgate.Listeners.HTTP", [LISTENER], lambda c: c.arvgate.listeners_http == (LISTENER,)),
            (
                "Arvgate.Certificates",
                [{"Certificate": "a.pem", "Key": "/b.key"}],
                lambda c: c.arvgate.certificates == (TLSConfig("/a.pem", "/b.key"),),
            ),
            ("Collections.BlobSigningTTL", "1h", lambda c: c.collections.blob_signing_ttl == 3600.0),
            ("Collections.BlobSigningKey", "x", lambda c: c.collections.blob_signing_key.value == "x"),
            ("Collections.DefaultTrashLifetime", "1d", lambda c: c.collections.default_trash_lifetime == 86400.0),
            ("Users.NewUsersAreActive", True, lambda c: c.users.new_users_are_active),
            ("Users.ActivatedUsersAreVisibleToOthers", False, lambda c: not c.users.are_visible),
            ("Users.RoleGroupsVisibleToAll", False, lambda c: not c.users.roles_are_visible),
            ("Collections.DefaultTrashLifetime", "1h", lambda c: c.collections.default_trash_lifetime == 3600.0),
            ("AuditLogs.MaxAge", "1d", lambda c: c.audit_logs.max_age == 86400.0),
            ("AuditLogs.MaxDeleteBatch", 5, lambda c: c.audit_logs.max_delete_batch == 5),
            (
                "AuditLogs.UnloggedAttributes",
                {"description": {}, "properties": None},
                lambda c: c.audit_logs.unlogged_attributes == {"description", "properties"},
            ),
            ("Users.AutoSetupNewUsers", True, lambda c: c.users.auto_setup_new_users),
            ("Containers.ShellAccess", {"Admin": True, "User": True}, lambda c: c.shell_access.user),
        ):  # fmt: skip
            self.assertTrue(expected(load(text_of(changed(path, value)), "/c.yml")), path)

    def test_docker(self) -> None:
        """What the Docker engine is told, with credentials beside the file and directories as they are."""
        section = {
            "Host": "unix:///run/d.sock",
            "RegistryConfig": "registry.json",
            "HostDirectories": [{"Path": "/data/"}, {"Path": "/scratch", "Writable": True}],
        }
        docker = load(text_of(changed("Arvgate.Engines.Docker", section)), "/etc/c.yml").arvgate.docker
        self.assertEqual(
            ("unix:///run/d.sock", False, "/etc/registry.json"), (docker.host, docker.pull, docker.registry_config)
        )
        self.assertEqual(
            [("/data", False), ("/scratch", True)], [(one.path, one.writable) for one in docker.host_directories]
        )

    def test_port_range(self) -> None:
        """Without a wildcard, web apps have one host name and a range of ports."""
        web = {"ExternalURL": "https://Apps.example/", "ExternalPortMin": 9000, "ExternalPortMax": 9100}
        services = load(text_of(changed("Services.ContainerWebServices", web)), "/c.yml").web_services
        self.assertEqual(
            ("", "apps.example", 9000, 9100),
            (services.host_suffix, services.host, services.port_min, services.port_max),
        )

    def test_secrets_are_hidden(self) -> None:
        """No repr of a configuration shows a secret."""
        cluster = {**document(), "ManagementToken": "m" * 40, "Users": {"AnonymousUserToken": "a" * 41}}
        shown = repr(load(text_of(cluster), "/c.yml"))
        for secret in (TOKEN, "m" * 40, "a" * 40):
            self.assertNotIn(secret, shown)


class ProblemTests(SynchronousTestCase):
    """L{load} of what is not."""

    def problems(self, cluster: Any, cluster_id: str = "xabcd") -> list[str]:
        """The problems of a cluster's section."""
        return self.problems_of_text(text_of(cluster, cluster_id))

    def problems_of_text(self, text: str) -> list[str]:
        """The problems of a file's text."""
        error = self.assertRaises(ConfigInvalid, load, text, "/c.yml")
        return list(error.problems)

    def test_all_at_once(self) -> None:
        """Unknown keys, wrong types, missing and unfitting values are all reported together, each with its path."""
        cluster = changed("Arvgate.Workers", -1)
        cluster["SystemRootToken"] = "short"
        cluster["Arvgate"]["Listeners"]["HTTPS"] = ["tcp:99999", "tcp:8443"]
        cluster["Arvgate"]["Timeouts"] = {"Head": "soon", "Idle": "0s"}
        cluster["TLS"] = {"Certificate": "x"}
        cluster["Arvgat"] = {}
        paths = [problem.partition(": ")[0] for problem in self.problems(cluster)]
        self.assertEqual(
            sorted(
                f"Clusters.xabcd.{path}"
                for path in (
                    "Arvgat",
                    "Arvgate.Workers",
                    "SystemRootToken",
                    "Arvgate.Listeners.HTTPS[0]",
                    "Arvgate.Listeners.HTTPS",
                    "Arvgate.Timeouts.Head",
                    "Arvgate.Timeouts.Idle",
                    "TLS.Key",
                )
            ),
            sorted(paths),
        )

    def test_nearest_key(self) -> None:
        """An unknown key comes with the nearest known one, in its place or elsewhere."""
        for path, suggestion in (
            ("Arvgate.Worker", "; did you mean Workers?"),
            ("tls", "; did you mean TLS?"),
            ("Workers", "; did you mean Arvgate.Workers?"),
            ("Arvgate.Zzzzzz", ""),
        ):
            self.assertEqual([f"Clusters.xabcd.{path}: unknown key{suggestion}"], self.problems(changed(path, 1)))

    def test_in_lists(self) -> None:
        """Unknown and missing keys in an item of a list are named with its place."""
        for path, value, expected in (
            (
                "Arvgate.Certificates",
                [{}, {"Certificat": "x"}],
                "[1].Certificat: unknown key; did you mean Certificate?",
            ),
            (
                "Arvgate.Engines.Docker.HostDirectories",
                [{"Path": "/a"}, {"Writable": 1}, {"Path": "b"}],
                "[1].Path: missing",
            ),
        ):
            self.assertIn(f"Clusters.xabcd.{path}{expected}", self.problems(changed(path, value)))

    def test_types(self) -> None:
        """Values of the wrong type are refused in words."""
        for path, value, words in (
            ("SystemRootToken", 123, "must be text (in quotes if it looks like a number)"),
            ("Arvgate.Workers", "two", "must be a whole number"),
            ("Arvgate.Workers", 1.5, "must be a whole number"),
            ("Arvgate.Workers", True, "must be a whole number"),
            ("Arvgate.ReuseAfterConnection", "maybe", "must be true or false"),
            ("Arvgate.Listeners.HTTPS", "tcp:1", "must be a list"),
            ("Arvgate", [], "must be a mapping of keys to values"),
            ("API.MaxItemsPerResponse", 0, "must be at least 1"),
            ("Arvgate.Node.Port", 70000, "must be at most 65535"),
            ("Arvgate.Timeouts.Stop", "0s", "must be more than 0"),
            ("Arvgate.TrustedProxies", ["10.0.0.1/8"], "not an IP address, nor a network such as 10.0.0.0/8"),
        ):
            found = [p for p in self.problems(changed(path, value)) if p.startswith(f"Clusters.xabcd.{path}")]
            self.assertEqual([words], [problem.partition(": ")[2] for problem in found], path)

    def test_no_value_is_repeated(self) -> None:
        """A problem does not repeat the value, which may be a secret."""
        for problem in self.problems({**document(), "ManagementToken": ["hush"], "SystemRootToken": "hush!"}):
            self.assertNotIn("hush", problem)

    def test_keys_that_are_no_text(self) -> None:
        """A key that is no text is an unknown key like any other."""
        self.assertEqual(["Clusters.xabcd[5]: unknown key"], self.problems({**document(), 5: "x"}))

    def test_what_follows_is_left_out(self) -> None:
        """Nothing is called missing that was only unreadable."""
        self.assertEqual(
            ["Clusters.xabcd.Arvgate.Listeners.HTTPS[0]: must be text (in quotes if it looks like a number)"],
            self.problems(changed("Arvgate.Listeners.HTTPS", [8443])),
        )

    def test_clusters(self) -> None:
        """There must be exactly one cluster, with an id of the right form, and nothing beside."""
        for text, problem in (
            ("", "/c.yml: the file is empty"),
            ("[]", "/c.yml: must be a mapping with the key Clusters"),
            ("Cluster: {}", "Cluster: unknown key; did you mean Clusters?"),
            ("Clusters: {}", "Clusters: missing; give the cluster's id and its settings"),
            ("Clusters: {xaaaa: , xbbbb: }", "Clusters: there must be exactly one cluster in the file"),
            ("Clusters: {X: }", "Clusters.X: a cluster id is five characters of a-z and 0-9"),
        ):
            self.assertIn(problem, self.problems_of_text(text))

    def test_duplicate_key(self) -> None:
        """A key that stands twice is a problem among the others."""
        text = text_of(document()) + "    Workers: 1\n".replace("    ", "") + "Clusters: {}\n"
        self.assertIn("Clusters: the key stands twice", "\n".join(self.problems_of_text(text)))

    def test_empty_cluster(self) -> None:
        """A cluster without settings has all that is missing named."""
        missing = [problem for problem in self.problems(None) if ": missing; " in problem]
        self.assertEqual(7, len(missing))
