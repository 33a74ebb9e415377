"""Tests of L{arvgate.runner.docker.names}."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.runner.docker.names import is_image_name, labels_of, name_of

UUID = "zzzzz-dz642-000000000000001"


class NamesTests(SynchronousTestCase):
    """Names and labels."""

    def test_found_again(self) -> None:
        """What belongs to a cycle says to which, of which cluster, and whose runners."""
        self.assertEqual(f"arvgate-{UUID}", name_of(UUID))
        self.assertEqual(
            {
                "arvgate.cluster": "zzzzz",
                "arvgate.container": UUID,
                "arvgate.lock_count": "3",
                "arvgate.runners": "/run/a",
            },
            dict(labels_of(UUID, 3, "/run/a")),
        )

    def test_images(self) -> None:
        """References to images are names: short, long, with a tag, a digest, or a registry."""
        digest = "a" * 64
        for name in (
            "busybox", "busybox:1.36", "library/busybox", "r.example.com/team/app:v1", "localhost:5000/a",
            "127.0.0.1:5000/a/b_c/d.e--f:X", f"a@sha256:{digest}", f"a:1@sha256:{digest}", f"sha256:{digest}", digest,
        ):  # fmt: skip
            self.assertTrue(is_image_name(name), name)

    def test_no_images(self) -> None:
        """What would be something else in the path of a request is no name."""
        for name in (
            "", "..", "../containers/x", "a/../b", "a//b", "/a", "a/", "A", "a b", "a?x", "a#x", "a%2e", "a\n", "-a",
            "http://a/b", "a:", "a@", "a@sha256:12", "ä", "a" * 513, "a:" + "t" * 129,
        ):  # fmt: skip
            self.assertFalse(is_image_name(name), name)

    @given(st.text(alphabet="aA0./:@_-%?# \n", max_size=30))
    def test_any(self, name: str) -> None:
        """No name leads out of its place in a path."""
        if is_image_name(name):
            self.assertFalse(set(name) & set("%?# \n"))
            self.assertFalse({"", ".", ".."} & set(name.split("/")))
