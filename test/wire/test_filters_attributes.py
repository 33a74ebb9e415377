"""Tests of L{arvgate.wire.filters_attributes}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Invalid
from arvgate.model.kinds import COLLECTIONS, CONTAINER_REQUESTS, CONTAINERS, USERS, WORKFLOWS
from arvgate.model.records import Kind
from arvgate.wire.filters_attributes import subject_of, text_subjects


class SubjectOf(SynchronousTestCase):
    """What an attribute names."""

    def named(self, attribute: str, kind: Kind = CONTAINER_REQUESTS) -> tuple[str, str | None, str | None]:
        """Field, key and relation."""
        subject = subject_of(attribute, kind)
        return subject.field.name, subject.key, subject.related

    def test_column(self) -> None:
        """A column may come with its table, but not with another one."""
        self.assertEqual(("state", None, None), self.named("state"))
        self.assertEqual(("state", None, None), self.named("container_requests.state"))
        self.assertRaises(Invalid, self.named, "users.uuid")

    def test_key(self) -> None:
        """What follows an object's column is a key, dots, brackets and all; angle brackets around it do not count."""
        self.assertEqual(("properties", "a.b", None), self.named("properties.a.b"))
        self.assertEqual(("properties", "http://x/y>z", None), self.named("properties.<http://x/y>z>"))
        self.assertEqual(("properties", "<a", None), self.named("container_requests.properties.<a"))
        self.assertEqual(("prefs", "'; --", None), self.named("prefs.'; --", USERS))

    def test_related(self) -> None:
        """Some records can be found by another one's columns and keys."""
        self.assertEqual(("state", None, "container"), self.named("container.state"))
        self.assertEqual(("runtime_status", "error", "container"), self.named("container.runtime_status.error"))
        self.assertEqual(("name", None, "collection"), self.named("collection.name", WORKFLOWS))

    def test_unknown(self) -> None:
        """Nothing else names anything."""
        for attribute in ("", ".", "colour", "state.", "state.x", "command.0", "properties.", "properties.<>",
                          "container", "container.", "container.colour", "container.container.state", "collection.name",
                          "state ", "STATE", "state'"):  # fmt: skip
            self.assertRaises(Invalid, self.named, attribute)

    def test_not_searchable(self) -> None:
        """Secrets, and what is not searchable or not stored, cannot be asked for, nor through another record."""
        for attribute in ("runtime_token", "secret_mounts", "secret_mounts.x", "etag", "container.runtime_token",
                          "container.gateway_address", "container.output_storage_classes"):  # fmt: skip
            self.assertRaises(Invalid, self.named, attribute)
        self.assertRaises(Invalid, self.named, "manifest_text", COLLECTIONS)
        self.assertRaises(Invalid, self.named, "full_name", USERS)
        self.assertRaises(Invalid, self.named, "secret_mounts", CONTAINERS)

    def test_long_names(self) -> None:
        """What is named in an error is cut short."""
        error = self.assertRaises(Invalid, self.named, "x" * 10_000)
        self.assertLess(len(error.sentence), 200)


class TextSubjects(SynchronousTestCase):
    """What C{any} stands for."""

    def test_fields(self) -> None:
        """All fields with text that can be searched."""
        names = {subject.field.name for subject in text_subjects(USERS)}
        self.assertEqual(
            {
                "uuid",
                "owner_uuid",
                "modified_by_user_uuid",
                "username",
                "email",
                "first_name",
                "last_name",
                "identity_url",
            },
            names,
        )
