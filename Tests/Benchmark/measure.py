"""Running a command and knowing what it cost."""
import dataclasses
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time


@dataclasses.dataclass
class Cost:
    """What one run of a command cost."""
    seconds: float
    user: float
    system: float
    peak_mb: float
    written_mb: float


def run(command: list, cwd=None, stdin=None, stdout=subprocess.DEVNULL, environment=None, expect: int = 0) -> Cost:
    """Runs the command; raises with its error output when it ends otherwise than expected."""
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = subprocess.Popen([str(part) for part in command], cwd=cwd, stdin=stdin, stdout=stdout, stderr=errors,
                                 env=environment)
        # The zombie still has its I/O counters.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        seconds = time.perf_counter() - start
        written = 0
        try:
            for line in pathlib.Path(f"/proc/{child.pid}/io").read_text().splitlines():
                if line.startswith("wchar:"):
                    written = int(line.split()[1])
        except OSError:
            pass
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != expect:
            errors.seek(0)
            raise SystemExit(f"{command}: exit {child.returncode}\n{errors.read().decode(errors='replace')[-4000:]}")
    return Cost(seconds, usage.ru_utime, usage.ru_stime, usage.ru_maxrss / 1024, written / 1e6)


class Places:
    """Fresh directories on the disk under test. Nothing is deleted while measuring: ext4 is up to 20 times slower at
    creating files where some were just deleted."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.count = 0
        self.clear()

    def clear(self) -> None:
        """Removes all of them, between two things measured."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(parents=True)
        settle()

    def fresh(self) -> pathlib.Path:
        self.count += 1
        place = self.root / f"run-{self.count}"
        place.mkdir()
        return place


def settle() -> None:
    """Lets earlier writes reach the disk, so that no run pays for another."""
    os.sync()


def median(values: list) -> float:
    return statistics.median(values)


def interleaved(rounds: int, contenders: dict, limits: dict = {}) -> dict:
    """Calls each contender once per round, in turn; returns the results by name. A contender returns a `Cost` or
    seconds; one with a limit sits out the rounds beyond it."""
    results = {name: [] for name in contenders}
    for number in range(rounds):
        for name, contender in contenders.items():
            if number >= limits.get(name, rounds):
                continue
            settle()
            results[name].append(contender())
    return results


def seconds(results: list) -> float:
    return median([r.seconds if isinstance(r, Cost) else r for r in results])
