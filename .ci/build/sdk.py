#!/usr/bin/env python3
"""Usage: .ci/build/sdk.py TARGET [--pin]

Makes a Swift SDK for TARGET (linux-aarch64) for the Swift compiler on PATH and prints its folder, which is below
.build-deps and is made once. It consists of Debian's packages for that architecture: C libraries of the suite this machine
runs, and the static Swift runtime of a suite that has one. The system's own apt is not touched.

The packages are those of .ci/build/TARGET.packages (name, version, SHA-256, suite), which --pin writes anew. Where the
archive has replaced a version since, the newer one is taken, as apt's signatures vouch for it, and a note says so.
"""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGETS = {"linux-aarch64": ("aarch64-unknown-linux-gnu", "aarch64-linux-gnu", "arm64")}
# The first Debian with a Swift runtime for other architectures than amd64; it is stable, so that its version stays.
RUNTIME_SUITE = "trixie"
# GCC stands for the major version of this machine's compiler. The licence of libbz2-dev is in libbz2-1.0.
LIBRARIES = """libc6 libc6-dev linux-libc-dev gcc-GCC-base libgcc-GCC-dev libgcc-s1 libstdc++-GCC-dev libstdc++6
    libcrypt-dev libarchive-dev libzstd-dev libbz2-dev zlib1g-dev liblzma-dev nettle-dev libssl-dev libnghttp2-dev libyaml-dev
    libdeflate-dev libtomlplusplus-dev libbz2-1.0"""


def say(text):
    print(text, file=sys.stderr, flush=True)


def stop(message):
    sys.exit(f"error: {message}")


def run(*command, **options):
    """Runs a command; its output is shown only if it fails."""
    done = subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        stop(f"{' '.join(map(str, command))} ended with status {done.returncode}:\n{done.stdout}")
    return done.stdout


def os_release():
    return dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', pathlib.Path("/etc/os-release").read_text(), re.M))


def mirrors():
    """The archive and the security archive that this system's apt uses."""
    text = "\n".join(
        path.read_text() for path in [pathlib.Path("/etc/apt/sources.list"), *sorted(pathlib.Path("/etc/apt/sources.list.d").glob("*"))]
        if path.is_file())
    found = re.findall(r"^(?:URIs:\s*|deb\s+(?:\[[^\]]*\]\s*)?)(\S+)", text, re.M)
    archive = next((url for url in found if "security" not in url), None) or stop("apt has no archive of Debian packages")
    security = next((url for url in found if "security" in url), archive.rstrip("/") + "-security")
    return archive, security


class Apt:
    """An apt with lists of its own for one architecture."""

    def __init__(self, folder, architecture, lines):
        self.folder = folder
        for part in ("lists/partial", "cache/archives/partial"):
            (folder / part).mkdir(parents=True)
        (folder / "status").write_text("")
        (folder / "sources.list").write_text("".join(line + "\n" for line in lines))
        (folder / "apt.conf").write_text(
            f'Dir::State::Lists "{folder}/lists"; Dir::Cache "{folder}/cache"; Dir::State::status "{folder}/status";\n'
            f'Dir::Etc::sourcelist "{folder}/sources.list"; Dir::Etc::sourceparts "-";\n'
            f'APT::Architecture "{architecture}"; APT::Architectures {{ "{architecture}"; }}; APT::Sandbox::User "root";\n')
        self.environment = dict(os.environ, APT_CONFIG=str(folder / "apt.conf"))
        run("apt-get", "-q", "update", env=self.environment)

    def candidates(self, names):
        """Name, version and SHA-256 of each package as apt would install it."""
        text = run("apt-cache", "show", "--no-all-versions", *names, env=self.environment)
        found = {}
        for stanza in text.split("\n\n"):
            fields = dict(re.findall(r"^(Package|Version|SHA256): (\S+)$", stanza, re.M))
            if len(fields) == 3:
                found[fields["Package"]] = (fields["Version"], fields["SHA256"])
        missing = sorted(set(names) - set(found))
        if missing:
            stop(f"the archive has no {', '.join(missing)}")
        return found

    def download(self, packages, folder):
        """apt checks what it downloads against its signed lists."""
        run("apt-get", "-q", "download", *[f"{name}={version}" for name, version in packages], cwd=folder, env=self.environment)


def read_pins(path):
    pins = {}
    if path.exists():
        for line in path.read_text().splitlines():
            if line and not line.startswith("#"):
                name, version, digest, suite = line.split()
                pins[name] = (version, digest, suite)
    return pins


