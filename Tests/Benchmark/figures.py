#!/usr/bin/env python3
"""Usage: Tests/Benchmark/figures.py [--check]

Copies the main figures of docs/benchmarks.md, which `make bench` writes, into README.md, between the marks. --check says
whether they are the same, and changes nothing.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What a stranger understands: key in the table, the row's words, what was done, by what else.
SHOWN = (
    ("P1", "", "unpack large packages", "the original's engines"),
    ("P1b", "", "unpack large packages", "py-rattler 0.28 `install`"),
    ("L2", "disk", "unpack 120,000 small files", "py-rattler 0.28 `install`"),
    ("P6", "", "pack from a cache, all verified", "`cat` and `sha256sum` beside each other"),
    ("P7", "", "download, all verified", "`curl --parallel`, nothing verified"),
)
MARKS = re.compile(r"(<!-- bench:begin -->\n)(.*?)(<!-- bench:end -->)", re.S)

source = MARKS.search((ROOT / "docs" / "benchmarks.md").read_text())[2]
rows = [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in source.splitlines() if line.startswith("| ")]


def shown(key, words, what, against):
    """A row of README's table; nothing if it was never measured."""
    for name, title, ratio, _, detail in (row for row in rows if len(row) == 5):
        if name == key and words in title:
            faster = float(ratio) if key == "P7" else 1 / float(ratio)
            times = re.match(r"[\d.]+ s / [\d.]+ s", detail)
            peak = re.search(r"(\d+ MB)(?: /|, from|$)", detail) or re.search(r"peak \| .*?\| *(\d+ MB)", source)
            memory = peak[1] if peak and key != "P6" else ""
            return f"| {what} | {against} | **{faster:.1f} ×** | {times[0] if times else ''} | {memory} |"
    return None


table = [source.strip().splitlines()[0], "", "| what | against what | as fast as that | times | memory |",
         "| --- | --- | --- | --- | --- |", *filter(None, (shown(*row) for row in SHOWN))]
readme = ROOT / "README.md"
text = readme.read_text()
new = MARKS.sub(lambda match: match[1] + "\n".join(table) + "\n" + match[3], text)
if "--check" in sys.argv:
    sys.exit(0 if new == text else "  README.md: its figures are not those of docs/benchmarks.md; run Tests/Benchmark/figures.py")
readme.write_text(new)
