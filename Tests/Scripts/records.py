"""Compares the records of an environment with those of a fresh install by rattler: records.py PROGRAMS SHARED FOLDER SEED

Makes the channel of a seed in FOLDER, serves it, packs and unpacks its lock file with PROGRAMS/pixi-pack and pixi-unpack,
installs the same packages with rattler, and reads the records of both with rattler: all fields, channel and URL included. A
second unpacking must change nothing. Prints how many records there are, or what differs.
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


def main() -> int:
    programs, shared, folder = map(pathlib.Path, sys.argv[1:4])
    seed = sys.argv[4]
    folder = folder.resolve()
    folder.mkdir(parents=True)
    python = next(shared.glob("data/python/linux-64/*.conda"))
    subprocess.run(
        [sys.executable, shared / "oracle/make_channel.py", folder, "--seed", seed, "--python", python,
         "--lock-base-url", serve(folder)], check=True, stdout=subprocess.DEVNULL)
    pack = folder / "environment.tar"
    subprocess.run(
        [programs / "pixi-pack", "--no-config", "-q", "-p", "linux-64", "--no-plan-check", "-o", pack, folder], check=True)
    unpack = [programs / "pixi-unpack", pack, "--no-host-check", "-q", "-o", folder / "ours"]
    subprocess.run(unpack, check=True, stderr=subprocess.DEVNULL)
    install(folder / "fresh", folder / "pixi.lock")
    ours, fresh = records(folder / "ours/env"), records(folder / "fresh")
    differences = [f"only in one: {name}" for name in ours.keys() ^ fresh.keys()]
    for name in ours.keys() & fresh.keys():
        differences += [
            f"{name}: {key}: {value!r}, rattler: {fresh[name][key]!r}"
            for key, value in ours[name].items() if value != fresh[name][key]
        ]
    again = subprocess.run([*unpack, "--json"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    differences += [f"changed by a second unpacking: {change}" for change in json.loads(again.stdout)["changes"]]
    for line in sorted(differences):
        print(f"FAIL {line}")
    if not differences:
        print(f"{len(ours)} records are those of a fresh install; a second unpacking changes nothing")
    return bool(differences)


if __name__ == "__main__":
    sys.exit(main())
