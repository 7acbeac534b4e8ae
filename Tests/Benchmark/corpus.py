"""Builds the benchmark's corpus from public registries, through pip and apt alone.

WORK/wheels, WORK/debs     what pip and apt delivered (kept between runs)
WORK/channel               conda packages made of them by rattler-build's assembler, and their repodata.json
WORK/pypi                  wheels that stay wheels
WORK/ws/pixi.{lock,toml}   a workspace over all of them, by relative paths
WORK/pack.tar              the pack of that workspace, made by the reference tools when they are at hand

The result resembles a data-science stack: CPython, numpy, scipy, pandas, pyarrow, polars, Debian trees with thousands of
headers, every seventh package a .tar.bz2.
"""
import asyncio
import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

WHEELS = """numpy pandas scipy scikit-learn jupyterlab sympy requests fastapi uvicorn pyarrow polars sqlalchemy django
networkx pytest rich black mypy boto3 sphinx dash bokeh dask distributed flask celery scrapy xarray seaborn altair nltk
pylint tox poetry hypothesis sphinx-rtd-theme httpx typer gunicorn aiohttp""".split()
DEBS = """libboost1.74-dev libllvm14 libicu-dev perl-modules-5.36 tzdata libqt5gui5 libgtk-3-common git vim-runtime
libstdc++-12-dev linux-libc-dev cmake-data golang-1.19-src emacs-common libnode108 ncurses-term""".split()
KEPT_WHEELS = 50
PYTHON = "3.11.2"
TIME = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
BZ2_EVERY = 7


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def fetch(work: pathlib.Path) -> None:
    if (work / "fetched").exists():
        return
    for folder in ("wheels", "debs"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--only-binary", ":all:", "--python-version", "3.11",
                    "--platform", "manylinux_2_28_x86_64", "--platform", "manylinux2014_x86_64", "-d", work / "wheels",
                    *WHEELS], check=True)
    for name in DEBS:
        got = subprocess.run(["apt-get", "download", "-q", name], cwd=work / "debs", capture_output=True)
        if got.returncode:
            print(f"left out: {name}", file=sys.stderr)
    (work / "fetched").touch()


class Assembler:
    def __init__(self, work: pathlib.Path):
        import rattler_build
        self.rb = rattler_build
        self.work, self.channel, self.stage = work, work / "channel", work / "stage"
        self.count = 0
        shutil.rmtree(self.channel, ignore_errors=True)
        for subdir in ("linux-64", "noarch"):
            (self.channel / subdir).mkdir(parents=True)

    def emit(self, name: str, version: str, subdir: str, build: str, depends: list, noarch=None, detect=False) -> None:
        self.count += 1
        kinds = self.rb.ArchiveType
        made = self.rb.assemble_package(
            name=name, version=version, target_platform=subdir, build_string=build, output_dir=self.channel,
            files_dir=self.stage, depends=depends, noarch=noarch, license="MIT", summary=f"{name} for measurements",
            compression_level=4, archive_type=kinds.TarBz2 if self.count % BZ2_EVERY == 0 else kinds.Conda,
            timestamp=TIME, detect_prefix=detect)
        path = pathlib.Path(made.path)
        target = self.channel / subdir / path.name
        if path != target and path.exists():
            shutil.move(path, target)

    def clean(self) -> None:
        shutil.rmtree(self.stage, ignore_errors=True)
        self.stage.mkdir()


def python_package(assembler: Assembler, ready: list) -> None:
    """The CPython of the shared data when it is there (real placeholders), else one made of Debian's packages."""
    if ready:
        shutil.copy(ready[0], assembler.channel / "linux-64")
        return
    assembler.clean()
    folder = assembler.work / "debs"
    tree = assembler.work / "python-tree"
    shutil.rmtree(tree, ignore_errors=True)
    for name in ("python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib", "libpython3.11-dev"):
        subprocess.run(["apt-get", "download", "-q", name], cwd=folder, check=True, capture_output=True)
        deb = next(folder.glob(f"{name}_*.deb"))
        subprocess.run(["dpkg", "-x", deb, tree], check=True)
        deb.unlink()
    shutil.copytree(tree / "usr", assembler.stage, symlinks=True, dirs_exist_ok=True)
    for link in [p for p in assembler.stage.rglob("*") if p.is_symlink() and not p.exists()]:
        link.unlink()
    assembler.emit("python", PYTHON, "linux-64", "h0_0_cpython", [])


