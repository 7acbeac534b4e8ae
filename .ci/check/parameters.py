#!/usr/bin/env python3
"""Usage: .ci/check/parameters.py [ROOT]

Finds the functions, initialisers and subscripts below Sources that take more than six parameters: what belongs together among
them is a value with a name of its own.
"""
import pathlib
import re
import sys

sys.path[:0] = map(str, pathlib.Path(__file__).resolve().parents[:2])
from common import check  # noqa: E402
from swift_source import code, end_of_brackets  # noqa: E402

MOST = 6
# `.init(` is a call.
DECLARATION = re.compile(r"(?:\bfunc\s+([^\s(<]+)|(?<!\.)\b(init)\b[?!]?|\b(subscript))\s*(?:<[^()]*>)?\(")
INNERMOST = re.compile(r"[(\[{][^()\[\]{}]*[)\]}]")


def declarations(source):
    """Name, position and number of parameters of everything that takes some."""
    for match in DECLARATION.finditer(source):
        parameters = source[match.end():end_of_brackets(source, match.end() - 1) - 1]
        # Behind each name stands a colon; the others are within brackets of types and defaults.
        replaced = 1
        while replaced:
            parameters, replaced = INNERMOST.subn("", parameters)
        yield match[1] or match[2] or match[3], match.start(), parameters.count(":")


def findings(root):
    for path in sorted((root / "Sources").rglob("*.swift")):
        source = code(path.read_text())
        for name, position, number in declarations(source):
            if number > MOST:
                line = source.count("\n", 0, position) + 1
                yield f"{path.relative_to(root)}:{line} {name} takes {number} parameters"


if __name__ == "__main__":
    check(findings)
