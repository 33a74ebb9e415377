"""
A process that starts one job with the process engine and stays: a runner to be killed.  The plan is in argv[1].
"""

from __future__ import annotations

import json
import os
import signal
import sys

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred

from arvgate.interfaces import JobPlan
from arvgate.runner.process import kernel
from arvgate.runner.process.engine import ProcessEngine

if __name__ == "__main__":
    kernel.die_with_parent(signal.SIGKILL)  # even if the tests are interrupted
    engine = ProcessEngine(reactor, None, os.geteuid(), sys.executable)
    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(engine.start(JobPlan(**json.loads(sys.argv[1])))))
    reactor.run()
