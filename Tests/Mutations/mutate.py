#!/usr/bin/env python3
"""Usage: mutate.py FOLDER [COUNT [FIRST]]

Unpacks COUNT (500) randomly damaged copies of a small real pack with the pixi-pack and pixi-unpack of FOLDER. Each must
end with a status of docs/json/README.md#exit-status that a damaged pack can have, within 20 seconds, say `Error: ` when
it fails and leave nothing then, write nothing outside of the output folder, and make exactly the environment of the
undamaged pack when it succeeds, but for the time in conda-meta/history. Odd numbers are unpacked with --no-verify, so
that the damage gets further; what they make is not compared. The damage of number N depends on N alone:
`mutate.py FOLDER 1 N` repeats it.
"""
import bz2
import hashlib
import io
import os
import pathlib
import random
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile

SEEDS = pathlib.Path(__file__).resolve().parent.parent / "Fuzz" / "Seeds"
# 1 is a pack that asks for what is refused, 4 one that is damaged, 7 one that would be for another machine.
STATUSES = {1, 4, 7}
# "==> 2026-11-26 10:20:30 <==": an environment says when it was made.
ENTRY_TIME = re.compile(rb"^==> \d{4}-\d\d-\d\d \d\d:\d\d:\d\d <==$", re.MULTILINE)
PLACEHOLDER = "/opt/a_placeholder_that_is_long_enough_for_any_prefix_of_a_test"


def package(name, version, files, links=()):
    """A .tar.bz2 package with files (path, bytes, whether it has the placeholder) and links."""
    paths = []
    for path, contents, patched in files:
        entry = f'"_path": "{path}", "path_type": "hardlink", "sha256": "{hashlib.sha256(contents).hexdigest()}", ' \
            f'"size_in_bytes": {len(contents)}'
        if patched:
            entry += f', "prefix_placeholder": "{PLACEHOLDER}", "file_mode": "text"'
        paths.append("{" + entry + "}")
    paths += [f'{{"_path": "{path}", "path_type": "softlink"}}' for path, _ in links]
    index = f'{{"name": "{name}", "version": "{version}", "build": "0", "build_number": 0, "depends": []}}'
    listed = '{"paths": [' + ", ".join(paths) + '], "paths_version": 1}'
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, contents in [("info/index.json", index.encode()), ("info/paths.json", listed.encode())] + [
            (path, contents) for path, contents, _ in files
        ]:
            info = tarfile.TarInfo(path)
            info.size, info.mode, info.mtime = len(contents), 0o755, 1500000000
            tar.addfile(info, io.BytesIO(contents))
        for path, target in links:
            info = tarfile.TarInfo(path)
            info.type, info.linkname = tarfile.SYMTYPE, target
            tar.addfile(info)
    return bz2.compress(out.getvalue())


def make_pack(folder, program):
    """Packs a workspace of four packages; returns the bytes of the pack."""
    rng = random.Random(1)
    channel = folder / "channel" / "linux-64"
    channel.mkdir(parents=True)
    (channel / "a-1-0.conda").write_bytes((SEEDS / "conda" / "a.conda").read_bytes())
    (channel / "b-1.0-0.tar.bz2").write_bytes(package("b", "1.0", [
        ("bin/tool", f"#!{PLACEHOLDER}/bin/python\nprint(1)\n".encode(), True),
        ("share/data", rng.randbytes(3000), False),
        ("share/text", b"line\n" * 500, False),
    ], [("share/link", "data")]))
    (channel / "python-3.12.1-0.tar.bz2").write_bytes(package("python", "3.12.1", [("bin/python3.12", b"python", False)]))
    wheel = folder / "pkg-1.0-py3-none-any.whl"
    wheel.write_bytes((SEEDS / "wheel" / "deflated.whl").read_bytes())
    lock = "version: 6\nenvironments:\n  default:\n    channels:\n"
    lock += f"    - url: file://{channel.parent}\n    indexes:\n    - https://example.org\n    packages:\n      linux-64:\n"
    entries = ""
    for file in sorted(channel.iterdir()):
        name, version, build = file.name.removesuffix(".conda").removesuffix(".tar.bz2").split("-")
        lock += f"      - conda: file://{file}\n"
        entries += f"- conda: file://{file}\n  name: {name}\n  version: {version}\n  build: '{build}'\n  build_number: 0\n" \
            f"  subdir: linux-64\n  sha256: {hashlib.sha256(file.read_bytes()).hexdigest()}\n"
    lock += f"      - pypi: {wheel}\n"
    entries += f"- pypi: {wheel}\n  name: pkg\n  version: '1.0'\n  sha256: {hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
    (folder / "pixi.lock").write_text(lock + "packages:\n" + entries)
    subprocess.run([program / "pixi-pack", "-q", "--no-config", "-p", "linux-64", "-o", folder / "pack.tar", folder], check=True)
    return (folder / "pack.tar").read_bytes()


