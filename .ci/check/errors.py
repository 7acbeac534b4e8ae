#!/usr/bin/env python3
"""Usage: .ci/check/errors.py [--missing]

Compares the messages of errors in Sources with docs/troubleshooting.md: each has to stand there, in one of the blocks
marked ```text, with … for what differs from case to case; and each line there has to be a message that exists.
--missing prints the lines to add, by the folder they come from.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from swift_source import read_literal, without_comments  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "troubleshooting.md"
# Whatever builds an error from a text: the text is the first argument.
CALLS = re.compile(
    r"(?<![\w.])(?:Failure|Failure\.overLimit|describing|ValidationError|UsageError)\((?:message: *)?"
    r"|(?<!func )\b(?:damaged|broken|failure|fail|malformed|invalid|unusable|refuse)\((?=\s*\"|\s*\n\s*\")"
)
SUBJECT = r"\w+ ['`]?[\w…]+['`]?"


def messages(text, position):
    """The patterns of the expression that begins at `position`: more than one where a condition chooses."""
    patterns, current, depth = [], [], 0
    plain = False

    def close():
        if current and any(part != "…" for part in current):
            patterns.append(re.sub("…+", "…", "".join(current)))
        current.clear()

    while position < len(text):
        character = text[position]
        if character == '"' or text.startswith('#"', position):
            words, position = read_literal(text, position)
            if depth == 0:
                current.append(words)
                plain = False
            continue
        if character in "([{":
            if depth == 0 and not plain:
                current.append("…")
                plain = True
            depth += 1
        elif character in ")]}":
            if depth == 0:
                break
            depth -= 1
        elif depth == 0:
            if character == ",":
                break
            if character == "+":
                plain = False
            elif character in "?:" and text[position - 1] == " ":
                if character == "?":
                    current.clear()
                else:
                    close()
                plain = False
            elif not character.isspace() and not plain:
                current.append("…")
                plain = True
        position += 1
    close()
    return patterns


def found():
    """Every message, with the first place it comes from."""
    places = {}
    for path in sorted((ROOT / "Sources").rglob("*.swift")):
        text = without_comments(path.read_text())
        for call in CALLS.finditer(text):
            for pattern in messages(text, call.end()):
                # One line, and no blanks that a place of its own would not show.
                pattern = pattern.split("\n")[0].strip()
                # A subject alone, such as a file's name, is no message.
                if len(re.findall(r"[^\W_]+", pattern)) > 1 and " " in pattern and not re.fullmatch(SUBJECT, pattern):
                    places.setdefault(pattern, f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, call.start()) + 1}")
    return places


def listed():
    lines, inside = [], False
    for line in PAGE.read_text().splitlines():
        if line.startswith("```"):
            inside = not inside and line == "```text"
        elif inside and line.strip():
            lines.append(line.strip())
    return lines


def main():
    places = found()
    lines = listed() if PAGE.exists() else []
    missing = {pattern: place for pattern, place in places.items() if pattern not in lines}
    if "--missing" in sys.argv:
        for pattern, place in sorted(missing.items(), key=lambda item: item[1]):
            print(f"{place}: {pattern}")
        return 0
    for pattern, place in missing.items():
        print(f"  {place}: not in docs/troubleshooting.md: {pattern}")
    for line in lines:
        if line not in places:
            print(f"  docs/troubleshooting.md: no such message any more: {line}")
    doubled = {line for line in lines if lines.count(line) > 1}
    for line in doubled:
        print(f"  docs/troubleshooting.md: listed twice: {line}")
    return 1 if missing or doubled or any(line not in places for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
