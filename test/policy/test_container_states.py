"""
Tests for L{arvgate.policy.container_states}.
"""

from __future__ import annotations

from itertools import product

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.container_states import (
    ENDED,
    IN_CYCLE,
    TRANSITIONS,
    Attempt,
    Role,
    after_unlock,
    lock_problems,
    problems,
    role_of,
)  # fmt: skip

STATES = ("Queued", "Locked", "Running", "Complete", "Cancelled")
UUID = "zzzzz-dz642-000000000000001"


class TransitionTests(SynchronousTestCase):
    """From state to state."""

    def test_table(self) -> None:
        """The holder can go these ways and no others; a lock is no update."""
        ways = {
            (before, after)
            for before, after in product(STATES, STATES)
            if before != after and not problems(Role.HOLDER, before, after, {"state"})
        }
        self.assertEqual(
            {
                ("Locked", "Queued"), ("Locked", "Running"), ("Locked", "Cancelled"), ("Running", "Complete"),
                ("Running", "Cancelled"),
            },
            ways,
        )  # fmt: skip

    def test_system(self) -> None:
        """The system itself can only put back and cancel."""
        ways = {
            (before, after)
            for before, after in product(STATES, STATES)
            if before != after and not problems(Role.SYSTEM, before, after, {"state"})
        }
        self.assertEqual(
            {(state, "Cancelled") for state in STATES if state != "Cancelled"} | {("Locked", "Queued")}, ways
        )

    def test_others(self) -> None:
        """The container's own token and strangers change no state, and nothing ever leaves Cancelled."""
        for role, before, after in product((Role.OWN, Role.NONE), STATES, STATES):
            if before != after:
                self.assertTrue(problems(role, before, after, {"state"}))
        self.assertEqual({"Cancelled"}, TRANSITIONS["Cancelled"])

    def test_unknown_state(self) -> None:
        """A state that does not exist cannot be reached."""
        self.assertEqual(1, len(problems(Role.HOLDER, "Running", "Dancing", {"state", "log"})))

    def test_partition(self) -> None:
        """Every state but Queued is either in a lock cycle or ended."""
        self.assertEqual(set(STATES) - {"Queued"}, IN_CYCLE | ENDED)
        self.assertFalse(IN_CYCLE & ENDED)


class FieldTests(SynchronousTestCase):
    """Which fields."""

    def test_one_sentence_each(self) -> None:
        """Each field that must not change is named."""
        found = problems(Role.HOLDER, "Running", "Running", {"progress", "command", "auth_uuid"})
        self.assertEqual(["auth_uuid", "command"], [sentence.split()[0] for sentence in found])

    def test_own_token(self) -> None:
        """The own token changes three fields, only while Running."""
        fields = {"progress", "runtime_status", "output_properties"}
        self.assertEqual([], problems(Role.OWN, "Running", "Running", fields))
        for state in ("Queued", "Locked", "Complete", "Cancelled"):
            self.assertEqual(3, len(problems(Role.OWN, state, state, fields)))

    def test_address_while_running(self) -> None:
        """The holder reports where the container listens when it starts and while it runs."""
        fields = {"gateway_address", "listening_ports"}
        self.assertEqual([], problems(Role.HOLDER, "Locked", "Running", fields | {"state", "started_at"}))
        self.assertEqual([], problems(Role.HOLDER, "Running", "Running", fields))
        self.assertEqual(2, len(problems(Role.HOLDER, "Locked", "Locked", fields)))

    def test_nothing(self) -> None:
        """Changing nothing is never a problem."""
        for role, state in product(Role, STATES):
            self.assertEqual([], problems(role, state, state, ()))

    def test_never_by_clients(self) -> None:
        """No role ever changes the fields of the lock itself or what is run."""
        for role, before, after in product(Role, STATES, STATES):
            for name in ("auth_uuid", "locked_by_uuid", "lock_count", "command", "priority", "runtime_user_uuid"):
                self.assertTrue(problems(role, before, after, {name}))


class RoleTests(SynchronousTestCase):
    """Who comes."""

    def test_holder(self) -> None:
        """The token that locked it is the holder, even if it is the system's."""
        self.assertIs(Role.HOLDER, role_of(Attempt("lock", is_system=True), UUID, "lock", "own", False))

    def test_own(self) -> None:
        """The token of this cycle is its own."""
        self.assertIs(Role.OWN, role_of(Attempt("own"), UUID, "lock", "own", False))

    def test_runtime_token(self) -> None:
        """A token that names the container is its own only if it runs with a token that was given."""
        attempt = Attempt("other", container_uuid=UUID)
        self.assertIs(Role.OWN, role_of(attempt, UUID, "lock", None, True))
        self.assertIs(Role.NONE, role_of(attempt, UUID, "lock", None, False))
        self.assertIs(Role.NONE, role_of(attempt, UUID[:-1] + "2", "lock", None, True))

    def test_system(self) -> None:
        """The system is itself where it is nothing nearer."""
        self.assertIs(Role.SYSTEM, role_of(Attempt("root", is_system=True), UUID, "lock", "own", False))

    def test_nobody(self) -> None:
        """Without a lock nobody holds it, also who comes without a token."""
        self.assertIs(Role.NONE, role_of(Attempt(None), UUID, None, None, False))
        self.assertIs(Role.NONE, role_of(Attempt("x"), UUID, None, None, True))


class LockTests(SynchronousTestCase):
    """Lock and unlock."""

    def test_lock(self) -> None:
        """Only a Queued container with a priority can be locked."""
        self.assertEqual([], lock_problems("Queued", 1))
        self.assertEqual(1, len(lock_problems("Queued", 0)))
        for state in STATES[1:]:
            self.assertEqual(1, len(lock_problems(state, 1)))

    def test_unlock(self) -> None:
        """Back to the queue, until it was tried as often as allowed."""
        self.assertEqual(["Queued", "Cancelled", "Cancelled"], [after_unlock(count, 10) for count in (9, 10, 11)])
