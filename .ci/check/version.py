#!/usr/bin/env python3
"""Usage: .ci/check/version.py [ROOT]

The version and its day are in one place, Sources/PixiPackCLI/Program.swift. CHANGELOG.md begins with what is not released yet,
and then has this version, of this day.
"""
import pathlib
import re
import sys


def findings(program, changelog):
    version = re.search(r'static let version = "([^"]+)"', program)[1]
    day = re.search(r'static let date = "([^"]+)"', program)[1]
    headings = re.findall(r"^## (.+)$", changelog, re.M)
    if headings[:2] != ["Unreleased", f"{version} ({day})"]:
        yield f"CHANGELOG.md: its first sections are {', '.join(headings[:2])}, not Unreleased, {version} ({day})"
    for heading in headings[1:]:
        if not re.fullmatch(r"\d+\.\d+\.\d+ \(\d{4}-\d{2}-\d{2}\)", heading):
            yield f"CHANGELOG.md: '{heading}' is no version with its day"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])
    program = (root / "Sources/PixiPackCLI/Program.swift").read_text()
    found = list(findings(program, (root / "CHANGELOG.md").read_text()))
    for finding in found:
        print(f"  {finding}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
