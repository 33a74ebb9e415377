"""Whether a command was executed, seen from the node: L{arvgate.runner.docker.first_process}."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from twisted.internet.threads import deferToThread

from arvgate.runner.docker.first_process import executed
from test.runner.docker.case import DockerCase


def content(path: str) -> bytes:
    """What is in a file; nothing if it is not there."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


class ExecutedTests(DockerCase):
    """L{executed}."""

    async def executed(self, *command: str, read: Callable[[str], bytes] = content) -> bool:
        """Whether a command was, in a container of its own."""

        def work() -> bool:
            api = self.dockerd.client.api
            host = api.create_host_config(init=True, network_mode="none")
            made = api.create_container(self.place.plan.image, list(command), host_config=host)
            try:
                api.start(made["Id"])
                pid = int(api.inspect_container(made["Id"])["State"]["Pid"])
                found = executed(api, made["Id"], pid, read)
                # By the time that it is not, the container has ended.
                self.assertTrue(found or not api.inspect_container(made["Id"])["State"]["Running"])
                return found
            finally:
                api.remove_container(made["Id"], force=True)

        return await deferToThread(work)

    async def test_running(self) -> None:
        """A command that runs was."""
        self.assertTrue(await self.executed("sleep", "1000"))

    async def test_becoming_another_program(self) -> None:
        """An init process that has no arguments at the moment has not ended."""
        moments = iter(range(3))

        def read(path: str) -> bytes:
            return b"" if path.endswith("/cmdline") and next(moments, None) is not None else content(path)

        self.assertTrue(await self.executed("sleep", "1000", read=read))

    async def test_missing(self) -> None:
        """A command that does not exist was not, nor one that is no program."""
        self.assertFalse(await self.executed("no-such-command"))
        self.assertFalse(await self.executed("/etc/passwd"))

    async def test_ended(self) -> None:
        """Of a container that has ended already it cannot be told."""
        self.assertFalse(await deferToThread(executed, self.dockerd.client.api, await self.ended(), 0))

    async def ended(self) -> str:
        """A container that has ended."""

        def work() -> str:
            api = self.dockerd.client.api
            labels = {"arvgate.container": self.place.uuid}
            made = api.create_container(self.place.plan.image, ["true"], labels=labels)
            api.start(made["Id"])
            api.wait(made["Id"])
            self.addCleanup(api.remove_container, made["Id"], force=True)
            return str(made["Id"])

        return await deferToThread(work)
