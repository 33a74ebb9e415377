"""
A storm of bad clients: what it does to good ones, and what is left of it.

C{python -m bench.storm [SECONDS [DESCRIPTORS...]]} starts clusters of its own, leaves nothing of them, and fails if a
property does not hold.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import react

from bench.attackers import Attack
from bench.visits import Visits
from test.acceptance.cluster import Cluster, Entrance
from test.acceptance.engines import Processes
from test.acceptance.processes import busy_time, end, open_files, private_memory
from test.acceptance.waiting import Program, in_thread, pause, seconds, until

SECONDS = 60.0

#: Of the 99th percentile of before.
WORST_RATIO = 3.0

#: Memory that may be left: a share, and bytes.
LEFT_OVER = (1.10, 4 << 20)

#: Connections that are held idle to see what one takes.
IDLE = 2000

#: Seconds of the crowd before the storm, in which as many begin as the storm holds at a time.
FIRST = 25.0

MEGABYTE = 1 << 20


@attrs.frozen
class State:
    """What a process has at a moment."""

    memory: int
    files: int
    busy: float

    @classmethod
    def of(cls, pid: int) -> State:
        """Of that process; blocking."""
        return cls(private_memory(pid), len(open_files(pid)), busy_time(pid))


class Storm:
    """
    One cluster in a storm.

    @param files: what a door may open; 0: as many as this machine lets it.
    @ivar failures: properties that did not hold.
    """

    def __init__(self, files: int) -> None:
        self.failures: list[str] = []
        self._files = files
        self.cluster = Cluster(Processes())

    async def run(self, duration: float) -> None:
        """Before, in it, and after it."""
        await self.cluster.create()
        if self._files:
            await self._limit_files()
        self._entrance: Entrance = await self.cluster.run_app()
        await self._visit(5.0)
        before = await self._visit(10.0)
        if not self._files:
            await self._idle()
        base = await self._first_crowd()
        during, attack, peak = await self._storm(duration, base)
        self._judge_visits(before, during)
        self._tell_attack(attack, duration)
        await self._judge_rest(base, peak)
        after = await self._visit(10.0)
        self._check("afterwards all is answered", not after["failures"], f"{len(after['failures'])} failures")

    async def _limit_files(self) -> None:
        """As C{prlimit --nofile} before twistd would do it, but for doors alone."""
        (door,) = self.cluster.processes("door")
        gateway = self.cluster.gateway
        assert gateway is not None
        resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE, (self._files, self._files))
        end(door)
        await until(
            lambda: self.cluster.processes("door") not in ([], [door]) and self.cluster.answers(), 30.0, "a new door"
        )
        (door,) = self.cluster.processes("door")
        limits = Path(f"/proc/{door}/limits").read_text().splitlines()
        assert any(line.split()[:5] == ["Max", "open", "files", *[str(self._files)] * 2] for line in limits), limits

    async def _states(self) -> Mapping[str, State]:
        (door,) = self.cluster.processes("door")
        pids = {"door": door, "runner": self.cluster.runner(self._entrance.uuid)}
        return {name: await in_thread(State.of, pid) for name, pid in pids.items()}

    # Clients.

    async def _program(self, module: str, told: Any, duration: float) -> Any:
        program = Program([sys.executable, "-m", module], {**os.environ}, None)
        program.transport.write(json.dumps(attrs.asdict(told)).encode())
        program.transport.closeStdin()
        if await program.ended(duration + 60.0):
            raise AssertionError(f"{module}: {program.errors[-2000:]}")
        return json.loads(program.output)

    def _about(self, duration: float) -> dict[str, Any]:
        cluster, entrance = self.cluster, self._entrance
        ca, port = str(cluster.facts["ca"]), cluster.https_port
        return {"ca": ca, "port": port, "name": entrance.name, "cookie": entrance.cookie, "seconds": duration}

    async def _visit(self, duration: float) -> Any:
        return await self._program("bench.visits", Visits(**self._about(duration)), duration)

    async def _attack(self, duration: float, **more: Any) -> Any:
        return await self._program("bench.attackers", Attack(**self._about(duration), **more), duration)

    async def _idle(self) -> None:
        """How much memory an idle connection takes, once it has been used."""
        base = (await self._states())["door"]
        attack = Deferred.fromCoroutine(self._attack(30.0, rate=200.0, connections=IDLE, kinds=["idle"]))
        most = base
        while not attack.called:
            await pause(0.5)
            now = (await self._states())["door"]
            most = max(most, now, key=lambda state: state.files)
        await attack
        count = most.files - base.files
        each = (most.memory - base.memory) / max(1, count)
        print(f"  {count} idle connections over TLS: {each / 1024:.1f} KiB of the door's memory each")
        self._check("an idle connection takes less than 64 KiB", each < 65536, f"{each:.0f} bytes")
        await self._settled({"door": base})

    async def _first_crowd(self) -> Mapping[str, State]:
        """
        What is there after a crowd as large as the storm's: what it makes a process load and keep is no loss, as
        long as no further one adds to it.
        """
        new = await self._states()
        await self._attack(FIRST)
        await pause(10.0)
        base = await self._states()
        for name, was in new.items():
            figures = f"{was.memory / MEGABYTE:.1f} -> {base[name].memory / MEGABYTE:.1f} MiB"
            print(f"  a first crowd leaves of the {name}'s memory: {figures}")
        return base

    async def _storm(self, duration: float, base: Mapping[str, State]) -> tuple[Any, Any, dict[str, State]]:
        both = gatherResults(
            [Deferred.fromCoroutine(self._visit(duration)), Deferred.fromCoroutine(self._attack(duration))]
        )
        peak = dict(base)
        while not both.called:
            await pause(1.0)
            for name, state in (await self._states()).items():
                most, busy = peak[name], state.busy - base[name].busy
                peak[name] = State(max(state.memory, most.memory), max(state.files, most.files), busy)
        visits, attack = await both
        return visits, attack, peak

    # What is to be held.

    def _check(self, what: str, holds: bool, figure: str) -> None:
        print(f"  {'ok    ' if holds else 'FAILED'} {what}: {figure}", flush=True)
        if not holds:
            self.failures.append(what)

    def _judge_visits(self, before: Any, during: Any) -> None:
        for way, what in (("kept", "on kept connections"), ("fresh", "on new connections")):
            was, now = before[way], during[way]
            ratio = at(now, 0.99) / at(was, 0.99)
            print(
                f"  {what}: p50 {at(was, 0.5) * 1000:.1f} -> {at(now, 0.5) * 1000:.1f} ms, "
                f"p99 {at(was, 0.99) * 1000:.1f} -> {at(now, 0.99) * 1000:.1f} ms, {len(now)} requests"
            )
            self._check(f"p99 {what} is within {WORST_RATIO} x", ratio <= WORST_RATIO, f"{ratio:.2f} x")
        failures = during["failures"]
        refused = [failure for failure in failures if failure.startswith("ConnectionResetError")] if self._files else []
        print(f"  {len(refused)} new connections were refused")
        others = [failure for failure in failures if failure not in refused]
        self._check("who is let in is answered", not others, f"{len(others)} failures {others[:5]}")

    def _tell_attack(self, attack: Any, duration: float) -> None:
        done = ", ".join(f"{name} {count}" for name, count in sorted(attack["done"].items()))
        print(f"  attackers: at most {attack['most']} connections, {attack['cpu'] / duration:.0%} of a CPU; {done}")

    async def _judge_rest(self, base: Mapping[str, State], peak: Mapping[str, State]) -> None:
        began = seconds()
        left = await self._settled(base)
        for name, was in base.items():
            now, most = left[name], peak[name]
            figures = f"{was.memory / MEGABYTE:.1f} -> {most.memory / MEGABYTE:.1f} -> {now.memory / MEGABYTE:.1f} MiB"
            print(f"  {name} was busy for {most.busy:.1f} s")
            self._check(f"the {name}'s memory returns", _returned(now, was), figures)
            files = f"{was.files} -> {most.files} -> {now.files}"
            self._check(f"the {name}'s descriptors return", now.files <= was.files + 16, files)
        print(f"  that took {seconds() - began:.0f} s")

    async def _settled(self, base: Mapping[str, State], within: float = 90.0) -> Mapping[str, State]:
        """The states once they are as they were, or when there is no hope for it."""
        deadline = seconds() + within
        while True:
            now = await self._states()
            fits = all(now[name].files <= was.files + 16 and _returned(now[name], was) for name, was in base.items())
            if fits or seconds() > deadline:
                return now
            await pause(1.0)


def _returned(now: State, was: State) -> bool:
    share, size = LEFT_OVER
    return now.memory <= max(was.memory * share, was.memory + size)


def at(times: Sequence[float], share: float) -> float:
    """The time that C{share} of the requests do not exceed."""
    ordered = sorted(times) or [float("inf")]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def storm(duration: float, descriptors: Sequence[int]) -> None:
    """One for each number of descriptors of a door; 0: as many as there are."""
    failures: list[str] = []
    for files in descriptors:
        print(f"A storm of {duration:.0f} s, {files or 'any number of'} descriptors:", flush=True)
        one = Storm(files)
        try:
            await one.run(duration)
        finally:
            await one.cluster.remove()
        failures += one.failures
    if failures:
        sys.exit(f"{len(failures)} properties do not hold")


def main(reactor: object, duration: str = str(SECONDS), *descriptors: str) -> Deferred[None]:
    """Run it all."""
    return Deferred.fromCoroutine(storm(float(duration), [int(number) for number in descriptors or ("0", "256")]))


if __name__ == "__main__":
    react(main, sys.argv[1:])
