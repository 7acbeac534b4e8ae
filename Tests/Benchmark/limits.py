"""The rows of the benchmark for small files and for what is no fresh unpacking: again, an upgrade, a place where each call
waits for a server, one worker and several, `environment.sh`. Each takes the `Bench` that it adds its rows to."""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import time

import measure
from measure import interleaved, run, seconds

HERE = pathlib.Path(__file__).resolve().parent
# Packages, files of each, and level of zstd.
SMALL, MILLION = (400, 300, 19), (25, 40_000, 1)


def corpus(bench, name: str, shape: tuple, changed: int = 0) -> pathlib.Path:
    """A workspace of small files and the corpus's Python, made once."""
    folder = bench.work / name
    if not (folder / "pixi.lock").exists():
        (folder / "channel" / "linux-64").mkdir(parents=True, exist_ok=True)
        for python in (bench.work / "channel" / "linux-64").glob("python-3*"):
            os.link(python, folder / "channel" / "linux-64" / python.name)
        command = [sys.executable, HERE / "smallfiles.py", folder, *shape, changed]
        subprocess.run([str(part) for part in command], check=True)
    return folder


def packed(bench, name: str, shape: tuple, changed: int = 0) -> pathlib.Path:
    workspace = corpus(bench, name, shape, changed)
    pack = workspace / "pack.tar"
    if not pack.exists():
        run([bench.packer, workspace, "-p", "linux-64", "-q", "-o", pack])
    return pack


def small(bench) -> None:
    """L1 to L3, on the disk and in memory."""
    pack = packed(bench, "small", SMALL)
    archives = sorted((bench.work / "small" / "channel").glob("*/*"))
    files = SMALL[0] * SMALL[1]
    for where, places in everywhere(bench):
        def floor(kind: str) -> measure.Cost:
            extra = [places.fresh() / "out"] if kind == "write" else []
            with open(bench.work / "floor.out", "w") as out:
                cost = run([bench.floor, kind, os.cpu_count(), *extra, *archives], stdout=out)
            cost.seconds = float((bench.work / "floor.out").read_text().split()[0])
            return cost

        def after(call):
            return once(places, bench, call)

        results = interleaved(bench.rounds, {
            "ours": lambda: after(lambda: run([bench.unpacker, pack, "-o", places.fresh(), "-q"])),
            "decode": lambda: after(lambda: floor("decode")), "write": lambda: after(lambda: floor("write")),
            "rattler": lambda: after(lambda: run([sys.executable, HERE / "rattler_install.py", pack, places.fresh()])),
        }, [pack, *archives], [[bench.unpacker, "--version"], [sys.executable, "-c", "import rattler"]])
        ours, decode, write, rattler = (seconds(results[name]) for name in ("ours", "decode", "write", "rattler"))
        note = f"{files:,} files of 3 kB in {SMALL[0]} packages, {where}"
        bench.row("L1", f"small files: unpack / (decode + write), {where}", f"{ours / (decode + write):.2f}", "≤ 1.2",
                  f"{ours:.2f} s / ({decode:.2f} s + {write:.2f} s); {note}")
        bench.row("L2", f"small files: unpack / py-rattler 0.28 install, {where}", f"{ours / rattler:.2f}", "≤ 0.35",
                  f"{ours:.2f} s / {rattler:.2f} s; {max(r.peak_mb for r in results['ours']):.0f} MB / "
                  f"{max(r.peak_mb for r in results['rattler']):.0f} MB")
        if where == "tmpfs":
            ours, decode = (measure.median([r.user for r in results[name]]) for name in ("ours", "decode"))
            user = ours - decode - hashing(archives)
            bench.row("L3", "small files: own user time a file, without decoding and hashing", f"{user / files * 1e6:.1f} µs",
                      "≤ 2.5 µs", "")
        leave(places, bench)


def hashing(archives: list) -> float:
    """Processor seconds of hashing the archives."""
    start = time.process_time()
    for path in archives:
        # In pieces: the memory of whoever starts a command counts as the command's.
        with path.open("rb") as archive:
            hashlib.file_digest(archive, "sha256")
    return time.process_time() - start


def everywhere(bench):
    """The kinds of places that are measured by name: the disk, and memory if it has room."""
    yield "disk", bench.places
    memory = memory_places()
    if memory is None:
        print("NO /dev/shm with 4 GB: measured on the disk alone", file=sys.stderr)
    else:
        yield "tmpfs", memory


def once(places, bench, call):
    """In memory places are no dearer where something was removed, and there is no room for all of them."""
    result = call()
    if places is not bench.places:
        places.clear()
    return result


def leave(places, bench) -> None:
    """Gives memory back."""
    if places is not bench.places:
        places.clear()
        places.root.rmdir()


def memory_places():
    """Places in memory; None without room for them."""
    room = pathlib.Path("/dev/shm")
    if not room.is_dir() or shutil.disk_usage(room).free < 4e9:
        return None
    return measure.Places(room / f"pixi-pack-bench-{os.getpid()}")