def wheel_packages(assembler: Assembler, wheels: list) -> list:
    kept = []
    for wheel in wheels:
        dist, version, *_, platform = wheel.stem.split("-")
        pure = platform == "any"
        if pure and len(kept) < KEPT_WHEELS and normalised(dist)[0] in "abcdefghijklmnop":
            kept.append(wheel)
            continue
        assembler.clean()
        site = assembler.stage / ("site-packages" if pure else "lib/python3.11/site-packages")
        scripts = assembler.stage / ("python-scripts" if pure else "bin")
        with zipfile.ZipFile(wheel) as archive:
            for item in archive.infolist():
                if item.is_dir():
                    continue
                parts = item.filename.split("/")
                target = site.joinpath(*parts)
                if parts[0].endswith(".data"):
                    base = {"scripts": scripts, "data": assembler.stage, "headers": assembler.stage / "include"}
                    target = base.get(parts[1], site).joinpath(*parts[2:])
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(item))
                if scripts in target.parents:
                    target.chmod(0o755)
        assembler.emit(normalised(dist), re.sub(r"[^0-9A-Za-z_.!+]", "_", version), "noarch" if pure else "linux-64",
                       "pyh0_0" if pure else "py311h0_0", ["python >=3.9" if pure else "python >=3.11,<3.12.0a0"],
                       noarch="python" if pure else None)
    return kept


def debian_packages(assembler: Assembler, debs: list) -> None:
    tree = assembler.work / "deb-tree"
    for deb in debs:
        shutil.rmtree(tree, ignore_errors=True)
        subprocess.run(["dpkg", "-x", deb, tree], check=True)
        if not (tree / "usr").is_dir():
            continue
        assembler.clean()
        shutil.copytree(tree / "usr", assembler.stage, symlinks=True, dirs_exist_ok=True)
        for link in assembler.stage.rglob("*"):
            if link.is_symlink() and os.readlink(link).startswith("/"):
                link.unlink()
        name, version, _ = deb.name.split("_")
        version = re.sub(r"[^0-9A-Za-z.]+", "_", version.split("%3a")[-1])
        assembler.emit("deb-" + normalised(name).replace("+", "x"), version, "linux-64", "h0_0", [])
    shutil.rmtree(tree, ignore_errors=True)


def write_workspace(work: pathlib.Path, kept: list) -> None:
    """A version 6 lock with relative paths; wheels and packages lie beside the workspace."""
    environment, entries = [], []
    for subdir in ("linux-64", "noarch"):
        repodata = json.loads((work / "channel" / subdir / "repodata.json").read_text())
        records = {**repodata.get("packages", {}), **repodata.get("packages.conda", {})}
        for file, record in sorted(records.items()):
            environment.append(f"      - conda: ../channel/{subdir}/{file}")
            lines = [f"- conda: ../channel/{subdir}/{file}"]
            for key in ("name", "version", "build", "build_number", "subdir", "noarch", "md5", "sha256", "size", "license"):
                if record.get(key) is not None:
                    lines.append(f"  {key}: {json.dumps(record[key])}")
            lines.append(f"  depends: {json.dumps(record.get('depends', []))}")
            lines.append(f"  constrains: {json.dumps(record.get('constrains', []))}")
            entries += lines
    for wheel in kept:
        name, version = wheel.name.split("-")[:2]
        environment.append(f"      - pypi: ../pypi/{wheel.name}")
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        entries += [f"- pypi: ../pypi/{wheel.name}", f"  name: {normalised(name)}", f'  version: "{version}"',
                    f"  sha256: {digest}"]
    workspace = work / "ws"
    workspace.mkdir(exist_ok=True)
    (workspace / "pixi.lock").write_text("\n".join(
        ["version: 6", "environments:", "  default:", "    channels:", "    - url: https://channel.example/stack/",
         "    packages:", "      linux-64:", *environment, "packages:", *entries]) + "\n")
    (workspace / "pixi.toml").write_text('[workspace]\nname = "stack"\nchannels = []\nplatforms = ["linux-64"]\n')


def build(work: pathlib.Path, pythons: list) -> None:
    """Makes what is missing; a finished corpus is left alone."""
    if (work / "built").exists():
        return
    work.mkdir(parents=True, exist_ok=True)
    fetch(work)
    assembler = Assembler(work)
    python_package(assembler, pythons)
    kept = wheel_packages(assembler, sorted((work / "wheels").glob("*.whl")))
    debian_packages(assembler, sorted((work / "debs").glob("*.deb")))
    shutil.rmtree(assembler.stage, ignore_errors=True)
    os.chdir(work)  # the assembler leaves us in a stage that is gone
    import rattler
    asyncio.run(rattler.index.index_fs(assembler.channel))
    shutil.rmtree(work / "pypi", ignore_errors=True)
    (work / "pypi").mkdir()
    for wheel in kept:
        os.link(wheel, work / "pypi" / wheel.name)
    write_workspace(work, kept)
    print(f"corpus: {assembler.count + bool(pythons)} conda packages, {len(kept)} wheels", file=sys.stderr)
    (work / "built").touch()


if __name__ == "__main__":
    build(pathlib.Path(sys.argv[1]).resolve(), [pathlib.Path(p).resolve() for p in sys.argv[2:]])
