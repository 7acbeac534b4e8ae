#!/usr/bin/env python3
"""Usage: Tests/Benchmark/figures.py [--check]

Copies the main figures of docs/benchmarks.md, which `make bench` writes, into README.md, between the marks. --check says
whether they are the same, and changes nothing.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHOWN = ("P1", "P1b", "P3", "P6", "P7", "P9")
MARKS = re.compile(r"(<!-- bench:begin -->\n)(.*?)(<!-- bench:end -->)", re.S)

source = MARKS.search((ROOT / "docs" / "benchmarks.md").read_text())[2]
rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in source.splitlines() if line.startswith("| P")]
table = [source.strip().splitlines()[0], "", "| what / against what | ratio | figures |", "| --- | --- | --- |"]
table += [f"| {row[1]} | {row[2]} | {row[4]} |" for row in rows if row[0] in SHOWN]
readme = ROOT / "README.md"
text = readme.read_text()
new = MARKS.sub(lambda match: match[1] + "\n".join(table) + "\n" + match[3], text)
if "--check" in sys.argv:
    sys.exit(0 if new == text else "  README.md: its figures are not those of docs/benchmarks.md; run Tests/Benchmark/figures.py")
readme.write_text(new)
