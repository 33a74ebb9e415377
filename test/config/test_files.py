"""
The configuration as it lies on a machine.
"""

from __future__ import annotations

import os
import pwd
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.certificates import new_ca, new_server_certificate
from arvgate.config.files import read_config
from arvgate.errors import ConfigInvalid
from test.config.texts import changed, document, text_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class ReadTests(SynchronousTestCase):
    """L{read_config}."""

    def setUp(self) -> None:
        """A directory with all that a configuration names."""
        self.directory = Path(self.mktemp()).absolute()
        (self.directory / "state").mkdir(parents=True)
        ca = new_ca("test", NOW)
        for name in ("server", "other"):
            issued = new_server_certificate(ca, ["localhost"], NOW)
            (self.directory / f"{name}.pem").write_bytes(issued.certificate_pem)
            (self.directory / f"{name}.key").write_bytes(issued.key_pem)
        (self.directory / "data-key.json").write_text("{}")
        self.file = self.directory / "config.yml"

    def problems(self, cluster: Any) -> list[str]:
        """The problems of a section in this directory, without what they all begin with."""
        self.file.write_text(text_of(cluster))
        try:
            read_config(str(self.file))
        except ConfigInvalid as error:
            return [
                problem.removeprefix("Clusters.xabcd.").replace(f"{self.directory}/", "") for problem in error.problems
            ]
        return []

    def test_right(self) -> None:
        """With everything in place there is a configuration, whatever directory the process is in."""
        self.file.write_text(text_of(document()))
        config = read_config(os.path.relpath(self.file))
        self.assertEqual(str(self.directory / "server.pem"), config.tls.certificate_path)

    def test_no_file(self) -> None:
        """A file that cannot be read is one problem."""
        for path, reason in (("nothing", "no such file or directory"), ("state", "is a directory")):
            where = str(self.directory / path)
            error = self.assertRaises(ConfigInvalid, read_config, where)
            self.assertEqual((f"{where}: {reason}",), error.problems)

    def test_no_text(self) -> None:
        """A file that is no text is one problem."""
        self.file.write_bytes(b"\xff\xfe")
        error = self.assertRaises(ConfigInvalid, read_config, str(self.file))
        self.assertEqual((f"{self.file}: not text in UTF-8",), error.problems)

    def test_all_at_once(self) -> None:
        """Problems of the text and of the files are reported together."""
        cluster = changed("Arvgate.Workers", -1)
        cluster["TLS"] = {"Certificate": "none.pem", "Key": "none.key"}
        cluster["Arvgate"] |= {
            "DataKey": "none.json",
            "StateDirectory": "none",
            "CA": "none.ca",
            "SSHHostKey": "none.ssh",
        }
        self.assertEqual(
            [
                "Arvgate.Workers: must be at least 0",
                "TLS.Certificate: none.pem: no such file or directory",
                "TLS.Key: none.key: no such file or directory",
                "Arvgate.DataKey: none.json: no such file or directory",
                "Arvgate.SSHHostKey: none.ssh: no such file or directory",
                "Arvgate.CA: none.ca: no such file or directory",
                "Arvgate.StateDirectory: there is no directory none",
            ],
            self.problems(cluster),
        )

    def test_other_key(self) -> None:
        """A key that belongs to another certificate is named."""
        self.assertEqual(
            ["TLS.Key: other.key is not the key of the certificate server.pem"],
            self.problems(changed("TLS.Key", "other.key")),
        )

    def test_no_certificates(self) -> None:
        """Files that are no certificate or key are named, and their content is not shown."""
        cluster = changed("Arvgate.CA", "server.key")
        cluster["TLS"] = {"Certificate": "server.key", "Key": "data-key.json"}
        self.assertEqual(
            [
                "TLS.Certificate: server.key is not a certificate in PEM form",
                "TLS.Key: data-key.json is not an unencrypted private key in PEM form",
                "Arvgate.CA: server.key is not a certificate in PEM form",
            ],
            self.problems(cluster),
        )

    def test_accounts(self) -> None:
        """Accounts that the machine does not have are named; those that it has are all right."""
        cluster = changed("Arvgate.DoorAccount", "no-such-account")
        cluster["Arvgate"]["Engines"] = {"Process": {"Account": pwd.getpwuid(0).pw_name}}
        self.assertEqual(["Arvgate.DoorAccount: this machine has no account no-such-account"], self.problems(cluster))
