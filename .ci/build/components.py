#!/usr/bin/env python3
"""Usage: .ci/build/components.py MAP OUTPUT
       .ci/build/components.py --changed MAP

Writes what the release executable consists of, with versions and licence texts, as the bytes that Sources/CComponents
includes: gzip of a JSON document, as a list of numbers. Nothing is listed by hand: MAP, the linker's map of the
executable, says which libraries are in it; dpkg says which package and version each is of, the package's copyright file
under which licence. The same packages give the same bytes.

Ends with status 3 if OUTPUT had another content before: the executable has to be linked once more. --changed prints the
libraries that were installed after MAP was written, so that the executable has older ones; SwiftPM does not look.
"""
import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where the linked libraries were installed: this machine, or the system root of an SDK, which has a dpkg database, too.
SYSTEM = os.environ.get("SYSTEM_ROOT", "")
CURL = "libcurl4-openssl-dev"
# Where copies of what is built on lie, in the archive of the sources.
VENDOR = os.environ.get("VENDOR", "")
COMMON = pathlib.Path("/usr/share/common-licenses")
# Licences of copyright files that are not in Debian's machine-readable form, by source package.
UNSTRUCTURED = {
    "glibc": "LGPL-2.1-or-later",
    "gcc": "GPL-3.0-or-later WITH GCC-exception-3.1",
}
# What Debian's copyright format calls a licence, and what SPDX does.
NAMES = {
    "apache-2.0": "Apache-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-variant": "bzip2-1.0.6",
    "curl": "curl",
    "expat": "MIT",
    "gpl-2": "GPL-2.0-only",
    "pd": "LicenseRef-public-domain",
    "zlib": "Zlib",
}
# The full text that a copyright file points to.
TEXTS = {"Apache-2.0": "Apache-2.0", "LGPL-2.1-or-later": "LGPL-2.1", "GPL-3.0-or-later": "GPL-3"}
SWIFT_LICENCE = "Apache-2.0 WITH Swift-exception"


def stop(message):
    sys.exit(f"error: {message}")


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout


def linked(map_file):
    """The files whose sections are in the executable: archives, and objects by the folder of their target."""
    archives, targets = set(), set()
    with open(map_file, errors="replace") as lines:
        for line in lines:
            found = re.search(r"(\S+?\.(?:a|o))(?:\(([^()]*)\))?:\(", line)
            if not found:
                continue
            path = found[1]
            target = re.search(r"([^/]+)\.build/", path)
            if target:
                targets.add(target[1])
            elif path.startswith("/"):
                archives.add(path)
    return archives, targets


def dpkg_query(*arguments):
    return ["dpkg-query", *([f"--admindir={SYSTEM}/var/lib/dpkg"] if SYSTEM else []), *arguments]


def inside(path):
    """A path of this machine as the system has it that the libraries were installed in."""
    return path.removeprefix(SYSTEM) if SYSTEM else path


