"""Compares the records of an environment with those of a fresh install by rattler: records.py PROGRAMS SHARED FOLDER SEED

Makes the channel of a seed in FOLDER, serves it, packs and unpacks its lock file with PROGRAMS/pixi-pack and pixi-unpack,
installs the same packages with rattler, and reads the records of both with rattler: all fields, channel and URL included. Then
the same with a lock file that names the packages by file:// URLs. A second unpacking must change nothing. Prints how many records there are, or what differs.
"""
import asyncio
import functools
import http.server
import json
import pathlib
import subprocess
import sys
import threading

import rattler

FIELDS = (
    "name", "version", "build", "build_number", "subdir", "arch", "platform", "noarch", "sha256", "md5", "size", "depends",
    "constrains", "track_features", "license", "timestamp", "url", "channel", "file_name",
)


def serve(folder: pathlib.Path) -> str:
    class Handler(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


def records(prefix: pathlib.Path) -> dict:
    found = {}
    for path in sorted((prefix / "conda-meta").glob("*.json")):
        record = rattler.PrefixRecord.from_path(path)
        found[path.name] = {name: str(getattr(record, name)) for name in FIELDS}
        # Other than rattler alone, both pixi-packs write a slash for a backslash in records.
        found[path.name]["files"] = sorted(
            str(file).replace("\\", "/").removeprefix("__clobbers__/") for file in record.files)
    return found


def install(prefix: pathlib.Path, lock: pathlib.Path) -> None:
    environment = rattler.LockFile.from_path(lock).environment("default")
    platform = environment.platforms()[0]
    wanted = environment.conda_repodata_records_for_platform(platform)
    asyncio.run(rattler.install(wanted, prefix, cache_dir=prefix.parent / "cache", show_progress=False))


def compare(programs: pathlib.Path, folder: pathlib.Path, name: str, channel: str | None = None) -> tuple[list, int]:
    """What differs, and the number of records. `channel` is what ours say where rattler's say none."""
    pack = folder / f"{name}.tar"
    subprocess.run(
        [programs / "pixi-pack", "--no-config", "-q", "-p", "linux-64", "--no-plan-check", "-o", pack, folder], check=True)
    unpack = [programs / "pixi-unpack", pack, "--no-host-check", "-q", "-o", folder / f"{name}-ours"]
    subprocess.run(unpack, check=True, stderr=subprocess.DEVNULL)
    install(folder / f"{name}-fresh", folder / "pixi.lock")
    ours, fresh = records(folder / f"{name}-ours/env"), records(folder / f"{name}-fresh")
    if channel:
        for record in fresh.values():
            if record["channel"] == "None":
                record["channel"] = channel
    differences = [f"only in one: {name}" for name in ours.keys() ^ fresh.keys()]
    for name in ours.keys() & fresh.keys():
        differences += [
            f"{name}: {key}: {value!r}, rattler: {fresh[name][key]!r}"
            for key, value in ours[name].items() if value != fresh[name][key]
        ]
    again = subprocess.run([*unpack, "--json"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return differences + [
        f"changed by a second unpacking: {change}" for change in json.loads(again.stdout)["changes"]], len(ours)


def main() -> int:
    programs, shared, folder = map(pathlib.Path, sys.argv[1:4])
    seed = sys.argv[4]
    folder = folder.resolve()
    folder.mkdir(parents=True)
    python = next(shared.glob("data/python/linux-64/*.conda"))
    base = serve(folder)
    subprocess.run(
        [sys.executable, shared / "oracle/make_channel.py", folder, "--seed", seed, "--python", python,
         "--lock-base-url", base], check=True, stdout=subprocess.DEVNULL)
    lock = folder / "pixi.lock"
    served = lock.read_text()
    differences, count = compare(programs, folder, "served")
    # The same packages by their places: rattler then has no channel, which conda and mamba do not take.
    lock.write_text(served.replace(base, f"file://{folder}"))
    channel = f"file://{folder}/channel/"
    differences += compare(programs, folder, "local", channel)[0]
    for line in sorted(differences):
        print(f"FAIL {line}")
    if not differences:
        print(f"{count} records are those of a fresh install; a second unpacking changes nothing")
    return bool(differences)


if __name__ == "__main__":
    sys.exit(main())