def fetch(target, folder, is_pinning):
    """Downloads the packages of a target into a folder."""
    _, _, architecture = TARGETS[target]
    release = os_release()
    archive, security = mirrors()
    suite = release.get("VERSION_CODENAME") or stop("/etc/os-release does not name the release of this Debian")
    line = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    path = HERE / f"{target}.packages"
    pins, chosen = read_pins(path), {}
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        for name, names, lines in (
            (suite, LIBRARIES.replace("GCC", run("gcc", "-dumpversion").split(".")[0].strip()).split(), [
                f"{line} {archive} {suite} main", f"{line} {archive} {suite}-updates main",
                f"{line} {security} {suite}-security main"]),
            (RUNTIME_SUITE, ["swiftlang"], [f"{line} {archive} {RUNTIME_SUITE} main"]),
        ):
            apt = Apt(pathlib.Path(scratch) / name, architecture, lines)
            found = apt.candidates(names)
            apt.download([(package, version) for package, (version, _) in found.items()], folder)
            chosen |= {package: (*values, name) for package, values in found.items()}
    for package, (version, digest, suite) in chosen.items():
        pin = pins.get(package)
        if is_pinning or pin == (version, digest, suite):
            continue
        if pin and (pin[0], pin[2]) == (version, suite):
            stop(f"{package} {version} of {suite} has the SHA-256 {digest}, not the pinned {pin[1]}")
        say(f"note: {package} is {version} of {suite} here, {f'{pin[0]} of {pin[2]}' if pin else 'none'} is pinned")
    for file in folder.glob("*.deb"):
        name = file.name.split("_")[0]
        # apt has compared it with its signed list; this is the same list once more, so that a pin is a promise.
        if hashlib.sha256(file.read_bytes()).hexdigest() != chosen[name][1]:
            stop(f"{file.name} has another SHA-256 than the archive's list says")
    if is_pinning:
        path.write_text(
            f"# The packages of the SDK for {target}: name, version, SHA-256, suite. Written by .ci/build/sdk.py {target} --pin.\n"
            + "".join(f"{name} {' '.join(chosen[name])}\n" for name in sorted(chosen)))


def note(deb, root):
    """Notes a package where dpkg-query --admindir finds it: which version it is, and which files are of it."""
    database = root / "var/lib/dpkg"
    (database / "info").mkdir(parents=True, exist_ok=True)
    fields = run("dpkg-deb", "-f", deb).rstrip("\n")
    name = re.search(r"^Package: (\S+)$", fields, re.M)[1]
    with (database / "status").open("a") as status:
        status.write(f"{fields}\nStatus: install ok installed\n\n")
    # The runtime's files lie elsewhere here, and listing so large a package takes half a minute.
    if name != "swiftlang":
        listing = run("dpkg-deb", "-c", deb)
        paths = [line.split(" -> ")[0].split(None, 5)[5].removeprefix(".").rstrip("/") for line in listing.splitlines()]
        (database / "info" / f"{name}.list").write_text("".join(f"{path or '/.'}\n" for path in paths))


def unpack(packages, root):
    """Makes the system root."""
    root.mkdir(parents=True)
    for deb in sorted(packages.glob("*.deb")):
        note(deb, root)
        if not deb.name.startswith("swiftlang_"):
            run("dpkg-deb", "-x", deb, root)
            continue
        # Its runtime, and the licence that goes with what is linked.
        aside = root.parent / "swiftlang"
        aside.mkdir()
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as stream:
            run("tar", "-x", "-C", aside, "--wildcards", "./usr/libexec/swift/lib/swift_static/*",
                "./usr/share/doc/swiftlang/copyright", stdin=stream.stdout)
        (aside / "usr/libexec/swift/lib/swift_static").rename(root / "usr/lib/swift_static")
        (aside / "usr/share/doc/swiftlang").rename(root / "usr/share/doc/swiftlang")
        shutil.rmtree(aside)