def owner(path):
    """The Debian package that has installed a file, or None."""
    resolved = str(pathlib.Path(path).resolve())
    path, resolved = inside(path), inside(resolved)
    for name in dict.fromkeys([path, resolved, "/usr" + path, resolved.replace("/usr/lib", "/lib", 1)]):
        found = subprocess.run(dpkg_query("-S", name), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if found.returncode == 0:
            return found.stdout.split(": ")[0].split(",")[0]
    return None


def licence_of(source, copyright_text):
    """The licence of what a package builds, as an SPDX expression."""
    family = re.sub(r"-\d+$", "", source)
    if family in UNSTRUCTURED:
        return UNSTRUCTURED[family]
    stanza = re.search(r"^Files:\s*\*\s*\n(?:.+\n)*?License:[ \t]*(.+)$", copyright_text, re.M)
    words = re.split(r"\s+(or|and)\s+", stanza[1].strip(), flags=re.I) if stanza else []
    parts = [word.upper() if word.lower() in ("or", "and") else NAMES.get(word.lower()) for word in words]
    if not parts or None in parts:
        stop(
            f"the licence of {source} is not known: {stanza[1] if stanza else 'no line for all files'}; "
            f"read its copyright file and add the name to {pathlib.Path(__file__).name}")
    return " ".join(parts)


def debian(packages, libraries):
    """One component for each source package."""
    fields = "${source:Package}\t${source:Version}\t${Version}\t${Architecture}"
    components = {}
    release = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', pathlib.Path("/etc/os-release").read_text(), re.M))
    distribution = f"{release.get('ID', 'debian')}-{release.get('VERSION_ID', '')}"
    for package in sorted(packages):
        # Our libcurl is built here from the source of this machine's package, whichever system it is for.
        is_ours = package == CURL
        query = ["dpkg-query"] if is_ours else dpkg_query()
        source, version, binary, _ = output(*query, "-W", "-f", fields, package).split("\t")
        name = package.split(":")[0]
        text = pathlib.Path(("" if is_ours else SYSTEM) + "/usr/share/doc", name, "copyright").read_text()
        component = components.setdefault(source, {
            "name": source,
            "version": version,
            "license": licence_of(source, text),
            "purl": f"pkg:deb/{release.get('ID', 'debian')}/{source}@{quoted(version)}?arch=source&distro={distribution}",
            "libraries": [],
            "packages": [],
            "texts": [text],
        })
        component["libraries"] += libraries[package]
        component["packages"].append({"name": name, "version": binary})
        if text not in component["texts"]:
            component["texts"].append(text)
    for component in components.values():
        component["libraries"] = sorted(set(component["libraries"]))
        for word in re.split(r"[ ()]+", component["license"]):
            if word in TEXTS:
                component["texts"].append((COMMON / TEXTS[word]).read_text())
    return list(components.values())


def quoted(version):
    """A version in a package URL."""
    return re.sub(r"[^A-Za-z0-9.~_+:-]", lambda match: f"%{ord(match[0]):02X}", version).replace("+", "%2B")


def toolchain(archives):
    """The libraries of the Swift toolchain, or of the package that an SDK has them of."""
    libraries = sorted({pathlib.Path(path).name for path in archives if path.endswith(".a")})
    if SYSTEM:
        version = output(*dpkg_query("-W", "-f", "${Version}", "swiftlang"))
        return {
            "name": "swift",
            "version": version.split("-")[0],
            "license": SWIFT_LICENCE,
            "purl": f"pkg:deb/debian/swiftlang@{quoted(version)}?arch=source",
            "libraries": libraries,
            "packages": [{"name": "swiftlang", "version": version}],
            "texts": [pathlib.Path(SYSTEM, "usr/share/doc/swiftlang/copyright").read_text()],
        }
    # Not by the places of the archives: some are copies in the checkout.
    compiler = pathlib.Path(shutil.which("swiftc") or stop("there is no Swift toolchain on PATH")).resolve()
    usr = compiler.parents[1]
    version = re.search(r"Swift version (\S+)", output(str(compiler.with_name("swiftc")), "--version"))[1]
    return {
        "name": "swift",
        "version": version,
        "license": SWIFT_LICENCE,
        "purl": f"pkg:generic/swift@{version}?download_url=https://www.swift.org/install/",
        "libraries": libraries,
        "packages": [],
        "texts": [(usr / "share" / "swift" / "LICENSE.txt").read_text()],
    }


def swift_packages(targets, checkouts):
    """The packages of Package.resolved of which a target is in the executable. The archive of the sources has copies."""
    for pin in json.loads((ROOT / VENDOR / "Package.resolved").read_text())["pins"]:
        name = pin["location"].split("/")[-1].removesuffix(".git")
        checkout = (ROOT / VENDOR if VENDOR else checkouts) / name
        own = sorted(name for name in targets if (checkout / "Sources" / name).is_dir())
        if own:
            place = pin["location"].removeprefix("https://").removesuffix(".git")
            yield {
                "name": pin["identity"],
                "version": pin["state"]["version"],
                "license": SWIFT_LICENCE if "Runtime Library Exception" in (checkout / "LICENSE.txt").read_text() else stop(
                    f"the licence of {pin['identity']} is not known: read it and teach {pathlib.Path(__file__).name}"),
                "purl": f"pkg:swift/{place}@{pin['state']['version']}",
                "libraries": own,
                "packages": [],
                "texts": [(checkout / "LICENSE.txt").read_text()],
            }


def header_packages(build):
    """Packages that are headers alone, such as toml++: what C++ of ours includes, besides the compiler's and the system's."""
    headers = {
        word
        for file in build.glob("C*.build/**/*.d")
        for word in map(inside, file.read_text().replace("\\\n", " ").split())
        if word.startswith("/usr/include/") and not word.startswith(("/usr/include/c++/", "/usr/include/x86_64", "/usr/include/aarch64"))
    }
    folders = {}
    for header in sorted(headers):
        folders.setdefault(pathlib.Path(header).parent, header)
    packages = {owner(header) for header in folders.values()} - {None}
    # Declarations of the kernel's interface.
    return {package for package in packages if not package.startswith("linux-libc-dev")}


def changed(map_file):
    """Libraries that were put in their place after the link. Their own times are those of their making."""
    time = pathlib.Path(map_file).stat().st_mtime
    for path in sorted(linked(map_file)[0]):
        file = pathlib.Path(path)
        if not file.exists() or file.stat().st_ctime > time:
            yield path


def collect(map_file):
    archives, targets = linked(map_file)
    build = pathlib.Path(map_file).parent / "release"
    checkouts = pathlib.Path(map_file).parent / "checkouts"
    swift, libraries = [], {}
    for path in sorted(archives):
        # The stand-in for FoundationEssentials is of this project.
        if path.endswith("/libPixiPackFoundation.a"):
            continue
        if "/swift_static/" in path:
            swift.append(path)
            continue
        own = re.search(r"/\.build-deps/curl-(.+)-[0-9a-f]{8}(?:-linux-\w+)?/", path)
        package = CURL if own else owner(path)
        if package is None:
            stop(f"no package has installed {path}")
        if own and own[1] != output("dpkg-query", "-W", "-f", "${source:Version}", CURL):
            stop(f"the static libcurl is of another version than {CURL}: run .ci/build/curl")
        libraries.setdefault(package, []).extend([pathlib.Path(path).name] if path.endswith(".a") else [])
    for package in header_packages(build):
        libraries.setdefault(package, [])
    components = debian(libraries, libraries) + [toolchain(swift)] + list(swift_packages(targets, checkouts))
    return sorted(components, key=lambda component: component["name"])


def main(map_file, output_file):
    components = collect(map_file)
    texts = []
    own = (ROOT / "LICENSE").read_text()
    for component in components:
        places = []
        for text in component.pop("texts"):
            text = text.replace("\r\n", "\n").replace("\t", "    ").strip("\n") + "\n"
            if text not in texts:
                texts.append(text)
            places.append(texts.index(text))
        component["texts"] = places
    document = {"license": own, "components": components, "texts": texts}
    data = gzip.compress(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), 9, mtime=0)
    lines = [",".join(map(str, data[start : start + 40])) for start in range(0, len(data), 40)]
    new = ",\n".join(lines) + ",\n"
    path = pathlib.Path(output_file)
    if path.exists() and path.read_text() == new:
        return 0
    path.write_text(new)
    print(f"{len(components)} components, {len(data)} bytes with the texts of their licences")
    return 3


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--changed":
        for path in changed(sys.argv[2]):
            print(path)
        sys.exit()
    if len(sys.argv) != 3:
        sys.exit(__doc__.split("\n")[0])
    sys.exit(main(*sys.argv[1:]))
