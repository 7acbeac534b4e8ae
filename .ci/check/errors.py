#!/usr/bin/env python3
"""Usage: .ci/check/errors.py [--write | --missing]

Compares the messages of errors in Sources with docs/troubleshooting.md: each has to stand there, in one of the blocks
marked ```text, with … for what differs from case to case; and each line there has to be a message that exists.
--write makes it so (`make messages`): the blocks are made, what explains them is written. --missing prints the lines to
add, with the places they come from.
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


def listed(page):
    """The messages of a page: each with the number of its line and that of the heading it stands below."""
    inside, heading = False, 0
    for number, line in enumerate(page.splitlines()):
        if line.startswith("```"):
            inside = not inside and line == "```text"
        elif inside and line.strip():
            yield line.strip(), number, heading
        elif not inside and line.startswith("#"):
            heading = number


def renewed(page, places):
    """The page with the messages there are: what is none any more goes, a new one goes to its like, where most messages of
    the same file or folder stand. With it what was done, for a reader to look at."""
    lines, entries, notes, additions = page.splitlines(), list(listed(page)), [], {}
    known = {message for message, _, _ in entries}
    for message, place in places.items():
        if message in known:
            continue
        path = pathlib.PurePath(place.rpartition(":")[0])
        for likeness in (path, *path.parents):
            alike = [entry for entry in entries if entry[0] in places and places[entry[0]].startswith(str(likeness))]
            if alike:
                break
        headings = [heading for _, _, heading in alike]
        heading = max(headings, key=headings.count)
        last = max(number for _, number, below in alike if below == heading)
        additions.setdefault(last, []).append(message)
        notes.append(f"{lines[heading].lstrip('# ')}: + {message}")
    seen, result = set(), []
    gone = {number: message for message, number, _ in entries if message not in places or message in seen or seen.add(message)}
    for number, line in enumerate(lines):
        if number in gone:
            notes.append(f"- {gone[number]}")
        else:
            result.append(line)
        result += additions.get(number, [])
    return "\n".join(result) + "\n", notes


def main():
    page, places = PAGE.read_text(), found()
    new, notes = renewed(page, places)
    if "--missing" in sys.argv:
        known = {message for message, _, _ in listed(page)}
        print("\n".join(sorted(f"{place}: {message}" for message, place in places.items() if message not in known)))
        return 0
    print("".join(f"  docs/troubleshooting.md: {note}\n" for note in notes), end="")
    if "--write" in sys.argv:
        PAGE.write_text(new)
        return 0
    if notes:
        print("  `make messages` does that; then see whether cause and cure above fit each message.")
    return 1 if notes else 0


if __name__ == "__main__":
    sys.exit(main())
