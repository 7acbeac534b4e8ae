"""Running a command and knowing what it cost."""
import concurrent.futures
import dataclasses
import fcntl
import os
import pathlib
import shutil
import stat
import statistics
import struct
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


# How long ext4 passes over the numbers of deleted inodes, in seconds (`recently_deleted` in fs/ext4/ialloc.c).
MEMORY = 360


class Places:
    """Fresh directories on the disk under test. Nothing is deleted while measuring: ext4 is up to 20 times slower at
    creating files where some were deleted within the last six minutes (it passes over their numbers). Some of the
    peers delete what is theirs; so the directories are spread over the disk."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.count = 0
        self.clear()

    def make_room(self, size: float) -> None:
        """Before something that writes up to `size` bytes: if there is no room for it, removes what is there and waits until
        that is forgotten."""
        room = os.statvfs(self.root)
        if room.f_bavail * room.f_frsize < size:
            print("     (waiting: the disk remembers what was deleted)", flush=True)
            self.clear()
            time.sleep(MEMORY)

    def clear(self) -> None:
        """Removes all of them."""
        self.root.mkdir(parents=True, exist_ok=True)
        # What caches were dropped of comes from all over the disk again: several at a time.
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda place: shutil.rmtree(place, ignore_errors=True), self.root.glob("*")))
        spread(self.root)
        os.sync()

    def fresh(self) -> pathlib.Path:
        self.count += 1
        # The name decides about the place on the disk: no two runs of the benchmark have the same.
        place = self.root / f"run-{self.count}-{os.urandom(4).hex()}"
        place.mkdir()
        return place


def spread(folder: pathlib.Path) -> None:
    """Lets the file system place each directory made in `folder` away from the others, if it can (`chattr +T`)."""
    get_flags, set_flags, top_directory = 0x80086601, 0x40086602, 0x20000
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        flags = struct.unpack("l", fcntl.ioctl(descriptor, get_flags, struct.pack("l", 0)))[0]
        fcntl.ioctl(descriptor, set_flags, struct.pack("l", flags | top_directory))
    except OSError:
        pass
    finally:
        os.close(descriptor)


def settle(warm: list = (), commands: list = ()) -> None:
    """Puts the machine into the same state before each run: earlier writes have reached the disk and (as root) nothing
    is in memory but the files `warm` and what `commands` read."""
    os.sync()
    try:
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")
    except OSError:
        pass
    for path in warm:
        with open(path, "rb", buffering=0) as file:
            while file.read(1 << 20):
                pass
    for command in commands:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def sizes(folder: pathlib.Path) -> tuple:
    """Bytes of the plain files below, and how many entries there are. It holds one directory at a time: the memory of
    whoever starts a command counts as the command's."""
    size = count = 0
    for place, folders, files in os.walk(folder):
        count += len(folders) + len(files)
        for name in files:
            status = os.lstat(os.path.join(place, name))
            size += status.st_size if stat.S_ISREG(status.st_mode) else 0
    return size, count


def median(values: list) -> float:
    return statistics.median(values)


def interleaved(rounds: int, contenders: dict, warm: list = (), commands: list = ()) -> dict:
    """Calls each contender once per round, in turn, the machine in the same state (`settle`); returns the results by
    name. A contender returns a `Cost` or seconds."""
    results = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            settle(warm, commands)
            results[name].append(contender())
    return results


def seconds(results: list) -> float:
    return median([r.seconds if isinstance(r, Cost) else r for r in results])
