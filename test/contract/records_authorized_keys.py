"""
What every store does with the keys by which users log in.
"""

from __future__ import annotations

from typing import Any, ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.kinds import AUTHORIZED_KEYS
from arvgate.model.principals import Principal
from test.contract.records_owned import OwnedContract

__all__ = ["AuthorizedKeysContract", "new_key"]


def new_key() -> str:
    """A public key as OpenSSH writes it."""
    return Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


class AuthorizedKeysContract(OwnedContract):
    """The suite."""

    kind: ClassVar = AUTHORIZED_KEYS

    def attributes(self) -> dict[str, Any]:
        """A key that nobody has."""
        return {"public_key": new_key()}

    def update(self, uuid: str, who: Principal, **values: Any) -> Any:
        """Change a key."""
        return self.store.update(AUTHORIZED_KEYS, uuid, values, who)

    def test_own(self) -> None:
        """A key is its maker's, as one line without what was around it."""
        text = new_key()
        made = self.make(self.owner, public_key=f"  {text}   me   at home \n")
        self.assertEqual(
            (self.owner.user_uuid, self.owner.user_uuid, "SSH", f"{text} me at home"),
            (made["owner_uuid"], made["authorized_user_uuid"], made["key_type"], made["public_key"]),
        )

    def test_for_others(self) -> None:
        """Only an admin gives a key to another user, who then owns it."""
        theirs = {"authorized_user_uuid": self.other.user_uuid, "public_key": new_key()}
        self.refused(Forbidden, self.store.create(AUTHORIZED_KEYS, theirs, self.owner))
        made = self.done(self.store.create(AUTHORIZED_KEYS, theirs, self.world.user(admin=True)))
        self.assertEqual(self.other.user_uuid, made["owner_uuid"])
        self.done(self.update(made["uuid"], self.other, name="mine"))
        nobody = {**self.attributes(), "authorized_user_uuid": "zzzzz-tpzed-nothingnothingn"}
        self.refused(Invalid, self.store.create(AUTHORIZED_KEYS, nobody, self.world.system))

    def test_shared(self) -> None:
        """Who may write a key's record still cannot change it: it would be a login as another user."""
        uuid = self.make(self.owner)["uuid"]
        self.refused(NotFound, self.update(uuid, self.other, public_key=new_key()))
        self.world.share(uuid, self.other, "can_manage")
        for values in ({"public_key": new_key()}, {"authorized_user_uuid": self.other.user_uuid}):
            self.refused(Forbidden, self.update(uuid, self.other, **values))
        self.refused(Forbidden, self.store.delete(AUTHORIZED_KEYS, uuid, self.other))
        mine = {"authorized_user_uuid": self.other.user_uuid}
        self.refused(Forbidden, self.update(uuid, self.owner, **mine))

    def test_duplicates(self) -> None:
        """A key is there once, whatever its comment is, and free again when it is deleted."""
        text = new_key()
        made = self.make(self.owner, public_key=f"{text} one")
        self.refused(Invalid, self.store.create(AUTHORIZED_KEYS, {"public_key": f"{text} two"}, self.other))
        another = self.make(self.owner)
        self.refused(Invalid, self.update(another["uuid"], self.owner, public_key=text))
        renewed = new_key()
        self.done(self.update(made["uuid"], self.owner, public_key=renewed))
        self.assertEqual(text, self.make(self.other, public_key=text)["public_key"])
        self.done(self.store.delete(AUTHORIZED_KEYS, made["uuid"], self.owner))
        self.make(self.other, public_key=renewed)

    def test_values(self) -> None:
        """What is no key, or named another type, is refused."""
        for values in (
            {"public_key": "ssh-ed25519 AAAA"},
            {"public_key": None},
            {"public_key": new_key(), "key_type": "ssh-rsa"},
        ):
            self.refused(Invalid, self.store.create(AUTHORIZED_KEYS, values, self.owner))
        self.assertEqual("ssh-ed25519", self.make(self.owner, key_type="ssh-ed25519")["key_type"])
