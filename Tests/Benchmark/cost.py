"""What the program costs in figures that do not depend on how busy the machine is: instructions, system calls and
bytes written, for a small corpus made here. Compares them with those noted in costs.json. Run it by `.ci/check/cost`.

One worker, no random hashing, no special instructions of the processor where they can be switched off: a figure differs
by less than a hundredth from machine to machine, and five hundredths are allowed.
"""
import argparse
import bz2
import hashlib
import io
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
NOTED = HERE / "costs.json"
SLACK = 0.05
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C", "NO_COLOR": "1",
    "SWIFT_DETERMINISTIC_HASHING": "1", "OPENSSL_ia32cap": "0:0",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX_Usable,-AVX2_Usable,-AVX,-AVX2,-ERMS,-FSRM,-AVX512F,-AVX512VL",
}
PLACEHOLDER = "/placeholder_" * 18


def words(noise: random.Random, size: int) -> bytes:
    """Something like source text."""
    stock = [bytes(noise.choices(range(97, 123), k=noise.randint(1, 10))) for _ in range(2000)]
    return b" ".join(noise.choices(stock, k=size // 6))[:size]


def binary(noise: random.Random, size: int) -> bytes:
    """Something like machine code: few values often, all values sometimes."""
    return bytes(noise.choices(range(256), weights=[400, *(256 // (i % 32 + 1) for i in range(1, 256))], k=size))


def tar_of(members: dict) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, content in members.items():
            info = tarfile.TarInfo(path)
            info.size, info.mode, info.mtime = len(content), 0o644, 1_700_000_000
            tar.addfile(info, io.BytesIO(content))
    return raw.getvalue()


def zstd(data: bytes) -> bytes:
    return subprocess.run(["zstd", "-q", "-3", "--single-thread", "-c"], input=data, capture_output=True, check=True).stdout


class Corpus:
    """Packages and a lock that names them."""

    def __init__(self, folder: pathlib.Path):
        self.folder, self.lines, self.entries = folder, [], []
        (folder / "channel" / "linux-64").mkdir(parents=True)
        self.make(random.Random(6))
        (folder / "ws").mkdir()
        (folder / "ws" / "pixi.lock").write_text("\n".join(
            ["version: 6", "environments:", "  default:", "    channels:", "    - url: https://channel.example/a/",
             "    packages:", "      linux-64:", *self.lines, "packages:", *self.entries]) + "\n")

    def make(self, noise: random.Random) -> None:
        """Forty packages, ten of them .tar.bz2, of 1,000 files and 20 MB."""
        for number in range(40):
            self.package(noise, f"part{number:02d}", number % 4 == 3, number == 0)

    def package(self, noise: random.Random, name: str, is_old: bool, is_large: bool) -> None:
        files, paths = {}, []
        for i in range(25):
            size = 2_000_000 if is_large and i == 0 else noise.choice([300, 2_000, 9_000, 40_000, 90_000])
            content = (binary if i % 3 == 0 else words)(noise, size)
            path = {"_path": f"lib/{name}/d{i % 4}/f{i}", "path_type": "hardlink", "size_in_bytes": size}
            if i % 8 == 1:
                content = PLACEHOLDER.encode() + content[len(PLACEHOLDER):]
                path |= {"prefix_placeholder": PLACEHOLDER, "file_mode": "text"}
            if len(content) > size:
                path["size_in_bytes"] = len(content)
            files[path["_path"]] = content
            paths.append(path | {"sha256": hashlib.sha256(content).hexdigest()})
        self.write(name, "1.0", files, paths, is_old)

    def write(self, name: str, version: str, files: dict, paths: list, is_old: bool = False, noarch: bool = False) -> None:
        record = {"name": name, "version": version, "build": "0", "build_number": 0, "depends": [], "subdir": "linux-64"}
        info = {"info/index.json": json.dumps(record).encode(),
                "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}).encode()}
        if noarch:
            record |= {"noarch": "python"}
            info |= {"info/index.json": json.dumps(record).encode(),
                     "info/link.json": b'{"noarch": {"type": "python"}, "package_metadata_version": 1}'}
        if is_old:
            file, data = f"{name}-{version}-0.tar.bz2", bz2.compress(tar_of({**info, **files}))
        else:
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as conda:
                for member, content in (("metadata.json", b'{"conda_pkg_format_version": 2}'),
                                        (f"pkg-{name}-{version}-0.tar.zst", zstd(tar_of(files))),
                                        (f"info-{name}-{version}-0.tar.zst", zstd(tar_of(info)))):
                    conda.writestr(zipfile.ZipInfo(member), content)
            file, data = f"{name}-{version}-0.conda", out.getvalue()
        (self.folder / "channel" / "linux-64" / file).write_bytes(data)
        self.lines.append(f"      - conda: ../channel/linux-64/{file}")
        self.entries += [f"- conda: ../channel/linux-64/{file}", f"  name: {name}", f"  version: '{version}'", "  build: '0'",
                         "  subdir: linux-64", f"  sha256: {hashlib.sha256(data).hexdigest()}", f"  size: {len(data)}"]
        if noarch:
            self.entries.append("  noarch: python")


class SmallFiles(Corpus):
    """Twenty packages for any Python, of 200 files of 3 kB each; and a Python that is none."""

    def make(self, noise: random.Random) -> None:
        text = words(noise, 400_000)
        self.write("python", "3.12.1", {"bin/python3.12": b"none"}, [{
            "_path": "bin/python3.12", "path_type": "hardlink", "size_in_bytes": 4,
            "sha256": hashlib.sha256(b"none").hexdigest()}])
        for number in range(20):
            files, paths = {}, []
            for i in range(200):
                size = int(noise.lognormvariate(7.5, 1))
                start = noise.randrange(300_000)
                content = text[start:start + size]
                path = f"site-packages/pkg{number}/m{i // 20}/file{i}.py"
                files[path] = content
                paths.append({"_path": path, "path_type": "hardlink", "size_in_bytes": len(content),
                              "sha256": hashlib.sha256(content).hexdigest()})
            self.write(f"pkg{number}", "1.0", files, paths, noarch=True)


def measure(name: str, command: list, again) -> dict:
    """Runs the command three times: for its instructions, its system calls, the bytes it writes."""
    def checked(prefix: list) -> str:
        again()
        done = subprocess.run([*prefix, *command], env=ENVIRONMENT, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"error: {name} failed: {' '.join(map(str, command))}\n{done.stderr[-3000:]}")
        return done.stderr

    with tempfile.NamedTemporaryFile("r") as notes:
        checked(["strace", "-f", "-c", "-U", "calls,name", "-o", notes.name])
        calls = {line.split()[-1]: int(line.split()[0]) for line in notes if re.match(r"\s*\d+\s+\w+$", line)}
    again()
    child = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # the counters outlive it until it is waited for
    written = int(re.search(r"wchar: (\d+)", pathlib.Path(f"/proc/{child.pid}/io").read_text())[1])
    child.wait()
    valgrind = checked(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"])
    return {"instructions": int(re.search(r"Collected : (\d+)", valgrind)[1]),
            "system calls": calls.pop("total", None) or sum(calls.values()), "bytes written": written}


def costs(packer: pathlib.Path, unpacker: pathlib.Path, work: pathlib.Path) -> dict:
    corpus, out, pack = Corpus(work / "corpus"), work / "out", work / "pack.tar"
    many = work / "many"
    many.mkdir()
    entry = "- conda: https://channel.example/a/linux-64/{0}-1-0.conda\n  sha256: {1}\n  depends:\n  - zlib >=1.2\n"
    names = [f"p{i:04d}" for i in range(2000)]
    (many / "pixi.lock").write_text(
        "version: 6\nenvironments:\n  default:\n    channels:\n    - url: https://channel.example/a/\n    packages:\n"
        "      linux-64:\n"
        + "".join(f"      - conda: https://channel.example/a/linux-64/{name}-1-0.conda\n" for name in names)
        + "packages:\n" + "".join(entry.format(name, hashlib.sha256(name.encode()).hexdigest()) for name in names))

    def fresh() -> None:
        subprocess.run(["rm", "-rf", out, pack], check=True)

    found = {"pack": measure("pack", [packer, corpus.folder / "ws", "-o", pack, "-q"], fresh)}
    found["list"] = measure("list", [packer, "list", many, "--platform", "linux-64"], lambda: None)
    fresh_out = lambda: subprocess.run(["rm", "-rf", out], check=True)
    found["unpack"] = measure("unpack", [unpacker, pack, "-o", out, "-q", "--jobs", "1"], fresh_out)
    small = work / "small.tar"
    subprocess.run(
        [packer, SmallFiles(work / "small").folder / "ws", "-o", small, "-q"], env=ENVIRONMENT, check=True)
    found["small files"] = measure("small files", [unpacker, small, "-o", out, "-q", "--jobs", "1"], fresh_out)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dist", type=pathlib.Path, help="folder of the release executables")
    parser.add_argument("--renew", action="store_true", help="note what is found as what is expected from now on")
    options = parser.parse_args()
    dist = options.dist.resolve()
    with tempfile.TemporaryDirectory(prefix="pixi-pack-cost-") as work:
        found = costs(dist / "pixi-pack", dist / "pixi-unpack", pathlib.Path(work))
    if options.renew:
        NOTED.write_text(json.dumps(found, indent=2) + "\n")
    noted = json.loads(NOTED.read_text())
    passed, failed = 0, []
    for command, figures in found.items():
        for figure, value in figures.items():
            expected = noted.get(command, {}).get(figure)
            if expected is None:
                print(f"{command:11} {figure:14} {value:>13,}  not noted yet (.ci/check/cost --renew)")
                continue
            change = value / expected - 1
            print(f"{command:11} {figure:14} {value:>13,}  noted {expected:>13,}  {change:+.1%}")
            if change > SLACK:
                failed.append(f"{command} needs {change:.1%} more {figure} than noted ({value:,}, not {expected:,})")
            else:
                passed += 1
                if change < -SLACK:
                    print(f"            (better than noted: .ci/check/cost --renew keeps it so)")
    for line in failed:
        print(f"error: {line}", file=sys.stderr)
    if failed:
        print("       Find out what made it dearer (valgrind --tool=callgrind, strace -c -f). If it is worth its price,\n"
              "       note the new figures with `.ci/check/cost --renew` and say why in the commit.", file=sys.stderr)
    print(f"{passed} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
