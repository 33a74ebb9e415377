"""
Where the API is and with which token.
"""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli.settings import read_settings
from arvgate.errors import Invalid

TOKEN = "v2/xabcd-gj3su-000000000000001/secret"


class SettingsTests(SynchronousTestCase):
    """L{read_settings}."""

    def setUp(self) -> None:
        """A home directory."""
        self.home = Path(self.mktemp()).absolute()
        self.environ = {"HOME": str(self.home), "XDG_CONFIG_DIRS": str(self.home / "xdg")}

    def write(self, place: str, text: str) -> None:
        """Write a settings.conf."""
        directory = self.home / place
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "settings.conf").write_text(text)

    def variables(self, host: str, **more: str) -> dict[str, str]:
        """An environment with everything in it."""
        return {**self.environ, "ARVADOS_API_HOST": host, "ARVADOS_API_TOKEN": TOKEN, **more}

    def test_variables(self) -> None:
        """Variables are enough; the port is 443 unless given."""
        settings = read_settings(self.variables("Localhost:8443", SSL_CERT_FILE="/ca.pem"))
        self.assertEqual(("localhost", 8443, TOKEN), (settings.host, settings.port, settings.token))
        self.assertEqual(("/ca.pem", False, "localhost:8443"), (settings.ca_file, settings.insecure, settings.api_host))
        settings = read_settings(self.variables("[::1]"))
        self.assertEqual(("::1", 443, "[::1]"), (settings.host, settings.port, settings.api_host))

    def test_file(self) -> None:
        """The file in the home directory is read, with comments, blanks, and signs of equality in values."""
        self.write(".config/arvados", f"# mine\n\nARVADOS_API_HOST = a.example \nARVADOS_API_TOKEN={TOKEN}=\n")
        settings = read_settings(self.environ)
        self.assertEqual(("a.example", f"{TOKEN}="), (settings.host, settings.token))

    def test_variables_win(self) -> None:
        """A variable wins over the file, even an empty one."""
        self.write(
            ".config/arvados", f"ARVADOS_API_HOST=a.example\nARVADOS_API_TOKEN={TOKEN}\nARVADOS_API_HOST_INSECURE=1"
        )
        self.assertEqual("b.example", read_settings({**self.environ, "ARVADOS_API_HOST": "b.example"}).host)
        self.assertTrue(read_settings(self.environ).insecure)
        self.assertFalse(read_settings({**self.environ, "ARVADOS_API_HOST_INSECURE": ""}).insecure)

    def test_order_of_files(self) -> None:
        """The first file there is counts: systemd's, the user's, the system's."""
        expected = []
        for place, host in (("xdg/arvados", "c"), (".config/arvados", "b"), ("unit", "a")):
            self.write(place, f"ARVADOS_API_HOST={host}\nARVADOS_API_TOKEN={TOKEN}")
            environ = {**self.environ, "CONFIGURATION_DIRECTORY": f"{self.home}/none:{self.home}/unit"}
            expected.append(read_settings(environ).host)
        self.assertEqual(["c", "b", "a"], expected)

    def test_config_home(self) -> None:
        """XDG_CONFIG_HOME takes the place of ~/.config."""
        self.write("other/arvados", f"ARVADOS_API_HOST=o\nARVADOS_API_TOKEN={TOKEN}")
        self.assertEqual("o", read_settings({**self.environ, "XDG_CONFIG_HOME": f"{self.home}/other"}).host)

    def test_insecure(self) -> None:
        """Certificates go unchecked for the words that mean yes, and no others."""
        for text, insecure in (
            ("1", True),
            ("TRUE", True),
            ("y", True),
            ("yes", True),
            ("0", False),
            ("no", False),
            ("", False),
        ):
            environ = self.variables("a", ARVADOS_API_HOST_INSECURE=text)
            self.assertEqual(insecure, read_settings(environ).insecure, text)

    def test_missing(self) -> None:
        """What is not set is named."""
        error = self.assertRaises(Invalid, read_settings, {})
        self.assertIn("ARVADOS_API_HOST and ARVADOS_API_TOKEN must be set", str(error))
        error = self.assertRaises(Invalid, read_settings, {"ARVADOS_API_HOST": "a"})
        self.assertTrue(str(error).startswith("ARVADOS_API_TOKEN must be set"))

    def test_without_token(self) -> None:
        """Where no token is needed a host is enough."""
        self.assertEqual("", read_settings({"ARVADOS_API_HOST": "a"}, needs_token=False).token)
        self.assertRaises(Invalid, read_settings, {}, needs_token=False)

    def test_dialled(self) -> None:
        """A name below localhost is dialled as localhost."""
        for host, dialled in (("a.example", "a.example"), ("x.a.localhost", "localhost"), ("localhost", "localhost")):
            self.assertEqual((dialled, 443), read_settings(self.variables(host)).dialled)

    def test_malformed(self) -> None:
        """A host is a host and no address, and a token has no blanks; neither is repeated in the error."""
        for host in ("https://a.example", "a.example/", "a:b", "a:0", "a:99999", "u@a", "a b", "[::1", "a?b"):
            self.assertRaises(Invalid, read_settings, self.variables(host))
        for token in ("a b", "a\nb", "ä", "a\x00"):
            error = self.assertRaises(Invalid, read_settings, {**self.variables("a"), "ARVADOS_API_TOKEN": token})
            self.assertNotIn(token, str(error))

    def test_unreadable_file(self) -> None:
        """A file that cannot be read is named."""
        (self.home / ".config/arvados/settings.conf").mkdir(parents=True)
        self.assertIn("settings.conf cannot be read", str(self.assertRaises(Invalid, read_settings, self.environ)))

    def test_hidden(self) -> None:
        """The token is not in the repr."""
        self.assertNotIn("secret", repr(read_settings(self.variables("a"))))
