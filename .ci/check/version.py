#!/usr/bin/env python3
"""Usage: .ci/check/version.py [ROOT]

The version and its day are in one place, Sources/PixiPackCLI/Program.swift. CHANGELOG.md begins with what is not released yet,
and then has this version, of this day.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import check  # noqa: E402


def findings(root):
    program = (root / "Sources/PixiPackCLI/Program.swift").read_text()
    changelog = (root / "CHANGELOG.md").read_text()
    version = re.search(r'static let version = "([^"]+)"', program)[1]
    day = re.search(r'static let date = "([^"]+)"', program)[1]
    headings = re.findall(r"^## (.+)$", changelog, re.M)
    if headings[:2] != ["Unreleased", f"{version} ({day})"]:
        yield f"CHANGELOG.md: its first sections are {', '.join(headings[:2])}, not Unreleased, {version} ({day})"
    for heading in headings[1:]:
        if not re.fullmatch(r"\d+\.\d+\.\d+ \(\d{4}-\d{2}-\d{2}\)", heading):
            yield f"CHANGELOG.md: '{heading}' is no version with its day"


if __name__ == "__main__":
    check(findings)
