"""Tests of L{arvgate.policy.admission}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.admission import Shares, address_share, client_network, kept_connections, room_for_clients


class SharesTests(SynchronousTestCase):
    """L{Shares}."""

    def test_bound(self) -> None:
        """Each holder gets as many as there may be, whatever others have, and another when one has ended."""
        shares = Shares()
        self.assertEqual([True, True, False], [shares.take("a", 2) for _ in range(3)])
        self.assertTrue(shares.take("b", 2))
        shares.give_back("a")
        self.assertEqual([True, False], [shares.take("a", 2) for _ in range(2)])

    def test_no_bound(self) -> None:
        """Without a bound everything is given."""
        shares = Shares()
        self.assertTrue(all(shares.take("a", 0) for _ in range(10000)))

    def test_forgets(self) -> None:
        """Who has nothing is not remembered."""
        shares = Shares()
        for holder in map(str, range(100)):
            shares.take(holder, 1)
            shares.take(holder, 1)
            shares.give_back(holder)
        self.assertEqual(0, shares.holders())


class ClientNetworkTests(SynchronousTestCase):
    """L{client_network}."""

    def test_ipv4(self) -> None:
        """An IPv4 address is itself, however it is written."""
        self.assertEqual("192.0.2.7", client_network("192.0.2.7"))
        self.assertEqual("192.0.2.7", client_network("::ffff:192.0.2.7"))

    def test_ipv6(self) -> None:
        """The addresses of one /64 network are one client, those of another are another."""
        self.assertEqual(client_network("2001:db8:1:2::1"), client_network("2001:db8:1:2:ffff:ffff:ffff:ffff"))
        self.assertNotEqual(client_network("2001:db8:1:2::1"), client_network("2001:db8:1:3::1"))
        self.assertEqual(client_network("fe80::1"), client_network("fe80::2%eth0"))

    def test_no_address(self) -> None:
        """A unix socket's peer has none."""
        self.assertEqual("", client_network(""))


class RoomTests(SynchronousTestCase):
    """How much room descriptors make."""

    def test_descriptors_suffice(self) -> None:
        """With two for each client and what is kept of upstream connections some are left for everything else."""
        for descriptors in (128, 256, 1024, 65536, 1 << 20):
            room = room_for_clients(descriptors)
            self.assertGreaterEqual(descriptors - 2 * room - 2 * kept_connections(descriptors), 32)
            self.assertGreater(room, descriptors // 4)

    def test_few(self) -> None:
        """There is always room for somebody."""
        self.assertEqual(1, room_for_clients(20))

    def test_share(self) -> None:
        """One address gets what is configured, but never more than half of the room; without a bound all."""
        self.assertEqual(100, address_share(100, 8192))
        self.assertEqual(40, address_share(100, 80))
        self.assertEqual(1, address_share(100, 1))
        self.assertEqual(0, address_share(0, 80))