def million(bench) -> None:
    """L5."""
    pack = packed(bench, "million", MILLION)
    cost = bench.unpack_once(pack)
    bench.row("L5", "peak memory, 1,000,000 files", f"{cost.peak_mb:.0f} MB", "≤ 150 MB", f"{cost.seconds:.0f} s")


def again(bench) -> None:
    """L6 and L7."""
    for key, what, pack, goal in (("L6", "the same pack again, the corpus", bench.pack, "≤ 0.2 s"),
                                  ("L6", "the same pack again, small files", packed(bench, "small", SMALL), "")):
        place = bench.places.fresh()
        command = [bench.unpacker, pack, "-o", place, "-q"]
        run(command)
        results = interleaved(bench.rounds, {"again": lambda: run(command)}, [pack], [[bench.unpacker, "--version"], command])
        bench.row(key, what, f"{seconds(results['again']):.2f} s", goal, "")
    shape = (300, 300, 3)
    old, new = packed(bench, "old", shape), packed(bench, "new", shape, changed=1)
    programs = [[bench.unpacker, "--version"]]
    for where, places in everywhere(bench):
        def fresh() -> measure.Cost:
            return run([bench.unpacker, new, "-o", places.fresh(), "-q"])

        def upgrade() -> measure.Cost:
            place = places.fresh()
            run([bench.unpacker, old, "-o", place, "-q"])
            measure.settle([new], programs)
            return run([bench.unpacker, new, "-o", place, "-q"])

        results = interleaved(bench.rounds, {
            name: lambda call=call: once(places, bench, call) for name, call in (("fresh", fresh), ("upgrade", upgrade))
        }, [old, new], programs)
        fresh_seconds, changed = seconds(results["fresh"]), seconds(results["upgrade"])
        bench.row("L7", f"upgrade of 1 of 300 packages / fresh unpack, {where}", f"{changed / fresh_seconds:.3f}", "≤ 0.05",
                  f"{changed:.2f} s / {fresh_seconds:.2f} s, 90,000 files")
        leave(places, bench)


def start_of_script(bench) -> None:
    """L11."""
    workspace = corpus(bench, "few", (2, 10, 3))
    script, pack = bench.places.fresh() / "environment.sh", bench.places.fresh() / "pack.tar"
    run([bench.packer, workspace, "-p", "linux-64", "-q", "--create-executable", "-o", script])
    run([bench.packer, workspace, "-p", "linux-64", "-q", "-o", pack])
    environment = {**os.environ, "XDG_CACHE_HOME": str(bench.places.fresh())}
    commands = {"script": [script, "--", "true"], "program": [bench.unpacker, pack, "--", "true"]}
    for command in commands.values():
        run(command, environment=environment)
    times = {name: [] for name in commands}
    for _ in range(40):
        for name, command in commands.items():
            times[name].append(run(command, environment=environment).seconds * 1e3)
    script, program = (measure.median(times[name]) for name in commands)
    bench.row("L11", "environment.sh -- true, above the program itself", f"{script - program:.1f} ms", "≤ 30 ms",
              f"{script:.1f} ms / {program:.1f} ms, medians of 40")


def waiting(bench) -> None:
    """L12: strace makes each call that a network file system would send to its server take 5 ms."""
    if not shutil.which("strace"):
        print("NO strace: L12 is left out", file=sys.stderr)
        return
    pack = packed(bench, "waiting", (24, 20, 3))
    delays = "openat,mkdirat,utimensat,renameat,renameat2,symlinkat,unlinkat,fchmod"
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={delays}", "-e", f"inject={delays}:delay_enter=5000",
               bench.unpacker, pack, "-q"]
    results = interleaved(3, {"one": lambda: run([*command, "--jobs", "1", "-o", bench.places.fresh()]),
                              "ours": lambda: run([*command, "-o", bench.places.fresh()])}, [pack])
    one, ours = seconds(results["one"]), seconds(results["ours"])
    bench.row("L12", "5 ms a call for metadata: one at a time / unpack", f"{one / ours:.1f}", "≥ 5", f"{one:.1f} s / {ours:.1f} s")


def workers(bench) -> None:
    """L13, as far as the machine has processors."""
    counts = [count for count in (1, 2, 4, 8, 16) if count <= os.cpu_count()]
    for what, pack in (("the corpus", bench.pack), ("small files", packed(bench, "small", SMALL))):
        results = interleaved(bench.rounds, {
            count: lambda count=count: run([bench.unpacker, pack, "-o", bench.places.fresh(), "-q", "--jobs", count])
            for count in counts}, [pack], [[bench.unpacker, "--version"]])
        times = {count: seconds(results[count]) for count in counts}
        most = counts[-1]
        # Amdahl's law: what does not become shorter with more workers.
        serial = (times[most] - times[1] / most) / (1 - 1 / most) / times[1] if most > 1 else 1
        bench.row("L13", f"{what}: part of the time that one thread does alone", f"{max(serial, 0) * 100:.0f} %", "≤ 5 %",
                  ", ".join(f"{count} workers: {times[count]:.2f} s" for count in counts))


SECTIONS = {"small": small, "million": million, "again": again, "script": start_of_script, "waiting": waiting, "workers": workers}
