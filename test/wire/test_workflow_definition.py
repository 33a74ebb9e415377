"""
Tests for L{arvgate.wire.workflow_definition}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.workflow_definition import LONGEST, Definition, read_definition


class DefinitionTests(SynchronousTestCase):
    """Definitions of workflows."""

    def refused(self, text: str) -> str:
        """What is wrong with a definition."""
        return str(self.assertRaises(ValueError, read_definition, text))

    def test_members(self) -> None:
        """Name and description are read from YAML and from JSON, in each way to write text."""
        for text in (
            "name: n\ndescription: d\n",
            '{"description": "d", "steps": [{"name": "other"}], "name": "n"}',
            "steps: {name: other}\nname: 'n'\ndescription: >-\n  d\n",
            "? [a]\n: name\nx: &a name\nname: !!str n\ndescription: d\n",
        ):
            self.assertEqual(Definition("n", "d"), read_definition(text), text)

    def test_none(self) -> None:
        """What is no text, or not in the outermost mapping, is no name."""
        for text in ("", "text", "name: 5", "name: null", "name: !!int 5", "name: [a]", "- name: n", "x: {name: n}"):
            self.assertEqual(Definition(), read_definition(text), text)

    def test_broken(self) -> None:
        """What is no YAML is refused, with the line."""
        self.assertIn("in line 2", self.refused("a: b\nc: d: e\n"))
        self.assertIn("characters", self.refused("a\0b"))
        self.assertIn("anchor", self.refused("a: *b"))
        self.assertIn("more than one document", self.refused("---\na: b\n---\nc: d\n"))

    def test_tags(self) -> None:
        """Tags that could make a reader run something are refused."""
        for text in ("!!python/object/apply:os.system [id]", "a: !ruby/object:Gem {}", "a: !x 1"):
            self.assertIn("tag", self.refused(text), text)

    def test_bounds(self) -> None:
        """Aliases are never expanded; too many levels and too many characters are refused."""
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 60)]
        self.assertEqual(Definition("n"), read_definition("\n".join([*lines, "name: n"])))
        self.assertIn("levels", self.refused("[" * 300 + "]" * 300))
        self.assertIn("longer", self.refused("#" * (LONGEST + 1)))
