"""
YAML text to values.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.yaml_text import read_yaml


class ReadTests(SynchronousTestCase):
    """L{read_yaml}."""

    def test_plain(self) -> None:
        """A document becomes plain values."""
        self.assertEqual(({"a": [1, {"b": None}]}, []), read_yaml("a: [1, {b: }]", "f"))

    def test_duplicates(self) -> None:
        """Every key that stands twice is reported with its path and line, wherever it is."""
        text = "a:\n  b: 1\n  b: 2\nc:\n  - d: 1\n    d: 2\na: 3\n"
        _, problems = read_yaml(text, "f")
        self.assertEqual(
            [
                "a.b: the key stands twice (line 3)",
                "c[0].d: the key stands twice (line 6)",
                "a: the key stands twice (line 7)",
            ],
            problems,
        )

    def test_merge_keys_are_no_duplicates(self) -> None:
        """A key that overrides a merged one is none that stands twice."""
        value, problems = read_yaml("x: &x {a: 1}\ny: {<<: *x, a: 2}\n", "f")
        self.assertEqual(({"x": {"a": 1}, "y": {"a": 2}}, []), (value, problems))

    def test_errors_name_the_place(self) -> None:
        """What is no YAML is reported with file, line and column."""
        self.assertEqual((None, "f:2:1"), (read_yaml("a: [\n", "f")[0], read_yaml("a: [\n", "f")[1][0][:5]))

    def test_unreadable(self) -> None:
        """Empty text, unknown tags, aliases within themselves and endless nesting are reported, not raised."""
        for text in (
            "",
            "# only a comment",
            "a: !!python/object:os.system x",
            "&a [*a]",
            "[" * 5000,
            "a: 2020-99-99",
            "\0",
        ):
            value, problems = read_yaml(text, "f")
            self.assertIsNone(value, text[:40])
            self.assertEqual(1, len(problems))
            self.assertTrue(problems[0].startswith("f"), problems)
