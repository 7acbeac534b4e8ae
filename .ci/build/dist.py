#!/usr/bin/env python3
"""Usage: .ci/build/dist.py OUTPUT TARGET=FOLDER...
       .ci/build/dist.py --source FILE

Writes the files of a release to the folder OUTPUT from executables that were built: FOLDER has pixi-pack, LICENSES.txt and
pixi-pack.cdx.json of TARGET (linux-64, linux-aarch64). The first one runs on this machine; its manual pages and completions
serve all. Made are, of each target, an archive with everything, pixi-unpack alone, its bill of materials, a .deb and an
.rpm; one archive of the sources; and SHA256SUMS, signed by the key of the file that MINISIGN_KEY names.

The same commit gives the same bytes, whatever the day and the folder: times are that of the commit, orders are those of
names, owners are root (https://reproducible-builds.org/docs/). With DIST_FAST nothing is compressed well, which is enough to see
whether that is true.
"""
import gzip
import hashlib
import io
import lzma
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DEBIAN = {"linux-64": "amd64", "linux-aarch64": "arm64"}
RPM = {"linux-64": "x86_64", "linux-aarch64": "aarch64"}
IS_FAST = bool(os.environ.get("DIST_FAST"))
SUMMARY = "pack conda environments of pixi into one file, and unpack them"
DESCRIPTION = """\
pixi-pack turns a pixi.lock into one file, and pixi-unpack turns that file
into a working conda environment on a machine without network, pixi or conda."""
MAINTAINER = "pixi-pack in Swift authors <pixi-pack@users.noreply.github.com>"


def stop(message):
    sys.exit(f"error: {message}")


def run(*command, **options):
    """Runs a command and returns what it prints; its own complaint is shown if it fails."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if done.returncode != 0:
        stop(f"{command[0]} ended with status {done.returncode}:\n{done.stdout.decode(errors='replace')}")
    return done.stdout


def write_tar(files, prefix, epoch):
    """An uncompressed tar of a map from path to bytes, link text (`-> x`) or executable bytes (`(bytes, 0o755)`)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        folders = set()
        for path in sorted(files):
            full = f"{prefix}{path}"
            for parent in reversed(pathlib.PurePosixPath(full).parents):
                if str(parent) != "." and parent not in folders:
                    folders.add(parent)
                    add(archive, f"{parent}", tarfile.DIRTYPE, 0o755, epoch)
            contents, mode = files[path] if isinstance(files[path], tuple) else (files[path], 0o644)
            if isinstance(contents, str):
                add(archive, full, tarfile.SYMTYPE, 0o777, epoch, link=contents)
            else:
                add(archive, full, tarfile.REGTYPE, mode, epoch, contents)
    return buffer.getvalue()


def add(archive, name, kind, mode, epoch, contents=b"", link=""):
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.mtime, entry.linkname, entry.size = kind, mode, epoch, link, len(contents)
    entry.uname = entry.gname = "root"
    archive.addfile(entry, io.BytesIO(contents))


def gzipped(contents):
    return gzip.compress(contents, 1 if IS_FAST and len(contents) > 1 << 20 else 9, mtime=0)


def xz(contents):
    return lzma.compress(contents, preset=0 if IS_FAST else 6)


def commit_time():
    return int(run("git", "-C", ROOT, "log", "-1", "--format=%ct"))


def source(version):
    """The sources of this commit, with those of what is built from sources in vendor/ (docs/packaging/vendor.md)."""
    prefix = f"pixi-pack-{version}/"
    if not (ROOT / ".git").exists():
        stop("the archive of the sources is made of a git checkout")
    files = tracked(ROOT, "")
    checkout = next((ROOT / path for path in (".build/checkouts", ".build-static/checkouts")
                     if (ROOT / path / "swift-argument-parser").is_dir()), None)
    if checkout is None:
        stop("the checkout of swift-argument-parser is missing: run make build")
    files |= {path: data for path, data in tracked(checkout / "swift-argument-parser", "vendor/swift-argument-parser/").items()
              # Its manifest names targets in all of them.
              if path.split("/")[2] in ("Sources", "Plugins", "Tools", "Examples", "Package.swift", "LICENSE.txt")}
    files["vendor/Package.resolved"] = (ROOT / "Package.resolved").read_bytes()
    files["vendor/README.md"] = (ROOT / "docs/packaging/vendor.md").read_bytes()
    curl_version = run("dpkg-query", "-W", "-f", "${source:Version}", "libcurl4-openssl-dev").decode()
    curl = ROOT / ".build-deps" / f"curl-{curl_version}-source"
    if not curl.is_dir():
        stop("the sources of libcurl are missing: run .ci/build/curl")
    files |= {f"vendor/curl/{path.name}": path.read_bytes() for path in curl.iterdir()}
    return gzipped(write_tar(files, prefix, commit_time()))


