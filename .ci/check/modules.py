#!/usr/bin/env python3
"""Usage: .ci/check/modules.py [ROOT]

Holds the imports of every Swift file below Sources and Tests against Package.swift: a module imports what is listed for it,
and what is listed is imported; it stands on a floor (`// Floor 2`) above the modules it uses, or behind them on the same one,
and docs/architecture.md has it on the same floor. Systems are told apart in files named `+Linux` and `+Darwin` only. No file
of a product ends the process (`fatalError`, `as!`). Text literals and comments do not count.
"""
import pathlib
import re
import sys

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])
from common import check  # noqa: E402
from swift_source import code  # noqa: E402

# What comes with the language.
SYSTEM = {"Swift", "Synchronization", "Testing"}
# Products of other packages and of the system, by the module that may use them: the C library goes by several names, and
# LibC is the one place that knows them.
EDGES = {"LibC": {"Glibc", "Darwin"}, "PixiPackCLI": {"FoundationEssentials"}}
IMPORT = re.compile(
    r"^\s*(?:@[A-Za-z_]+\s+)*(?:(?:public|internal|private|fileprivate|package)\s+)?import\s+(?:(?:struct|enum|class|func|protocol|let|var|typealias)\s+)?([A-Za-z0-9_]+)",
    re.M)

# Input must never end the process; swift-format finds `!` and `try!`.
TRAP = re.compile(r"\bas!|\b(?:fatalError|precondition|preconditionFailure|assert|assertionFailure)\(")
FLOOR = re.compile(r"^\| (\d+) \| `([\w-]+)` \|", re.M)


def targets(manifest):
    """Name, floor (None for tests), dependencies and folder (None for the usual one) of every target with Swift sources, in
    the order of the manifest."""
    floor, kind = None, None
    call = re.compile(r"// (Floor (\d+)|Tests|C libraries)\b|(?:^|\s)(module|tests)\(|\.(executableTarget|testTarget|target)\(\s*name: ")
    for match in call.finditer(manifest, manifest.index("targets: [")):
        if match[1]:
            floor, kind = (int(match[2]), "module") if match[2] else (None, match[1])
            continue
        depth, end = 1, manifest.index("(", match.start()) + 1
        while depth:
            depth += {"(": 1, ")": -1}.get(manifest[end], 0)
            end += 1
        block = re.sub(r"(?:swift|linker|c|cxx)Settings:(?:.|\n)*$", "", manifest[manifest.index("(", match.start()) : end])
        folder = re.search(r'\bpath: *"([^"]*)"', block)
        block = re.sub(r'(?:package|path): *"[^"]*"|exclude: [^\n]*', "", block)
        name, *dependencies = re.findall(r'"([^"]+)"', block)
        if match[3] == "tests":
            yield name + "Tests", None, {name, "LibC", "TestKit", *dependencies}, None
        elif match[4] == "testTarget" or kind == "module" or folder:
            yield name, floor if kind == "module" else None, set(dependencies), folder and folder[1]


def findings(root):
    plan = list(targets((root / "Package.swift").read_text()))
    if not plan:
        yield "Package.swift: no targets found"
    floors = {name: (floor, place) for place, (name, floor, *_) in enumerate(plan) if floor is not None}
    said = {name: int(floor) for floor, name in FLOOR.findall((root / "docs" / "architecture.md").read_text())}
    for name, (floor, _) in floors.items():
        if said.pop(name, None) != floor:
            yield f"docs/architecture.md does not have {name} on floor {floor}"
    for name in said:
        yield f"docs/architecture.md has {name} on a floor, which is no module"
    checked = set()
    for place, (name, floor, dependencies, folder) in enumerate(plan):
        for other in sorted(dependencies & floors.keys()):
            if floor is not None and floors[other] >= (floor, place):
                yield f"Package.swift: {name} depends on {other}, which is not on a lower floor"
        folder = next(path for path in (root / (folder or f"Sources/{name}"), root / "Tests" / name) if path.is_dir())
        used = set()
        for path in sorted(folder.rglob("*.swift")):
            checked.add(path)
            source = code(path.read_text())
            imports = set(IMPORT.findall(source))
            used |= imports
            if path.stem.split("+")[-1] not in ("Linux", "Darwin", "LibC") and re.search(r"#(?:else)?if .*(?:os\(|canImport\()", source):
                yield f"{path.relative_to(root)} tells systems apart: that belongs into files named +Linux and +Darwin"
            for unknown in sorted(imports - dependencies - SYSTEM - EDGES.get(name, set())):
                yield f"{path.relative_to(root)} imports {unknown}, which Package.swift does not list for {name}"
            for match in TRAP.finditer(source) if floor is not None else ():
                yield f"{path.relative_to(root)}:{source.count(chr(10), 0, match.start()) + 1} ends the process: {match[0]}"
        # Test targets list what the module under test lists.
        if floor is not None:
            for idle in sorted(dependencies - used):
                yield f"Package.swift: {name} lists {idle}, which none of its files imports"
    for path in sorted({*(root / "Sources").rglob("*.swift"), *(root / "Tests").rglob("*.swift")} - checked):
        yield f"{path.relative_to(root)} belongs to no target"


if __name__ == "__main__":
    check(findings)
