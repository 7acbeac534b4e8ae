#!/usr/bin/env python3
"""Usage: Tests/Benchmark/large.py PIXI_UNPACK [FILES]

Makes a pack of 1,000,000 small files in twenty packages, unpacks it, counts what came out of it and says how long it took
and how much memory it needed. Takes 5 GB of TMPDIR, most of it in blocks of the file system.
"""
import bz2
import hashlib
import io
import json
import os
import platform
import resource
import subprocess
import sys
import tarfile
import tempfile
import time

PACKAGES = 20


def add(tar, name, data):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    member.mode = 0o644
    tar.addfile(member, io.BytesIO(data))


def package(number, count):
    """The bytes of a package with `count` files of some bytes each, a thousand to a folder."""
    paths, buffer = [], io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        files = []
        for index in range(count):
            data = b"%d %d\n" % (number, index)
            name = "share/large/%d/%d/file-%d.txt" % (number, index // 1000, index)
            files.append((name, data))
            paths.append({"_path": name, "path_type": "hardlink", "sha256": hashlib.sha256(data).hexdigest(),
                          "size_in_bytes": len(data)})
        index = {"name": "large-%d" % number, "version": "1.0", "build": "0", "build_number": 0, "depends": []}
        add(tar, "info/index.json", json.dumps(index).encode())
        add(tar, "info/paths.json", json.dumps({"paths": paths, "paths_version": 1}).encode())
        for name, data in files:
            add(tar, name, data)
    return bz2.compress(buffer.getvalue(), 1)


def write_pack(path, files, subdir):
    records = {}
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        add(tar, "pixi-pack.json", json.dumps({"version": "1", "platform": subdir}).encode())
        for number in range(PACKAGES):
            data = package(number, files // PACKAGES)
            name = "large-%d-1.0-0.tar.bz2" % number
            records[name] = {
                "name": "large-%d" % number, "version": "1.0", "build": "0", "build_number": 0, "depends": [],
                "subdir": subdir, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            add(tar, "channel/%s/%s" % (subdir, name), data)
        add(tar, "channel/%s/repodata.json" % subdir, json.dumps({"packages.conda": records}).encode())


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    program, files = sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 1_000_000
    subdir = "linux-aarch64" if platform.machine() in ("aarch64", "arm64") else "linux-64"
    with tempfile.TemporaryDirectory() as folder:
        pack = os.path.join(folder, "large.tar")
        print("==> Making a pack of %d files" % files, flush=True)
        write_pack(pack, files, subdir)
        print("==> Unpacking %.1f MB" % (os.path.getsize(pack) / 1e6), flush=True)
        start = time.monotonic()
        subprocess.run([program, "unpack", "-q", "-o", os.path.join(folder, "out"), pack], check=True)
        seconds = time.monotonic() - start
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = sum(len(names) for _, _, names in os.walk(os.path.join(folder, "out/env/share")))
        print("%d files in %.1f s (%.1f s user, %.1f s system), %d MB of memory"
              % (found, seconds, used.ru_utime, used.ru_stime, used.ru_maxrss / 1024))
        if found != files // PACKAGES * PACKAGES:
            sys.exit("%d files are missing" % (files - found))


main()
