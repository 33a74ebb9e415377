"""Tests of L{arvgate.runner.docker.creation}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.interfaces import Bind, JobPlan
from arvgate.runner.docker.creation import Circumstances, container_config, network_config

UUID = "zzzzz-dz642-000000000000001"


def config(private_network: bool = False, **more: Any) -> Mapping[str, Any]:
    """What is asked of the daemon for a small plan."""
    plan = JobPlan(UUID, 2, ("run", "x y"), {"A": "b=c"}, "", "/w", "/o", "/e", 1000, image="image:1", **more)
    return container_config(plan, Circumstances("/run/a", 100, "1:2", private_network))


class CreationTests(SynchronousTestCase):
    """What the daemon is asked to make."""

    def test_command(self) -> None:
        """It is run as it is: no entrypoint, no shell, and the environment is the plan's."""
        found = config()
        self.assertEqual(([], ["run", "x y"], ["A=b=c"]), (found["Entrypoint"], found["Cmd"], found["Env"]))
        self.assertEqual(
            ("image:1", "", "1:2", False), (found["Image"], found["WorkingDir"], found["User"], found["Tty"])
        )

    def test_confined(self) -> None:
        """It is never privileged, gains no rights, is bounded, and is not started again by Docker."""
        host = config(vcpus=2, ram=1000)["HostConfig"]
        self.assertEqual((False, ["no-new-privileges"]), (host["Privileged"], host["SecurityOpt"]))
        self.assertEqual((100, 2_000_000_000), (host["PidsLimit"], host["NanoCpus"]))
        self.assertEqual((1000, 1000), (host["Memory"], host["MemorySwap"]))
        self.assertEqual(("no", True), (host["RestartPolicy"]["Name"], host["Init"]))
        self.assertFalse({"Devices", "CapAdd", "PidMode", "IpcMode", "PortBindings", "Binds"} & set(host))
        self.assertNotIn("Memory", config()["HostConfig"])

    def test_found_again(self) -> None:
        """It bears the labels of its cycle, as its network does."""
        network = network_config(JobPlan(UUID, 2, ("x",), {}, "", "/w", "/o", "/e", 1), Circumstances("/run/a", 100))
        self.assertEqual("2", config()["Labels"]["arvgate.lock_count"])
        self.assertEqual(dict(config()["Labels"]), network["labels"])
        self.assertTrue(network["internal"])

    def test_networks(self) -> None:
        """It has no network, or Docker's, or a private one that leads nowhere."""
        self.assertEqual("none", config()["HostConfig"]["NetworkMode"])
        self.assertEqual(f"arvgate-{UUID}", config(private_network=True)["HostConfig"]["NetworkMode"])
        for private_network in (False, True):
            host = config(private_network, network=True)["HostConfig"]
            self.assertEqual("default", host["NetworkMode"])
            self.assertEqual(["host.docker.internal:host-gateway"], host["ExtraHosts"])
        self.assertNotIn("ExtraHosts", config(private_network=True)["HostConfig"])

    def test_stdin(self) -> None:
        """It has a stdin if there is something on it, which ends."""
        for stdin, expected in (("", False), ("/w/stdin", True)):
            found = config(stdin=stdin)
            self.assertEqual([expected] * 3, [found[name] for name in ("OpenStdin", "StdinOnce", "AttachStdin")])

    def test_own_binds(self) -> None:
        """What the runner has made is bound, for reading unless it is to be written."""
        mounts = config(binds=(Bind("/w/a", "/a"), Bind("/w/b", "/b", True)))["HostConfig"]["Mounts"]
        self.assertEqual(
            [("bind", "/w/a", "/a", True), ("bind", "/w/b", "/b", False)],
            [(one["Type"], one["Source"], one["Target"], one["ReadOnly"]) for one in mounts],
        )

    def test_directories_of_the_node(self) -> None:
        """Those are volumes without a name, of which nothing is copied."""
        binds = (Bind("/proc/1/fd/2", "/a", below="/data"), Bind("/proc/1/fd/3", "/b", True, below="/data"))
        mounts = config(binds=binds)["HostConfig"]["Mounts"]
        for mount, options, device in zip(mounts, ("bind,ro", "bind"), ("/proc/1/fd/2", "/proc/1/fd/3"), strict=True):
            self.assertEqual("volume", mount["Type"])
            self.assertNotIn("Source", mount)
            self.assertTrue(mount["VolumeOptions"]["NoCopy"])
            driver = mount["VolumeOptions"]["DriverConfig"]
            self.assertEqual({"type": "none", "o": options, "device": device}, driver["Options"])

    def test_memory(self) -> None:
        """Directories in memory are for everybody, and bounded if that is asked for."""
        mounts = config(memory_directories={"/a": 5, "/b": 0})["HostConfig"]["Mounts"]
        self.assertEqual(
            [("tmpfs", "/a", 0o1777, 5), ("tmpfs", "/b", 0o1777, None)],
            [
                (one["Type"], one["Target"], one["TmpfsOptions"]["Mode"], one["TmpfsOptions"].get("SizeBytes"))
                for one in mounts
            ],
        )
