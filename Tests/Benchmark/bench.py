"""Measures pixi-pack against its peers and writes the numbers into docs/benchmarks.md. Run it by `make bench`.

Every figure is a ratio of medians taken side by side in one run. PIXI_PACK_SHARED names the folder with the reference
unpacker; without it the figures that need it are left out, loudly. Rows of an earlier run that this one does not
measure again (--only) stay as they were.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import corpus
import limits
import measure
import network
import synthetic
from measure import interleaved, run, seconds
from webserver import WebServer

HERE = pathlib.Path(__file__).resolve().parent


# Small files come before what the peers delete most of; so do all others that have room beside them.
SECTIONS = [
    "small", "again", "million", "script", "waiting", "workers", "unpacking", "bzip2", "memory", "packing", "network", "locks", "start",
    "scaling",
]

# What sections write at the most, in bytes, if it is much.
ROOM = {"small": 15e9, "workers": 27e9, "unpacking": 55e9, "memory": 25e9, "packing": 20e9}


class Bench:
    def __init__(self, work: pathlib.Path, dist: pathlib.Path, rounds: int, shared, oracle):
        self.work, self.rounds, self.shared, self.oracle = work, rounds, shared, oracle
        self.packer, self.unpacker = dist / "pixi-pack", dist / "pixi-unpack"
        self.places = measure.Places(work / "runs")
        self.pack = work / "pack.tar"
        self.results = work / "results.json"
        old = json.loads(self.results.read_text()) if self.results.exists() else None
        old = old if isinstance(old, dict) else {}
        self.rows = old.get("rows", {})
        self.corpus_line = old.get("corpus", "")
        self.archives = [*sorted((work / "channel").glob("*/*.conda")), *sorted((work / "channel").glob("*/*.tar.bz2")),
                         *sorted((work / "pypi").glob("*.whl"))]

    def section(self, name: str, measure_it) -> None:
        self.current = self.rows[name] = []
        start = time.monotonic()
        measure_it()
        self.results.write_text(
            json.dumps({"corpus": self.corpus_line, "rows": self.rows}, ensure_ascii=False, indent=2))
        print(f"     ({name}: {time.monotonic() - start:.0f} s)", flush=True)

    def row(self, key: str, what: str, value: str, goal: str, detail: str = "") -> None:
        self.current.append((key, what, value, goal, detail))
        print(f"{key:4} {what}: {value} (goal {goal}) {detail}", flush=True)

    def prepare(self) -> None:
        self.floor = self.work / "floor"
        bzip2 = HERE.parent.parent / "Sources" / "CBzip2"
        subprocess.run(["cc", "-O2", "-I", bzip2 / "include", "-o", self.floor, HERE / "floor.c",
                        bzip2 / "bzip2_block.c", "-lzstd", "-lbz2", "-ldeflate", "-lpthread"], check=True)
        run([self.packer, self.work / "ws", "-o", self.pack])

    # P1, P1b, P2, P3, P4 for one pack

    def unpack_once(self, pack=None) -> measure.Cost:
        return run([self.unpacker, pack or self.pack, "-o", self.places.fresh(), "-q"])

    def reference_once(self) -> measure.Cost:
        return run([self.oracle, self.shared / "oracle" / "reference_unpack.py", self.pack, self.places.fresh()],
                   environment={**os.environ, "TMPDIR": str(self.places.fresh())})

    def rattler_once(self) -> measure.Cost:
        return run([sys.executable, HERE / "rattler_install.py", self.pack, self.places.fresh()])

    def floor_once(self, kind: str) -> float:
        extra = [self.places.fresh() / "out"] if kind.startswith("write") else []
        out = subprocess.run([self.floor, kind, str(os.cpu_count()), *extra, *self.archives], check=True,
                             capture_output=True, text=True).stdout
        return float(out.split()[0])

    def unpacking(self) -> None:
        contenders = {"ours": self.unpack_once, "rattler": self.rattler_once,
                      "decode": lambda: self.floor_once("decode"), "write": lambda: self.floor_once("write"),
                      "own": lambda: self.floor_once("decode-own")}
        if self.shared:
            contenders["reference"] = self.reference_once
        # What the contenders read and are: the programs of the peers by their own imports.
        commands = [[self.unpacker, "--version"], [sys.executable, "-c", "import rattler"]]
        if self.shared:
            reference = self.shared / "oracle" / "reference_unpack.py"
            commands += [[self.oracle, reference, "--help"], [self.oracle.parent / "uv", "--version"]]
        results = interleaved(self.rounds, contenders, [self.pack, *self.archives], commands)
        ours = seconds(results["ours"])
        decode, write, own = (seconds(results[name]) for name in ("decode", "write", "own"))

        def peer_row(key: str, what: str, name: str, goal: str) -> None:
            peer = seconds(results[name])
            self.row(key, what, f"{ours / peer:.3f}", goal, f"{ours:.2f} s / {peer:.2f} s; a program that did nothing but "
                     f"decode ({own:.2f} s with our bzip2) and write ({write:.2f} s), both on all cores: "
                     f"{(own + write) / peer:.3f}")

        if self.shared:
            peer_row("P1", "unpack / the original's way", "reference", "≤ 0.25")
        peer_row("P1b", "unpack / py-rattler 0.28 install", "rattler", "≤ 0.33")
        self.row("P2", "unpack / max(decode, write)", f"{ours / max(decode, write):.2f}", "≤ 1.15",
                 f"{ours:.2f} s / max({decode:.2f} s, {write:.2f} s); / (decode with our bzip2 + write) "
                 f"{ours / (own + write):.2f}")
        installed, files = measure.sizes(self.last_prefix())
        cost = results["ours"][-1]
        self.row("P3", "bytes written / environment", f"{cost.written_mb * 1e6 / installed:.3f}", "≤ 1.02",
                 f"{cost.written_mb:.0f} MB / {installed / 1e6:.0f} MB")
        self.row("", "unpack: user + system seconds, peak", f"{median_of(results['ours'], 'user'):.1f} + "
                 f"{median_of(results['ours'], 'system'):.1f}", "", f"{max(r.peak_mb for r in results['ours']):.0f} MB")
        self.corpus_line = (f"{len(self.archives)} packages, {self.pack.stat().st_size / 1e6:.0f} MB packed, "
                            f"{installed / 1e6:.0f} MB and {files} files installed")

    def last_prefix(self) -> pathlib.Path:
        """The newest environment one of our unpacks made."""
        return max((p for p in self.places.root.glob("run-*/env") if (p.parent / "activate.sh").exists()),
                   key=lambda p: p.stat().st_mtime)

    def bzip2(self) -> None:
        tool = self.work / "bzip2"
        source = HERE.parent.parent / "Sources" / "CBzip2"
        subprocess.run(["cc", "-O2", "-I", source / "include", "-o", tool, HERE / "bzip2.c", source / "bzip2_block.c",
                        "-lbz2", "-lpthread"], check=True)
        files = sorted((self.work / "channel").glob("*/*.tar.bz2"))
        out = subprocess.run([tool, *files], check=True, capture_output=True, text=True).stdout.split()
        size, library, ours = map(float, out)
        self.row("", "bzip2: decoding on one core / libbz2, processor time", f"{ours / library:.2f}", "",
                 f"{size / ours:.0f} MB/s / {size / library:.0f} MB/s of what it becomes")

    def memory(self, sizes_mb: list) -> None:
        peaks = []
        for size in sizes_mb:
            pack = synthetic.made("pack", self.work / "synthetic", size)
            cost = self.unpack_once(pack)
            peaks.append((f"{size / 1000:g} GB", cost.peak_mb))
            shutil.rmtree(pack.parent)
        peaks.append(("the corpus", self.unpack_once().peak_mb))
        # The same as one executable file, made of local packages.
        workspace = synthetic.made("workspace", self.work / "synthetic", sizes_mb[max(0, len(sizes_mb) - 2)])
        script = self.places.fresh() / "environment.sh"
        packing = run([self.packer, workspace, "--create-executable", "-o", script, "-q"])
        shutil.rmtree(workspace)
        size = f"{script.stat().st_size / 1e9:.1f} GB"
        peaks.append((f"environment.sh of {size}", run([script, "-o", self.places.fresh(), "-q"]).peak_mb))
        self.row("P4", "peak memory of unpack, by size of the pack", f"{max(p for _, p in peaks):.0f} MB", "≤ 128 MB, flat",
                 ", ".join(f"{name}: {peak:.0f} MB" for name, peak in peaks))
        self.row("", f"peak memory of packing environment.sh of {size} from local files", f"{packing.peak_mb:.0f} MB", "")

    # P6, P7: packing

    def packing(self) -> None:
        cache = self.work / "cache"
        shutil.rmtree(cache, ignore_errors=True)
        for archive in self.archives:
            folder = cache / ("pypi" if archive.suffix == ".whl" else archive.parent.name)
            folder.mkdir(parents=True, exist_ok=True)
            os.link(archive, folder / archive.name)
        server = WebServer(self.work)
        remote = self.remote_workspace(server.port)
        cached = [p for p in sorted(cache.rglob("*")) if p.is_file()]
        listing = self.work / "cached-files"
        listing.write_text("\0".join(map(str, cached)))

        def ours():
            return run([self.packer, remote, "--use-cache", cache, "-o", self.places.fresh() / "e.tar", "-q"])

        def floor():
            out = self.places.fresh() / "all"
            script = f"xargs -0 cat < '{listing}' > '{out}' & xargs -0 sha256sum < '{listing}' > /dev/null; wait"
            return run(["sh", "-c", script])

        results = interleaved(self.rounds, {"ours": ours, "floor": floor}, cached, [[self.packer, "--version"]])
        a, b = seconds(results["ours"]), seconds(results["floor"])
        self.row("P6", "pack from a warm cache / (cat ‖ sha256sum)", f"{a / b:.2f}", "≤ 1.2", f"{a:.2f} s / {b:.2f} s")
        self.downloading(remote, server)
        server.stop()

    def remote_workspace(self, port: int) -> pathlib.Path:
        target = self.work / "ws-http"
        target.mkdir(exist_ok=True)
        text = (self.work / "ws" / "pixi.lock").read_text()
        (target / "pixi.lock").write_text(text.replace(": ../", f": http://127.0.0.1:{port}/"))
        return target

    def downloading(self, remote: pathlib.Path, server: WebServer) -> None:
        urls = [f"http://127.0.0.1:{server.port}/{p.relative_to(self.work)}" for p in self.archives]

        def ours():
            return run([self.packer, remote, "-o", self.places.fresh() / "e.tar", "-q"])

        def curl():
            place = self.places.fresh()
            config = place / "urls"
            config.write_text("".join(f'url = "{url}"\nremote-name\n' for url in urls))
            return run(["curl", "-s", "--parallel", "--parallel-immediate", "--parallel-max", "50", "-K", config], cwd=place)

        results = interleaved(
            self.rounds, {"ours": ours, "curl": curl}, self.archives,
            [[self.packer, "--version"], ["curl", "-s", "-o", "/dev/null", urls[0]]])
        a, b = seconds(results["ours"]), seconds(results["curl"])
        peak = max(r.peak_mb for r in results["ours"])
        self.row("P7", "download speed / curl --parallel", f"{b / a:.2f}", "≥ 0.9",
                 f"{a:.2f} s / {b:.2f} s, {peak:.0f} MB, from {server.name}")

    def network(self) -> None:
        for title, ratio, goal, detail in network.compare_all(self.work / "network", self.packer.parent, min(3, self.rounds)):
            self.row("L8" if "2 MB/s" in title or "hosts" in title else "L9", f"{title}: speed / curl --parallel-immediate",
                     ratio, goal, detail)

    # P8, P9, P10

    def reading_locks(self) -> None:
        large = synthetic.made("big_lock", self.work / "big-lock", 2_870_000)
        locks = [("reading a made-up lock of 2.9 MB, listing 100 of its packages", large, ["-e", "some"], "≤ 0.5"),
                 ("the same, listing every package", large, [], "≤ 0.4")]
        if self.shared:
            real = self.work / "real-lock" / "pixi.lock"
            real.parent.mkdir(exist_ok=True)
            real.write_bytes(max((self.shared / "data" / "locks").glob("*.lock"), key=lambda p: p.stat().st_size).read_bytes())
            size = real.stat().st_size / 1e6
            locks.append((f"reading a real lock of {size:.1f} MB, listing an environment", real, [], "≤ 0.5"))
        script = "import sys, time, rattler; t = time.perf_counter(); rattler.LockFile.from_path(sys.argv[1]); print(time.perf_counter() - t)"
        for name, lock, options, goal in locks:
            def rattler() -> float:
                command = [sys.executable, "-c", script, lock]
                return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

            results = interleaved(
                self.rounds, {"ours": lambda: run([self.packer, "list", lock.parent, *options]), "rattler": rattler},
                [lock], [[self.packer, "--version"], [sys.executable, "-c", "import rattler"]])
            a, b = seconds(results["ours"]), seconds(results["rattler"])
            self.row("P8", f"{name} (whole process) / rattler's reading", f"{a / b:.2f}", goal,
                     f"{a * 1e3:.0f} ms / {b * 1e3:.0f} ms")

    def starting(self) -> None:
        times = sorted(run([self.packer, "--version"]).seconds for _ in range(50))
        trace = subprocess.run(["strace", "-f", "-e", "trace=clone,clone3,fork,vfork", self.packer, "--version"],
                               capture_output=True, text=True) if shutil.which("strace") else None
        threads = "?" if trace is None else str(trace.stderr.count("clone"))
        self.row("P9", "--version", f"{times[25] * 1e3:.1f} ms", "≤ 5 ms, 0 threads", f"{threads} threads started")

    def scaling(self) -> None:
        # Both are larger than what is read as a whole.
        folders = {count: synthetic.made("many_packages", self.work / f"many-{count}", count) for count in (20_000, 200_000)}
        self.linear("lock of 200,000 packages", "lock of 20,000", folders, [path / "pixi.lock" for path in folders.values()],
                    lambda count: run([self.packer, "list", folders[count]]))
        packs = {count: synthetic.made("tiny_packages", self.work / f"tiny-{count}", count) for count in (5_000, 50_000)}
        place = self.places.fresh() / "env"
        self.linear("plan of 50,000 packages (unpack --dry-run)", "plan of 5,000", packs, [*packs.values()],
                    lambda count: run([self.unpacker, packs[count], "-o", place, "-q", "--dry-run"]))
        for pack in packs.values():
            shutil.rmtree(pack.parent)

    def linear(self, what: str, tenth: str, counts, warm: list, run_once) -> None:
        """In turn, as often as the small one is contained in the large: so a busy machine hinders both alike."""
        small, large = counts
        results = interleaved(3, {"ten": lambda: sum(run_once(small).seconds for _ in range(10)),
                                  "one": lambda: run_once(large)}, warm)
        ten, one = seconds(results["ten"]), seconds(results["one"])
        self.row("P10", f"{what} / 10 × {tenth}", f"{one / ten:.2f}", "1 ± 0.1", f"{one:.2f} s / {ten:.2f} s")

    def report(self, target: pathlib.Path) -> None:
        lines = ["| | figure | measured | goal | |", "| --- | --- | --- | --- | --- |"]
        lines += [f"| {k} | {w} | **{v}** | {g} | {d} |" for name in SECTIONS for k, w, v, g, d in self.rows.get(name, [])]
        rounds = f"medians of {self.rounds} (P10: 3)"
        table = "\n".join([f"Corpus: {self.corpus_line}. {machine(self.work)}, {rounds}.", "", *lines])
        marks = ("<!-- bench:begin -->", "<!-- bench:end -->")
        text = target.read_text() if target.exists() else f"# Benchmarks\n\n{marks[0]}\n{marks[1]}\n"
        head, rest = text.split(marks[0], 1)
        target.write_text(f"{head}{marks[0]}\n{table}\n{marks[1]}{rest.split(marks[1], 1)[1]}")


def machine(place: pathlib.Path) -> str:
    """What was measured on: processors and the file system of `place`."""
    text = pathlib.Path("/proc/cpuinfo").read_text()
    name = next((line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")), "processor")
    sha = "with" if " sha_ni" in text or " sha2" in text else "without"
    # The number in the superblock is the same for ext2 to ext4; the kernel's list of what is mounted tells them apart.
    kind = subprocess.run(["findmnt", "-n", "-o", "FSTYPE", "-T", place], capture_output=True, text=True).stdout.strip()
    return f"{os.cpu_count()} cores ({name}, {sha} instructions for SHA), {kind}"


def median_of(costs: list, what: str) -> float:
    return measure.median([getattr(cost, what) for cost in costs])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=pathlib.Path, help="where the corpus and the runs go (needs 70 GB)")
    parser.add_argument("dist", type=pathlib.Path, help="folder of the release executables")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=[], help=" ".join(SECTIONS))
    parser.add_argument("--sizes", nargs="*", type=int, default=[100, 500, 2000, 5000], help="MB of the synthetic packs")
    parser.add_argument("--oracle-python", type=pathlib.Path, help="Python of the reference unpacker's environment")
    parser.add_argument("--write", type=pathlib.Path, help="the document whose table is replaced")
    options = parser.parse_args()
    shared = os.environ.get("PIXI_PACK_SHARED")
    shared = pathlib.Path(shared).resolve() if shared and options.oracle_python else None
    if not shared:
        print("NO REFERENCE UNPACKER: P1 is left out (set PIXI_PACK_SHARED and --oracle-python)", file=sys.stderr)
    pythons = sorted((shared / "data" / "python" / "linux-64").glob("*.conda")) if shared else []
    # A process of its own, as it becomes large.
    subprocess.run([sys.executable, corpus.__file__, options.work.resolve(), *pythons], check=True)
    bench = Bench(options.work.resolve(), options.dist.resolve(), options.rounds, shared, options.oracle_python)
    bench.prepare()
    measures = {
        "unpacking": bench.unpacking, "bzip2": bench.bzip2, "memory": lambda: bench.memory(options.sizes),
        "packing": bench.packing, "network": bench.network, "locks": bench.reading_locks, "start": bench.starting, "scaling": bench.scaling,
        **{name: lambda measure_it=measure_it: measure_it(bench) for name, measure_it in limits.SECTIONS.items()},
    }
    for name in SECTIONS:
        if name in (options.only or SECTIONS):
            bench.places.make_room(ROOM.get(name, 10e9))
            bench.section(name, measures[name])
    bench.places.clear()
    if options.write:
        bench.report(options.write)


if __name__ == "__main__":
    main()