def tracked(folder, prefix):
    """The files of the commit that is checked out in a folder."""
    data = run("git", "-C", folder, "-c", "tar.umask=0022", "archive", "--format=tar", "HEAD")
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {
            prefix + entry.name: entry.linkname if entry.issym() else (archive.extractfile(entry).read(), entry.mode & 0o755)
            for entry in archive if not entry.isdir()
        }


class Release:
    def __init__(self, output, targets):
        self.output, self.targets = output, targets
        host = next(iter(targets.values()))
        words = run(host / "pixi-pack", "--version").decode().split()
        self.version = words[1]
        self.commit_time = commit_time()
        with tempfile.TemporaryDirectory() as scratch:
            programs = pathlib.Path(scratch, "bin")
            programs.mkdir()
            for name in ("pixi-pack", "pixi-unpack"):
                (programs / name).symlink_to((host / "pixi-pack").resolve())
            run("sh", HERE / "install-share", programs, pathlib.Path(scratch, "share"))
            self.share = {
                str(path.relative_to(scratch)): path.read_bytes()
                for path in pathlib.Path(scratch, "share").rglob("*")
                if path.is_file() and "share/doc/" not in str(path)
            }

    def installed(self, target):
        """The files below a prefix, by path."""
        folder = self.targets[target]
        files = dict(self.share)
        files["bin/pixi-pack"] = ((folder / "pixi-pack").read_bytes(), 0o755)
        files["bin/pixi-unpack"] = "pixi-pack"
        documents = {
            "LICENSE": ROOT / "LICENSE", "README.md": ROOT / "README.md", "CHANGELOG.md": ROOT / "CHANGELOG.md",
            "copyright": folder / "LICENSES.txt", "pixi-pack.cdx.json": folder / "pixi-pack.cdx.json",
            **{f"docs/{path.name}": path for path in (ROOT / "docs").glob("*.md")},
        }
        files |= {f"share/doc/pixi-pack/{name}": path.read_bytes() for name, path in documents.items()}
        # Where --create-executable for another platform looks, and what it says to download.
        files["lib/pixi-pack/SHA256SUMS"] = "".join(
            f"{hashlib.sha256(data).hexdigest()}  pixi-unpack-{name}\n" for name, data in self.others(target).items()).encode()
        return files

    def others(self, target):
        """The programs for other targets than this one."""
        return {name: (self.targets[name] / "pixi-pack").read_bytes() for name in sorted(self.targets) if name != target}

    def put(self, name, contents, mode=0o644):
        path = self.output / name
        path.write_bytes(contents)
        path.chmod(mode)

    def write(self):
        for target in self.targets:
            files = self.installed(target)
            folder = f"pixi-pack-{self.version}-{target}"
            # The archive has the programs for all targets, so that nothing is missing where there is no network.
            programs = {f"lib/pixi-pack/pixi-unpack-{name}": (data, 0o755) for name, data in self.others(target).items()}
            self.put(f"{folder}.tar.gz", gzipped(write_tar(files | programs, f"{folder}/", self.commit_time)))
            self.put(f"pixi-unpack-{target}", files["bin/pixi-pack"][0], 0o755)
            self.put(f"{folder}.cdx.json", (self.targets[target] / "pixi-pack.cdx.json").read_bytes())
            self.put(f"pixi-pack_{self.version}_{DEBIAN[target]}.deb", self.deb(target, files))
            self.rpm(target, files)
        self.put(f"pixi-pack-{self.version}-source.tar.gz", source(self.version))
        self.sign()

    def deb(self, target, files):
        """A Debian package (deb(5)): an ar archive of two tars."""
        tree = {}
        for path, contents in files.items():
            if path.startswith("share/man/"):
                path, contents = f"{path}.gz", gzipped(contents)
            elif path.startswith("share/zsh/"):
                path = path.replace("share/zsh/site-functions", "share/zsh/vendor-completions")
            elif path == "share/doc/pixi-pack/LICENSE":
                continue
            tree[f"usr/{path}"] = contents
        day = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(self.commit_time))
        tree["usr/share/doc/pixi-pack/changelog.gz"] = gzipped(
            f"pixi-pack ({self.version}) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- {MAINTAINER}  {day}\n".encode())
        tree["usr/share/lintian/overrides/pixi-pack"] = (
            b"# One file for every distribution, and it must run where nothing is installed.\n"
            b"pixi-pack: statically-linked-binary [usr/bin/pixi-pack]\n"
            b"pixi-pack: embedded-library *[usr/bin/pixi-pack]\n"
            b"# The file is for every distribution, and others have no common licences to point to.\n"
            b"pixi-pack: copyright-file-contains-full-apache-2-license\n"
            b"pixi-pack: copyright-file-contains-full-gpl-license\n")
        sizes = [len(data[0] if isinstance(data, tuple) else data) for data in tree.values()]
        sums = "".join(
            f"{hashlib.md5(data[0] if isinstance(data, tuple) else data).hexdigest()}  {path}\n"
            for path, data in sorted(tree.items()) if not isinstance(data, str))
        control = (
            f"Package: pixi-pack\nVersion: {self.version}\nArchitecture: {DEBIAN[target]}\nMaintainer: {MAINTAINER}\n"
            f"Installed-Size: {sum((size + 1023) // 1024 for size in sizes)}\nSection: utils\nPriority: optional\n"
            f"Description: {SUMMARY}\n" + "".join(f" {line}\n" for line in DESCRIPTION.splitlines()))
        parts = [
            ("debian-binary", b"2.0\n"),
            ("control.tar.xz", xz(write_tar({"control": control.encode(), "md5sums": sums.encode()}, "./", self.commit_time))),
            ("data.tar.xz", xz(write_tar(tree, "./", self.commit_time))),
        ]
        archive = b"!<arch>\n"
        for name, contents in parts:
            archive += f"{name:<16}{self.commit_time:<12}0     0     100644  {len(contents):<10}`\n".encode() + contents
            archive += b"\n" * (len(contents) % 2)
        return archive

    def rpm(self, target, files):
        """A package for rpm, by rpmbuild: its format is not ours to write."""
        with tempfile.TemporaryDirectory() as scratch:
            top = pathlib.Path(scratch)
            tree = top / "tree"
            listed = []
            for path, contents in sorted(files.items()):
                place = tree / "usr" / path
                place.parent.mkdir(parents=True, exist_ok=True)
                if isinstance(contents, str):
                    place.symlink_to(contents)
                else:
                    data, mode = contents if isinstance(contents, tuple) else (contents, 0o644)
                    place.write_bytes(data)
                    place.chmod(mode)
                listed.append(f"/usr/{path}")
            day = time.strftime("%a %b %d %Y", time.gmtime(self.commit_time))
            (top / "pixi-pack.spec").write_text(
                "%global debug_package %{nil}\n%global __os_install_post %{nil}\n%global _build_id_links none\n"
                f"Name: pixi-pack\nVersion: {self.version}\nRelease: 1\nSummary: {SUMMARY}\nLicense: BSD-3-Clause\n"
                f"AutoReqProv: no\n\n%description\n{DESCRIPTION}\n\n%install\ncp -a {tree}/. %{{buildroot}}/\n\n"
                "%files\n" + "".join(f"{path}\n" for path in listed)
                + f"\n%changelog\n* {day} pixi-pack in Swift authors - {self.version}-1\n- See CHANGELOG.md\n")
            run("rpmbuild", "-bb", "--target", RPM[target], "--define", f"_topdir {top}/build",
                "--define", "use_source_date_epoch_as_buildtime 1", "--define", "clamp_mtime_to_source_date_epoch 1",
                "--define", "_buildhost reproducible", "--define", f"_binary_payload w{3 if IS_FAST else 19}.zstdio",
                top / "pixi-pack.spec", env=dict(os.environ, SOURCE_DATE_EPOCH=str(self.commit_time)))
            made = next((top / "build/RPMS").rglob("*.rpm"))
            self.put(made.name, made.read_bytes())

    def sign(self):
        names = sorted(path.name for path in self.output.iterdir() if not path.name.startswith("SHA256SUMS"))
        sums = "".join(f"{hashlib.sha256((self.output / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
        self.put("SHA256SUMS", sums.encode())
        key = os.environ.get("MINISIGN_KEY")
        if key is None:
            print("note: SHA256SUMS is not signed: MINISIGN_KEY names no key", file=sys.stderr)
            return
        # The program's own format of signatures is minisign's.
        run("minisign", "-S", "-s", key, "-m", self.output / "SHA256SUMS", "-t", f"pixi-pack {self.version}",
            input=(os.environ.get("MINISIGN_PASSWORD", "") + "\n").encode())


def main():
    if sys.argv[1:2] == ["--source"] and len(sys.argv) == 3:
        pathlib.Path(sys.argv[2]).write_bytes(source("source"))
        return
    if len(sys.argv) < 3 or any("=" not in word for word in sys.argv[2:]):
        sys.exit(__doc__.split("\n")[0])
    targets = {word.split("=", 1)[0]: pathlib.Path(word.split("=", 1)[1]).resolve() for word in sys.argv[2:]}
    unknown = sorted(set(targets) - set(DEBIAN))
    if unknown:
        stop(f"unknown target: {', '.join(unknown)}; there are {', '.join(DEBIAN)}")
    output = pathlib.Path(sys.argv[1])
    if output.exists():
        shutil.rmtree(output)
    output.mkdir(parents=True)
    release = Release(output.resolve(), targets)
    release.write()
    for path in sorted(output.iterdir()):
        print(f"{path.stat().st_size:>10}  {path.name}")


if __name__ == "__main__":
    main()
