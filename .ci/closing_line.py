"""
Read trial's output from the file named on the command line and print a closing line, "N passed, N failed".

Exits 1 if trial reported no result, if nothing passed, or if anything failed.  Skips are counted too.
"""

import re
import sys
from pathlib import Path

#: trial's last line, such as "FAILED (skips=1, failures=2, successes=40)" or "PASSED (successes=43)".
_VERDICT = re.compile(r"^(PASSED|FAILED)(?: \((?P<counts>[^)]*)\))?$", re.MULTILINE)
_RAN = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
_BAD = ("failures", "errors", "unexpectedSuccesses")


def summarize(output: str) -> tuple[int, int, int]:
    """How many passed, failed and were skipped, from trial's output; one failed if there is no result."""
    verdicts = list(_VERDICT.finditer(output))
    if not verdicts or not _RAN.search(output):
        return 0, 1, 0
    verdict = verdicts[-1]
    pairs = (part.split("=") for part in (verdict["counts"] or "").split(", ") if part)
    counts = {name: int(number) for name, number in pairs}
    failed = sum(counts.get(name, 0) for name in _BAD)
    if verdict[1] == "FAILED":
        failed = max(failed, 1)
    return counts.get("successes", 0), failed, counts.get("skips", 0)


def main(path: str) -> int:
    """Print the line and answer with the exit status."""
    passed, failed, skipped = summarize(Path(path).read_text(encoding="utf-8", errors="replace"))
    line = f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
    sys.stdout.write(line + "\n")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
