"""
Tests for L{arvgate.policy.request_states}.
"""

from __future__ import annotations

from itertools import product

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.request_states import TRANSITIONS, changed_fields, problems, same_mounts, same_value

STATES = (None, "Uncommitted", "Committed", "Final")


class ProblemsTests(SynchronousTestCase):
    """L{problems}."""

    def test_transitions(self) -> None:
        """A request goes from Uncommitted to Committed to Final, and begins as one of the first two."""
        ways = {
            (before, after)
            for before, after in product(STATES, STATES)
            if after is not None and before != after and not problems(before, after, {"state"}, False)
        }
        self.assertEqual(
            {
                (None, "Uncommitted"), (None, "Committed"), ("Uncommitted", "Committed"), ("Committed", "Final"),
            },
            ways,
        )  # fmt: skip

    def test_unknown_state(self) -> None:
        """A state that does not exist is one sentence, whatever else changes."""
        for before in STATES:
            self.assertEqual(1, len(problems(before, "Dancing", {"state", "command"}, True)))

    def test_always(self) -> None:
        """Name, description and properties may change in every state."""
        for before, afters in TRANSITIONS.items():
            for after in afters:
                self.assertEqual([], problems(before, after, {"name", "description", "properties"}, False))

    def test_command(self) -> None:
        """What is run may change until it is Committed."""
        fields = {"command", "mounts", "runtime_constraints", "use_existing"}
        self.assertEqual([], problems(None, "Committed", fields, False))
        self.assertEqual([], problems("Uncommitted", "Committed", fields, False))
        self.assertEqual(4, len(problems("Committed", "Committed", fields, True)))
        self.assertEqual(4, len(problems("Committed", "Final", fields, True)))

    def test_priority(self) -> None:
        """The priority may change until it is Final."""
        self.assertEqual([], problems("Committed", "Committed", {"priority"}, False))
        self.assertEqual(
            ["priority cannot be modified in state 'Final'"], problems("Final", "Final", {"priority"}, True)
        )

    def test_admin(self) -> None:
        """Only an admin sets the log while it runs, and log and output at the end."""
        for is_admin, count in ((True, 0), (False, 1)):
            self.assertEqual(count, len(problems("Committed", "Committed", {"log_uuid"}, is_admin)))
            self.assertEqual(count * 2, len(problems("Committed", "Final", {"log_uuid", "output_uuid"}, is_admin)))
        self.assertEqual(1, len(problems("Committed", "Committed", {"output_uuid"}, True)))
        self.assertEqual(1, len(problems("Final", "Final", {"output_uuid"}, True)))

    def test_never(self) -> None:
        """Some fields change in no state."""
        for before, afters in TRANSITIONS.items():
            for after in afters:
                for name in ("requesting_container_uuid", "container_count", "expires_at", "created_at"):
                    self.assertEqual(1, len(problems(before, after, {name}, True)))


class ChangedTests(SynchronousTestCase):
    """L{changed_fields} and what counts as the same."""

    def test_changed(self) -> None:
        """Only what differs has changed; what was not there is compared with nothing."""
        before = {"a": 1, "b": None, "c": "x"}
        self.assertEqual({"a", "d"}, changed_fields(before, {"a": 2, "b": [], "c": "x", "d": 1, "e": {}}))

    def test_empty(self) -> None:
        """Null, the empty array and the empty object are the same; zero, false and empty text are not."""
        for one, other in product((None, [], {}), repeat=2):
            self.assertTrue(same_value(one, other))
        for one in (0, False, ""):
            self.assertFalse(same_value(None, one))

    def test_types(self) -> None:
        """Numbers are the same by value, truth is no number."""
        self.assertTrue(same_value(1, 1.0))
        self.assertFalse(same_value(1, True))
        self.assertFalse(same_value("1", 1))

    def test_mounts(self) -> None:
        """Keys of a mount that say nothing do not count, its content always does."""
        self.assertTrue(same_mounts({"/a": {"kind": "tmp"}}, {"/a": {"kind": "tmp", "writable": False, "uuid": ""}}))
        self.assertFalse(same_mounts({"/a": {"kind": "tmp"}}, {"/a": {"kind": "tmp", "writable": True}}))
        self.assertFalse(same_mounts({"/a": {"kind": "text"}}, {"/a": {"kind": "text", "content": ""}}))
        self.assertFalse(same_mounts({"/a": {"kind": "tmp"}}, {}))
        self.assertTrue(same_mounts({"/a": 1}, {"/a": 1}))
        self.assertTrue(same_mounts(None, {}))
        self.assertEqual(set(), changed_fields({"mounts": {"/a": {"k": 1}}}, {"mounts": {"/a": {"k": 1, "z": 0}}}))
