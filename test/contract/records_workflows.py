"""
What every store does with workflows.
"""

from __future__ import annotations

from typing import Any, ClassVar

from arvgate.errors import Forbidden, Invalid
from arvgate.model.kinds import WORKFLOWS
from test.contract.records_owned import OwnedContract

__all__ = ["WorkflowsContract"]

DEFINITION = "name: from the text\ndescription: told by the text\nsteps: [a, b]\n"


class WorkflowsContract(OwnedContract):
    """The suite."""

    kind: ClassVar = WORKFLOWS

    def attributes(self) -> dict[str, Any]:
        """Nothing is required."""
        return {"definition": DEFINITION}

    def test_names(self) -> None:
        """Name and description are the definition's unless they are given."""
        made = self.make(self.owner)
        self.assertEqual(("from the text", "told by the text"), (made["name"], made["description"]))
        named = self.make(self.owner, name="mine", description="")
        self.assertEqual(("mine", "told by the text"), (named["name"], named["description"]))
        bare = self.done(self.store.create(WORKFLOWS, {}, self.owner))
        self.assertEqual((None, None), (bare["name"], bare["definition"]))
        filled = self.done(self.store.update(WORKFLOWS, bare["uuid"], {"definition": DEFINITION}, self.owner))
        self.assertEqual("from the text", filled["name"])

    def test_names_of_no_use(self) -> None:
        """A name in the definition that is too long is cut, one that is no text is left out."""
        long = self.make(self.owner, definition=f"name: {'x' * 300}\n")
        self.assertEqual("x" * 255, long["name"])
        for text in ("name: 5\n", 'name: "a\\0b"\n', "name: [a]\n", "just text", "- name: x\n"):
            self.assertIsNone(self.make(self.owner, definition=text)["name"], text)

    def test_definitions(self) -> None:
        """What is no YAML is neither kept nor put in the place of what is."""
        made = self.make(self.owner)
        for text in ("a: b: c", "{", "!!python/object:os.system {}"):
            self.refused(Invalid, self.store.create(WORKFLOWS, {"definition": text}, self.owner))
            self.refused(Invalid, self.store.update(WORKFLOWS, made["uuid"], {"definition": text}, self.owner))
        self.assertEqual(DEFINITION, self.world.get(WORKFLOWS, made["uuid"])["definition"])

    def test_no_work_for_the_inactive(self) -> None:
        """Nobody's definition is read who could not write it."""
        idle = self.world.user(active=False)
        self.refused(Forbidden, self.store.create(WORKFLOWS, {"definition": "{"}, idle))

    def test_no_collection(self) -> None:
        """Definitions that are kept in collections are refused."""
        uuid = "zzzzz-4zz18-aaaaaaaaaaaaaaa"
        self.refused(Invalid, self.store.create(WORKFLOWS, {"collection_uuid": uuid}, self.owner))
