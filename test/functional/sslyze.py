"""
sslyze, which looks for what is weak in a TLS server, in an environment of its own beside the tests'.

Its methods block; call them in a thread.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from test.requirements import lack

__all__ = ["Scan", "Sslyze"]

REQUIREMENT = "sslyze>=6.3,<7"
#: Where it is kept from one run to the next; it goes when the tests' own environment is made anew.
PLACE = Path(sys.prefix) / "sslyze"


@attrs.frozen
class Scan:
    """
    What was found.

    @ivar results: by the scan's name.
    @ivar complaints: of Mozilla's "intermediate" configuration: what is not met, and in which way.
    """

    results: Mapping[str, Any]
    complaints: Mapping[str, str]

    def suites(self, version: str) -> Sequence[str]:
        """The cipher suites that were accepted for a version such as C{1_2}."""
        accepted = self.results[f"{version}_cipher_suites"]["accepted_cipher_suites"]
        return [suite["cipher_suite"]["openssl_name"] for suite in accepted]


class Sslyze:
    """
    The program.

    @raise SkipTest: it cannot be installed.
    """

    def __init__(self) -> None:
        if not PLACE.exists():
            self._install()
        self._python = PLACE / "bin" / "python"

    def _install(self) -> None:
        staging = Path(tempfile.mkdtemp(prefix="sslyze.", dir=PLACE.parent))
        try:
            venv.create(staging, with_pip=True)
            pip = [str(staging / "bin" / "python"), "-m", "pip", "install", "--quiet", REQUIREMENT]
            subprocess.run(pip, check=True, capture_output=True, timeout=120.0)
            staging.rename(PLACE)
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", b"") or b""
            lack("sslyze", f"{REQUIREMENT} cannot be installed: {error} {said[-500:].decode('utf-8', 'replace')}")
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def scan(self, port: int, name: str, ca: Path) -> Scan:
        """Look at the server on a port of loopback that goes by C{name} and has a certificate of C{ca}."""
        with tempfile.NamedTemporaryFile() as file:
            arguments = [
                "--mozilla_config=intermediate", "--resum", "--early_data", f"--certinfo_ca_file={ca}",
                f"--sni={name}", f"--json_out={file.name}", f"127.0.0.1:{port}",
            ]  # fmt: skip
            environment = {"PATH": os.environ["PATH"], "HOME": str(PLACE)}
            done = subprocess.run(
                [str(self._python), "-m", "sslyze", *arguments],
                env=environment, capture_output=True, text=True, timeout=120.0, check=False,
            )  # fmt: skip
            try:
                (found,) = json.load(file)["server_scan_results"]
            except ValueError:
                raise AssertionError(f"sslyze: {done.stdout[-2000:]} {done.stderr[-2000:]}") from None
        scans: Mapping[str, Any] = found["scan_result"] or {}
        failed = {scan: value["error_trace"] for scan, value in scans.items() if value["status"] == "ERROR"}
        if failed or not scans:
            raise AssertionError(f"sslyze: {failed} {found['connectivity_error_trace']}")
        results = {scan: value["result"] for scan, value in scans.items() if value["status"] == "COMPLETED"}
        verdict = done.stdout.partition("COMPLIANCE AGAINST TLS CONFIGURATION")[2]
        return Scan(results, dict(re.findall(r"^ +\* (\w+): (.*)$", verdict, re.MULTILINE)))
