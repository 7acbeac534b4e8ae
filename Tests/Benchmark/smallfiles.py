"""A corpus of small files, as most packages of conda-forge are: .conda archives for any Python, zstd at level 19.

usage: smallfiles.py FOLDER PACKAGES FILES LEVEL [CHANGED]

Makes FOLDER/channel/noarch and FOLDER/pixi.lock, which also names the Python packages that lie in FOLDER/channel/linux-64.
The first CHANGED packages are of a later version, all others are the same bytes. Contents are pieces of Python's standard
library, their sizes log-normal with a median of 3 kB. FILES of 1 byte each with LEVEL 1.
"""
import hashlib
import io
import json
import pathlib
import random
import sys
import sysconfig
import tarfile
import zipfile

import zstandard


def archive(members: list, level: int) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, content in members:
            info = tarfile.TarInfo(path)
            info.size, info.mode, info.mtime = len(content), 0o644, 1_700_000_000
            tar.addfile(info, io.BytesIO(content))
    return zstandard.ZstdCompressor(level=level).compress(raw.getbuffer())


def package(name: str, version: str, files: list, level: int) -> bytes:
    index = {"name": name, "version": version, "build": "pyh_0", "build_number": 0, "depends": ["python"],
             "subdir": "noarch", "noarch": "python"}
    paths = [{"_path": path, "path_type": "hardlink", "sha256": hashlib.sha256(content).hexdigest(),
              "size_in_bytes": len(content)} for path, content in files]
    info = [("info/index.json", json.dumps(index).encode()), ("info/about.json", b"{}"),
            ("info/link.json", b'{"noarch": {"type": "python"}, "package_metadata_version": 1}'),
            ("info/paths.json", json.dumps({"paths": paths, "paths_version": 1}).encode())]
    out = io.BytesIO()
    members = [("metadata.json", b'{"conda_pkg_format_version": 2}'),
               (f"pkg-{name}-{version}-pyh_0.tar.zst", archive(files, level)),
               (f"info-{name}-{version}-pyh_0.tar.zst", archive(info, level))]
    with zipfile.ZipFile(out, "w") as conda:
        for member, content in members:
            # With the time of the run no package would be the same in two corpora.
            conda.writestr(zipfile.ZipInfo(member, (2024, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def contents(name: str, count: int, level: int, chance: random.Random, sources: list) -> list:
    files = []
    for number in range(count):
        size = min(200_000, int(chance.lognormvariate(8.0, 1.2))) if level > 1 else 1
        text = chance.choice(sources) if level > 1 else b"#"
        start = chance.randrange(max(1, len(text) - size))
        files.append((f"site-packages/{name}/m{number % 12}/f{number}.py", text[start:start + size]))
    return files


def main() -> None:
    folder, packages, count, level = pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:5])
    changed = int(sys.argv[5]) if len(sys.argv) > 5 else 0
    library = pathlib.Path(sysconfig.get_path("stdlib"))
    sources = [path.read_bytes() for path in sorted(library.glob("**/*.py")) if path.stat().st_size > 500][:3000]
    channel = folder / "channel" / "noarch"
    channel.mkdir(parents=True, exist_ok=True)
    listed, entries = [], []

    def add(path: pathlib.Path, record: dict) -> None:
        location = f"./{path.relative_to(folder)}"
        listed.append(f"      - conda: {location}")
        entries.extend([f"- conda: {location}", *(f"  {key}: {json.dumps(value)}" for key, value in record.items())])

    for path in sorted((folder / "channel" / "linux-64").glob("python-*.conda")):
        name, version, build = path.stem.rsplit("-", 2)
        add(path, {"name": name, "version": version, "build": build, "subdir": "linux-64",
                   "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "depends": []})
    for number in range(packages):
        name, version = f"pkg{number}", "1.1" if number < changed else "1.0"
        content = package(name, version, contents(name, count, level, random.Random(number), sources), level)
        path = channel / f"{name}-{version}-pyh_0.conda"
        path.write_bytes(content)
        add(path, {"name": name, "version": version, "build": "pyh_0", "subdir": "noarch", "noarch": "python",
                   "sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "depends": ["python"]})
    (folder / "pixi.lock").write_text("\n".join(
        ["version: 6", "environments:", "  default:", "    channels:", "    - url: https://channel.example/stack/",
         "    packages:", "      linux-64:", *listed, "packages:", *entries]) + "\n")


if __name__ == "__main__":
    main()
