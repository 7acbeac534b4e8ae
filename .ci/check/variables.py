#!/usr/bin/env python3
"""Usage: .ci/check/variables.py [ROOT]

Every environment variable the sources read stands in the manual pages (Sources/PixiPackCLI/Help/ManualText.swift), and none that is
not read. A variable is read where one of the functions below gets its name, or where its name stands as a text of its own.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import check  # noqa: E402

MANUAL = "Sources/PixiPackCLI/Help/ManualText.swift"

READERS = re.compile(r'(?:getenv|variable|environmentValue|environment|current)[(\[]"([A-Za-z_][A-Za-z0-9_]*)"')
ALONE = re.compile(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"')
SHELL = re.compile(r"\$\{?([A-Z][A-Z0-9_]{2,})")

# Written as texts, and no variables that are read: set by us, or by a shell for itself; REQUEST_METHOD stands in a sentence.
SET = {"REQUEST_METHOD", "BASH_VERSION", "ZSH_VERSION", "POSIXLY_CORRECT", "CONDA_SHLVL", "CONDA_PREFIX", "ROOT_PREFIX", "PKG_NAME", "PKG_VERSION", "PKG_BUILDNUM", "DEPENDS_ON"}
OTHER = re.compile(r"PIXI_PACK_FAULT.*|PIXI_PACK_|PYTHON.*|GIT_.*|DOCUMENT.*|.*_OF|PACKAGE_MANAGER|.*_SCRIPT")
# Of markers in requirements of Python, not of the process.
MARKERS = {"extra", "python_version", "python_full_version", "implementation_version"}
# Placeholders of shortcuts (menuinst), not variables of the process.
MARKERS |= {"BASE_PREFIX", "DISTRIBUTION_NAME", "ENV_NAME", "BASE_PYTHON", "MENU_DIR", "MENU_ITEM_LOCATION", "BIN_DIR", "ICON_EXT", "SP_DIR", "PY_VER"}


def read(root, paths):
    """Each variable with the first place that reads it."""
    found = {}
    for path in paths:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.lstrip().startswith("//"):
                continue
            names = READERS.findall(line) + ALONE.findall(line)
            if "SelfExtract" in path.parts and "Unix" in path.name:
                names += SHELL.findall(line)
            for name in names:
                if name in SET or name in MARKERS or OTHER.fullmatch(name):
                    continue
                found.setdefault(name, f"{path.relative_to(root)}:{number}")
    return found


def findings(root):
    # The first part of each pair is the names.
    pairs = re.findall(r'\(\s*"([A-Z_a-z0-9, ]+)",\s*"', (root / MANUAL).read_text())
    said = set(re.findall(r"[A-Za-z_][A-Za-z0-9_]{2,}", " ".join(pairs)))
    said |= {name.upper() for name in said if name.endswith("_proxy")}
    paths = [path for path in sorted((root / "Sources").rglob("*.swift")) if path != root / MANUAL]
    found = read(root, paths)
    for name, place in found.items():
        if name not in said:
            yield f"{place}: not in the manual page: {name}"
    everything = "\n".join(path.read_text() for path in paths)
    for name in sorted(said):
        if name in found or not re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*|[a-z]+_proxy", name):
            continue
        # Those with many names have only their beginning in the sources.
        if name not in everything and not (name.startswith("CONDA_OVERRIDE_") and "CONDA_OVERRIDE_" in everything):
            yield f"in the manual page, and read nowhere: {name}"


if __name__ == "__main__":
    check(findings)
