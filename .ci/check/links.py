#!/usr/bin/env python3
"""Usage: .ci/check/links.py [ROOT]

Checks that links between documents lead somewhere: in Markdown files the targets of links, in sources, tests and scripts
every `docs/NAME.md` and `docs/NAME.md#anchor` they cite, and everywhere the scripts, below `.ci` and `Tests`; in Markdown
files the tests they name, `NameTests` and “title”s behind it. Anchors are those of headings, as GitHub makes them, and ids
that are written out (<a id="…">). Pages of the web are not asked for.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import check  # noqa: E402

CITED = re.compile(r"\bdocs/[\w./-]+\.md(?:#[\w-]+)?")
# Scripts and what lies with them; names in capitals and a choice in braces stand for more than one file.
SCRIPT = re.compile(r"(?<![\w/.$-])(?:\./)?((?:\.ci|Tests/(?:Benchmark|Conformance|Fuzz|Mutations|Release|Scripts|Servers))/[\w./-]*\w)(?![\w{*])")
LINK = re.compile(r"\]\(([^()\s]+(?:\([^()\s]*\))?)\)")
# The tests a document names: `NameTests`, then “title” and more of them.
TESTS = re.compile(r"`(\w+Tests)(?:\.swift)?`((?:[:,]? “[^”]+”)*)")
CODE = {".swift", ".c", ".h", ".cpp", ".inc", ".py", ".sh", ""}


def slug(heading):
    """What GitHub makes of a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def prose(text):
    """A Markdown text without its blocks of code, line by line, and without code in the line."""
    fence = None
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if mark and fence in (None, mark[1]):
            fence = None if fence else mark[1]
        elif fence is None and not line.startswith("    "):
            yield number, re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line), line


def anchors(path, known={}):
    if path not in known:
        found, seen = set(), {}
        for _, _, line in prose(path.read_text()):
            found.update(re.findall(r'<a id="([^"]+)"', line))
            if heading := re.match(r"#{1,6}\s+(.+?)\s*#*$", line):
                name = slug(heading[1])
                count = seen.get(name, 0)
                seen[name] = count + 1
                found.add(f"{name}-{count}" if count else name)
        known[path] = found
    return known[path]


def wrong(root, place, target):
    """Why `target`, relative to the folder `place`, leads nowhere; None if it leads somewhere."""
    file, _, anchor = target.partition("#")
    path = (place / file).resolve() if file else None
    if not path.exists():
        return f"there is no {file}"
    if anchor and path.suffix == ".md" and anchor not in anchors(path):
        return f"{path.relative_to(root)} has no anchor #{anchor}"
    return None


def findings(root):
    folders = [root / name for name in (".ci", "Sources", "Tests")]
    pages = sorted([*root.glob("*.md"), *(path for folder in (root / "docs", *folders) for path in folder.rglob("*.md"))])
    for path in pages:
        for number, text, _ in prose(path.read_text()):
            for target in LINK.findall(text):
                if re.match(r"[a-z]+:", target):
                    continue
                complete = path.name + target if target.startswith("#") else target
                if reason := wrong(root, path.parent, complete):
                    yield f"{path.relative_to(root)}:{number}: {reason}"
        for number, _, line in prose(path.read_text()):
            for name, titles in TESTS.findall(line):
                # More than one module may have tests of that name.
                sources = [file.read_text() for file in (root / "Tests").rglob(f"{name}.swift")]
                if not sources and not (root / "Tests" / name).is_dir():
                    yield f"{path.relative_to(root)}:{number}: there is no test {name}"
                for title in re.findall("“([^”]+)”", titles):
                    if sources and not any(title in source for source in sources):
                        yield f"{path.relative_to(root)}:{number}: {name} has no test “{title}”"
        ids = re.findall(r'<a id="([^"]+)"', path.read_text())
        for name in sorted({name for name in ids if ids.count(name) > 1}):
            yield f"{path.relative_to(root)}: the anchor #{name} stands there twice"
    files = [root / "Package.swift", root / "Makefile", *(path for folder in folders for path in folder.rglob("*"))]
    for path in sorted([*files, *pages]):
        # This script and its test have links that lead nowhere.
        if not path.is_file() or path.suffix not in CODE | {".md"} or path.name in ("links.py", "test_scripts.py"):
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            targets = SCRIPT.findall(line) + (CITED.findall(line) if path.suffix != ".md" else [])
            for target in targets:
                if re.search(r"/[A-Z]+(\.packages)?$", target):
                    continue
                if reason := wrong(root, root, target):
                    yield f"{path.relative_to(root)}:{number}: {reason}"


if __name__ == "__main__":
    check(findings)