def prepare_runtime(target, root, usr):
    """Makes the runtime of one compiler usable for another: modules are compiled anew from their text interfaces."""
    triple, gnu, _ = TARGETS[target]
    static = root / "usr/lib/swift_static"
    linux = static / "linux"
    for name in ("clang", "embedded", "CoreFoundation", "_FoundationCShims", "_foundation_unicode"):
        path = static / name
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path, ignore_errors=True)
    for path in static.rglob("*"):
        if path.suffix in (".swiftmodule", ".swiftdoc") and path.is_file() or path.name.endswith(".abi.json"):
            path.unlink()
    # Foundation has no interfaces, and nothing of it is wanted; the type an importer asks for is in our stand-in.
    for pattern in ("Foundation*", "_Foundation*", "lib*Foundation*.a", "lib_CF*.a"):
        for path in linux.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (static / "clang").symlink_to(next(iter((usr / "lib/clang").glob("[0-9]*"))))
    # The runtime was linked with another ICU and for a newer glibc.
    arguments = linux / "static-executable-args.lnk"
    lines = [line for line in arguments.read_text().splitlines() if not line.startswith("-licu")]
    arguments.write_text("".join(f"{line}\n" + ("-lglibccompat\n" if line == "-lswiftCore" else "") for line in lines))
    # A protocol without code that later standard libraries have, and that swift-argument-parser names.
    for interface in (linux / "Swift.swiftmodule").glob("*.swiftinterface"):
        text = interface.read_text()
        if "protocol SendableMetatype" in text:
            continue
        text = text.replace(
            "public protocol _DestructorSafeContainer",
            "@_marker public protocol SendableMetatype : ~Swift.Copyable, ~Swift.Escapable {\n}\n"
            "public protocol _DestructorSafeContainer", 1)
        interface.write_text(text.replace(
            "@_marker public protocol Sendable {", "@_marker public protocol Sendable : Swift.SendableMetatype {"))
    with tempfile.TemporaryDirectory() as scratch:
        run(usr / "bin/clang", f"--target={gnu}", f"--sysroot={root}", "-Os", "-ffunction-sections", "-c",
            HERE / "glibc-compat.c", "-o", f"{scratch}/compat.o")
        run(usr / "bin/llvm-ar", "rcs", linux / "libglibccompat.a", f"{scratch}/compat.o")


def bundle(target, folder):
    """Writes what `swift build --swift-sdk` looks for (SE-0387)."""
    triple, _, _ = TARGETS[target]
    artifact = folder / f"sdks/{target}.artifactbundle"
    host = run("swiftc", "-print-target-info")
    host = re.search(r'"unversionedTriple"\s*:\s*"([^"]+)"', host)[1]
    (artifact / "info.json").write_text(
        '{"schemaVersion": "1.0", "artifacts": {"%s": {"type": "swiftSDK", "version": "1", "variants": [{"path": "sdk", '
        '"supportedTriples": ["%s"]}]}}}\n' % (target, host))
    (artifact / "sdk/swift-sdk.json").write_text(
        '{"schemaVersion": "4.0", "targetTriples": {"%s": {"sdkRootPath": "sysroot", '
        '"swiftResourcesPath": "sysroot/usr/lib/swift_static", "swiftStaticResourcesPath": "sysroot/usr/lib/swift_static", '
        '"toolsetPaths": ["toolset.json"]}}}\n' % triple)
    (artifact / "sdk/toolset.json").write_text(
        '{"schemaVersion": "1.0", "swiftCompiler": {"extraCLIOptions": ["-use-ld=lld"]}}\n')


def main():
    arguments = [word for word in sys.argv[1:] if word != "--pin"]
    is_pinning = "--pin" in sys.argv[1:]
    if len(arguments) != 1 or arguments[0] not in TARGETS:
        sys.exit(__doc__.split("\n")[0] + f"\n       TARGET is one of: {', '.join(TARGETS)}")
    target = arguments[0]
    swiftc = shutil.which("swiftc") or stop("there is no Swift toolchain on PATH")
    usr = pathlib.Path(swiftc).resolve().parent.parent
    recipe = hashlib.sha256(run("swiftc", "--version").encode())
    for path in (pathlib.Path(__file__), HERE / f"{target}.packages", HERE / "glibc-compat.c"):
        recipe.update(path.read_bytes() if path.exists() else b"")
    folder = ROOT / ".build-deps" / f"sdk-{target}-{recipe.hexdigest()[:8]}"
    if folder.exists() and not is_pinning:
        print(folder)
        return
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="building-", dir=folder.parent) as scratch:
        work = pathlib.Path(scratch)
        (work / "packages").mkdir()
        if is_pinning:
            return fetch(target, work / "packages", True)
        say(f"\n==> Making the SDK for {target} (once, about a minute)")
        fetch(target, work / "packages", False)
        root = work / f"sdk/sdks/{target}.artifactbundle/sdk/sysroot"
        unpack(work / "packages", root)
        prepare_runtime(target, root, usr)
        bundle(target, work / "sdk")
        (work / "sdk").rename(folder)
    print(folder)


if __name__ == "__main__":
    main()
