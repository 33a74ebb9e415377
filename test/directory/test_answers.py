"""
Tests for L{arvgate.directory.answers}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.directory.answers import Answers
from arvgate.directory.touching import Touched

EVERYTHING = Touched(everything=True)


def touched(*uuids: str) -> Touched:
    """Changes of some records."""
    return Touched(frozenset(uuids))


class AnswersTests(SynchronousTestCase):
    """A memory that changes take back."""

    def setUp(self) -> None:
        """Two answers that share a record."""
        self.answers: Answers[str, int] = Answers(size=2)
        self.answers.put("a", 1, frozenset({"x", "y"}))
        self.answers.put("b", 2, frozenset({"y", "z"}))

    def known(self) -> list[int | None]:
        """What is remembered."""
        return [self.answers.get("a"), self.answers.get("b")]

    def test_drop(self) -> None:
        """A change drops what rests on it and nothing else."""
        self.answers.drop(touched("w"))
        self.assertEqual([1, 2], self.known())
        self.answers.drop(touched("x"))
        self.assertEqual([None, 2], self.known())
        self.answers.drop(touched("y"))
        self.assertEqual([None, None], self.known())
        self.assertEqual(0, len(self.answers))

    def test_drop_everything(self) -> None:
        """A change of everything drops all; the memory is of use afterwards."""
        self.answers.drop(EVERYTHING)
        self.assertEqual([None, None], self.known())
        self.answers.put("a", 3, frozenset({"x"}))
        self.answers.drop(touched("y"))
        self.assertEqual(3, self.answers.get("a"))

    def test_put_again(self) -> None:
        """A newer answer rests on its own records only."""
        self.answers.put("a", 3, frozenset({"w"}))
        self.answers.drop(touched("x"))
        self.assertEqual([3, 2], self.known())
        self.answers.drop(touched("w"))
        self.assertEqual([None, 2], self.known())

    def test_size(self) -> None:
        """The least recently used goes first."""
        self.answers.get("a")
        self.answers.put("c", 3, frozenset())
        self.assertEqual([1, None], self.known())
        self.assertEqual(2, len(self.answers))

    def test_forget(self) -> None:
        """What is not there is forgotten without complaint."""
        self.answers.forget("a")
        self.answers.forget("a")
        self.assertEqual([None, 2], self.known())

    def test_asking(self) -> None:
        """An answer is kept unless what it rests on changed since the question."""
        for change, kept in ((touched("x"), None), (touched("w"), 5), (EVERYTHING, None)):
            self.answers.forget("a")
            with self.answers.asking() as asking:
                self.answers.drop(change)
                asking.keep("a", 5, frozenset({"x"}))
            self.assertEqual(kept, self.answers.get("a"))

    def test_asked_before(self) -> None:
        """A change before the question does not count."""
        self.answers.drop(touched("x"))
        with self.answers.asking() as asking:
            asking.keep("a", 5, frozenset({"x"}))
        self.assertEqual(5, self.answers.get("a"))

    def test_storm_while_asking(self) -> None:
        """Where very many records change while a question is on its way, its answer is not kept."""
        self.answers.forget("a")
        with self.answers.asking() as asking:
            self.answers.drop(touched(*map(str, range(5000))))
            asking.keep("a", 5, frozenset({"x"}))
        self.assertIsNone(self.answers.get("a"))