def damaged(pack, number):
    """The pack with one to three things wrong."""
    rng = random.Random(number)
    data = bytearray(pack)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        if len(data) < 512:
            break
        place = rng.randrange(len(data))
        length = rng.choice([1, 2, 8, 100, 512, 4096])
        kind = rng.randrange(9)
        if kind == 0:
            data[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[place] = rng.choice([0, 0xFF, 0x7F, 0x80, 0x2F, 0x2E, 0x20, 0x30, 0x39])
        elif kind == 2:
            data[place:place] = rng.randbytes(length)
        elif kind == 3:
            del data[place:place + length]
        elif kind == 4:
            data[place:place] = data[place:place + length]
        elif kind == 5:
            del data[max(place, 1):]
        elif kind == 6:
            data[place:place + length] = bytes(len(data[place:place + length]))
        elif kind == 7:
            # Headers of tars: what they say of name, mode, size, kind and link, with a checksum that fits.
            start = place // 512 * 512
            header = bytearray(data[start:start + 512])
            if len(header) == 512:
                header[rng.choice([rng.randrange(0, 100), rng.randrange(100, 156), 156, 157])] = rng.randrange(256)
                header[148:156] = b"        "
                header[148:156] = b"%06o\0 " % sum(header)
                data[start:start + 512] = header
        else:
            first, second = (rng.randrange(len(data) // 512) * 512 for _ in range(2))
            data[first:first + 512], data[second:second + 512] = data[second:second + 512], data[first:first + 512]
    return bytes(data)


def tree(folder):
    """What is in a folder: kind, mode and content of everything."""
    found = {}
    for top, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(top, name)
            status = os.lstat(path)
            what = ""
            if stat.S_ISLNK(status.st_mode):
                what = os.readlink(path)
            elif stat.S_ISREG(status.st_mode):
                contents = pathlib.Path(path).read_bytes()
                if path.endswith("/conda-meta/history"):
                    contents = ENTRY_TIME.sub(b"", contents)
                what = hashlib.sha256(contents).hexdigest()
            found[os.path.relpath(path, folder)] = (status.st_mode, what)
    return found


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    top = pathlib.Path(tempfile.mkdtemp(prefix="pixi-pack-mutations-"))
    environment = {"HOME": str(top), "PATH": "/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no"}
    failures, succeeded = [], 0
    try:
        pack = make_pack(top, program)
        run = top / "run"
        run.mkdir()

        def unpack(*options):
            return subprocess.run(
                [program / "pixi-unpack", "-q", "-o", "out", *options, "pack.tar"], cwd=run, env=environment, timeout=20,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

        (run / "pack.tar").write_bytes(pack)
        outcome = unpack()
        if outcome.returncode != 0:
            sys.exit(f"error: the pack cannot be unpacked as it is: {outcome.stderr.decode()}")
        right = tree(run / "out")
        shutil.rmtree(run / "out")
        around = {path: what for path, what in tree(top).items() if path != "run/pack.tar"}
        for number in range(first, first + count):
            (run / "pack.tar").write_bytes(damaged(pack, number))
            wrong = None
            try:
                # Every other pack without its hashes, so that the damage reaches the readers behind them.
                is_verified = number % 2 == 0
                outcome = unpack() if is_verified else unpack("--no-verify")
                if outcome.returncode == 0:
                    succeeded += 1
                    found = tree(run / "out")
                    if is_verified and found != right:
                        names = [path for path in {**found, **right} if found.get(path) != right.get(path)]
                        wrong = f"succeeded with other contents: {', '.join(sorted(names)[:5])}"
                elif outcome.returncode not in STATUSES:
                    wrong = f"ended with {outcome.returncode}: {outcome.stderr[-300:]!r}"
                elif not outcome.stderr.startswith(b"Error: "):
                    wrong = f"failed without a message: {outcome.stderr[:200]!r}"
                elif (run / "out").exists() and any((run / "out").iterdir()):
                    wrong = f"failed and left {sorted(tree(run / 'out'))[:5]}"
            except subprocess.TimeoutExpired:
                wrong = "did not end within 20 seconds"
            shutil.rmtree(run / "out", ignore_errors=True)
            left = {path: what for path, what in tree(top).items() if path != "run/pack.tar"}
            if left != around and not wrong:
                wrong = f"wrote elsewhere: {sorted(set(left.items()) ^ set(around.items()))[:5]}"
            if wrong:
                failures.append(number)
                print(f"mutation {number}: {wrong}", flush=True)
                if left != around:
                    break
        print(f"{count} mutations: {succeeded} succeeded, {len(failures)} findings")
    finally:
        shutil.rmtree(top, ignore_errors=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
