"""Tests of L{arvgate.config.rotation}."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

import yaml
from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.loading import load
from arvgate.config.rotation import with_root_token
from arvgate.errors import ConfigInvalid, Invalid
from test.config.texts import document

OLD, NEW, NEWEST = "o" * 50, "n" * 50, "e" * 50
EXAMPLE = Path(__file__).parents[2] / "etc" / "config.example.yml"


def changed_lines(before: str, after: str) -> Sequence[str]:
    """The lines that differ, with - or + before them."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line[0] + line[2:].strip() for line in lines if line[0] in "-+"]


class RotationTests(SynchronousTestCase):
    """From a text to the text with another token."""

    def rotated(self, text: str, token: str = NEW) -> str:
        """The changed text, which means what it should."""
        before = load(text, "/etc/config.yml")
        changed, config = with_root_token(text, "/etc/config.yml", token)
        self.assertEqual(config, load(changed, "/etc/config.yml"))
        self.assertEqual(token, config.system_root_token.value)
        self.assertEqual(before.system_root_token, config.arvgate.previous_system_root_token)
        return changed

    def text(self, **arvgate: str) -> str:
        """A valid configuration, as a library writes it."""
        cluster = document()
        cluster["SystemRootToken"] = OLD
        cluster["Arvgate"].update(arvgate)
        return yaml.safe_dump({"Clusters": {"xabcd": cluster}})

    def test_example(self) -> None:
        """In the example, with all its comments, two lines change; a second time the same two."""
        text = EXAMPLE.read_text()
        first = self.rotated(text)
        self.assertEqual(
            [
                "-SystemRootToken: replacethisbysixtyfourrandomlettersanddigits",
                f'+SystemRootToken: "{NEW}"',
                '-PreviousSystemRootToken: ""',
                '+PreviousSystemRootToken: "replacethisbysixtyfourrandomlettersanddigits"',
            ],
            changed_lines(text, first),
        )
        self.assertEqual(4, len(changed_lines(first, self.rotated(first, NEWEST))))

    def test_added(self) -> None:
        """Where there was no previous token yet, a line for it is added and one is changed."""
        text = self.text()
        found = changed_lines(text, self.rotated(text))
        self.assertEqual(
            [f'+PreviousSystemRootToken: "{OLD}"', f"-SystemRootToken: {OLD}", f'+SystemRootToken: "{NEW}"'], found
        )

    def test_layouts(self) -> None:
        """Quotes, comments, braces, line ends and a byte order mark are all the same to it."""
        plain = self.text()
        for text in (
            plain.replace(OLD, f"'{OLD}'  # secret"),
            plain.replace(f"SystemRootToken: {OLD}", f'SystemRootToken:\n      "{OLD}"'),
            plain.replace("    Arvgate:\n", "    Arvgate:   # ours\n      # first\n\n"),
            plain.replace("\n", "\r\n"),
            "# \U0001f600 \u00fc\n" + plain,
            yaml.safe_dump(yaml.safe_load(plain), default_flow_style=True),
        ):
            self.rotated(text)

    def test_anchors(self) -> None:
        """What other values hang on is refused, and so is what cannot be found."""
        plain = self.text()
        for text in (
            plain.replace(f"SystemRootToken: {OLD}", f"SystemRootToken: &t {OLD}\n    ManagementToken: *t"),
            plain.replace(f"SystemRootToken: {OLD}", f"<<: {{SystemRootToken: {OLD}}}"),
            f"ours: &t {OLD}\n" + plain.replace(f"SystemRootToken: {OLD}", "SystemRootToken: *t"),
        ):
            self.assertRaises((Invalid, ConfigInvalid), with_root_token, text, "/etc/config.yml", NEW)

    def test_refused(self) -> None:
        """A token that cannot be one, or is the present one, is refused; the sentence does not show it."""
        for token in ("short", "x" * 50 + "-", "", "\u00fc" * 50, OLD):
            error = self.assertRaises(Invalid, with_root_token, self.text(), "/etc/config.yml", token)
            self.assertIn("SystemRootToken", str(error.problems))
            self.assertNotIn(token or OLD, str(error.problems))

    def test_invalid_before(self) -> None:
        """A configuration with problems is refused with these."""
        self.assertRaises(ConfigInvalid, with_root_token, self.text(Workers="many"), "/etc/config.yml", NEW)
