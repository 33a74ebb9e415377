"""
Tests for L{arvgate.model.kinds_common}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.kinds_common import common_fields, made, system


class FieldTests(SynchronousTestCase):
    """What declarations are made with."""

    def test_common(self) -> None:
        """A client gives no more than UUID and owner of what every record has."""
        self.assertEqual(["uuid", "owner_uuid"], [field.name for field in common_fields() if field.settable])

    def test_system(self) -> None:
        """What the system sets is stored, and not settable."""
        field = system("name", "integer", default=1, nullable=False)
        self.assertEqual((True, False, 1, False), (field.stored, field.settable, field.default, field.nullable))

    def test_made(self) -> None:
        """What is made on reading is neither stored, nor settable, nor searchable."""
        field = made("name", "array")
        self.assertEqual((False, False, False), (field.stored, field.settable, field.searchable))
