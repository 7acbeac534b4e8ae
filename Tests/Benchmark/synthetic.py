"""Inputs of any size, made without a network: packs for memory, locks for speed.

usage: synthetic.py pack|workspace|tiny_packages|many_packages|big_lock FOLDER SIZE

Prints the path of what it made. A process of its own: the memory of whoever starts a command counts as the command's.
"""
import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tarfile
import zipfile

import zstandard


def conda_package(name: str, version: str, files: dict, parameters, digests: list) -> bytes:
    """A .conda of the given paths and contents."""
    def archive(members: dict) -> bytes:
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w") as tar:
            for path, content in members.items():
                info = tarfile.TarInfo(path)
                info.size, info.mode, info.mtime = len(content), 0o644, 1_700_000_000
                tar.addfile(info, io.BytesIO(content))
        return zstandard.ZstdCompressor(compression_params=parameters).compress(raw.getbuffer())

    index = {"name": name, "version": version, "build": "0", "build_number": 0, "depends": [], "subdir": "linux-64"}
    paths = [{"_path": path, "path_type": "hardlink", "sha256": digest, "size_in_bytes": len(content)}
             for (path, content), digest in zip(files.items(), digests)]
    info = {"info/index.json": json.dumps(index).encode(), "info/about.json": b"{}",
            "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}).encode()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as conda:
        conda.writestr("metadata.json", '{"conda_pkg_format_version": 2}')
        conda.writestr(f"pkg-{name}-{version}-0.tar.zst", archive(files))
        conda.writestr(f"info-{name}-{version}-0.tar.zst", archive(info))
    return out.getvalue()


def packages(megabytes: int):
    """Name, record and content of packages of about that many MB together: incompressible files of 16 MB, eight to a
    package, in frames of the window conda's own packages have."""
    noise = random.Random(1)
    blocks = [noise.randbytes(16_000_000) for _ in range(8)]
    digests = [hashlib.sha256(block).hexdigest() for block in blocks]
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=23)
    left, number = megabytes * 1_000_000, 0
    while left > 0:
        number += 1
        if left < 8 * 16_000_000:
            blocks = [block[:max(1, left // 8)] for block in blocks]
            digests = [hashlib.sha256(block).hexdigest() for block in blocks]
        files = {f"share/p{number}/f{i}": block for i, block in enumerate(blocks)}
        content = conda_package(f"p{number}", "1.0", files, parameters, digests)
        left -= len(content)
        record = {"name": f"p{number}", "version": "1.0", "build": "0", "build_number": 0, "depends": [],
                  "subdir": "linux-64", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        yield f"p{number}-1.0-0.conda", record, content


def pack(folder: pathlib.Path, megabytes: int) -> pathlib.Path:
    """A pack of about that many MB."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    target = folder / "pack.tar"
    records = {}
    with tarfile.open(target, "w") as tar:
        def add(name: str, content: bytes) -> None:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))

        for name, record, content in packages(megabytes):
            records[name] = record
            add(f"channel/linux-64/{name}", content)
        add("channel/linux-64/repodata.json", json.dumps(
            {"info": {"subdir": "linux-64"}, "packages": {}, "packages.conda": records, "repodata_version": 2}).encode())
        add("environment.yml", b"channels:\n")
        add("pixi-pack.json", b'{"version": "1", "platform": "linux-64"}')
    os.sync()
    return target


def workspace(folder: pathlib.Path, megabytes: int) -> pathlib.Path:
    """A workspace whose lock names local packages of about that many MB."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "channel" / "linux-64").mkdir(parents=True)
    lines, entries = [], []
    for name, record, content in packages(megabytes):
        (folder / "channel" / "linux-64" / name).write_bytes(content)
        lines.append(f"      - conda: ./channel/linux-64/{name}")
        entries += [f"- conda: ./channel/linux-64/{name}", f"  name: {record['name']}", "  version: '1.0'",
                    "  build: '0'", "  subdir: linux-64", f"  sha256: {record['sha256']}", f"  size: {record['size']}"]
    (folder / "pixi.lock").write_text("\n".join(
        ["version: 6", "environments:", "  default:", "    channels:", "    - url: https://channel.example/a/",
         "    packages:", "      linux-64:", *lines, "packages:", *entries]) + "\n")
    os.sync()
    return folder


def tiny_packages(folder: pathlib.Path, count: int) -> pathlib.Path:
    """A pack of `count` packages of one file each."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    target = folder / "pack.tar"
    records = {}
    compressor = zstandard.ZstdCompressor(level=1)
    payload = compressor.compress(b"\0" * 1024)  # planning reads the other part alone
    with open(target, "wb") as out:
        def add(name: str, content: bytes) -> None:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            out.write(info.tobuf(tarfile.USTAR_FORMAT) + content + b"\0" * (-len(content) % 512))

        for number in range(count):
            name = f"tiny-{number:06d}"
            index = {"name": name, "version": "1", "build": "0", "build_number": 0, "depends": [], "subdir": "linux-64"}
            paths = {"paths": [{"_path": f"share/{number % 100}/{name}", "path_type": "hardlink", "sha256": "0" * 64,
                                "size_in_bytes": 0}], "paths_version": 1}
            raw = b""
            for path, value in (("info/index.json", index), ("info/paths.json", paths)):
                text, info = json.dumps(value).encode(), tarfile.TarInfo(path)
                info.size = len(text)
                raw += info.tobuf(tarfile.USTAR_FORMAT) + text + b"\0" * (-len(text) % 512)
            content = io.BytesIO()
            with zipfile.ZipFile(content, "w") as conda:
                conda.writestr("metadata.json", '{"conda_pkg_format_version": 2}')
                conda.writestr(f"pkg-{name}-1-0.tar.zst", payload)
                conda.writestr(f"info-{name}-1-0.tar.zst", compressor.compress(raw + b"\0" * 1024))
            content = content.getvalue()
            records[f"{name}-1-0.conda"] = {**index, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            add(f"channel/linux-64/{name}-1-0.conda", content)
        add("channel/linux-64/repodata.json", json.dumps(
            {"info": {"subdir": "linux-64"}, "packages": {}, "packages.conda": records, "repodata_version": 2}).encode())
        add("environment.yml", b"channels:\n")
        add("pixi-pack.json", b'{"version": "1", "platform": "linux-64"}')
        out.write(b"\0" * 1024)
    os.sync()
    return target


def lock_text(count: int, depends_each: int) -> str:
    """A version 6 lock of `count` packages: all of them in the environment `default`, the first 100 in `some`."""
    base = "https://channel.example/stack/linux-64"
    names = [f"package-{i:06d}" for i in range(count)]
    lines = ["version: 6", "environments:"]
    for environment, members in [("default", names), ("some", names[:100])]:
        lines += [f"  {environment}:", "    channels:", "    - url: https://channel.example/stack/", "    packages:",
                  "      linux-64:"]
        lines += [f"      - conda: {base}/{name}-1.2.{i}-h{i:08x}_0.conda" for i, name in enumerate(members)]
    lines.append("packages:")
    for i, name in enumerate(names):
        digest = hashlib.sha256(name.encode()).hexdigest()
        lines += [f"- conda: {base}/{name}-1.2.{i}-h{i:08x}_0.conda", f"  sha256: {digest}", f"  md5: {digest[:32]}",
                  "  depends:", *(f"  - {names[(i * 7 + d) % count]} >=1.2,<2.0a0" for d in range(depends_each)),
                  "  license: BSD-3-Clause", "  license_family: BSD", f"  size: {1000 + i}", f"  timestamp: {1700000000000 + i}"]
    return "\n".join(lines) + "\n"


def big_lock(folder: pathlib.Path, size: int) -> pathlib.Path:
    """A lock of about `size` bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    per_package = len(lock_text(100, 8)) / 100
    (folder / "pixi.lock").write_text(lock_text(int(size / per_package), 8))
    return folder / "pixi.lock"


def many_packages(folder: pathlib.Path, count: int) -> pathlib.Path:
    """A workspace whose lock has `count` small packages."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pixi.lock").write_text(lock_text(count, 2))
    return folder


def made(what: str, folder: pathlib.Path, size: int) -> pathlib.Path:
    """Has another process make it."""
    command = [sys.executable, __file__, what, folder, str(size)]
    return pathlib.Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


if __name__ == "__main__":
    makers = {"pack": pack, "workspace": workspace, "tiny_packages": tiny_packages, "many_packages": many_packages, "big_lock": big_lock}
    print(makers[sys.argv[1]](pathlib.Path(sys.argv[2]), int(sys.argv[3])))
