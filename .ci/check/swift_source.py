"""Swift as far as the checks have to know it: where its literals and comments begin and end."""
import re

HOLE = "…"
OPENING = re.compile(r'#*"')
INTERESTING = re.compile(r'#*"|//|/\*')


def end_of_literal(text, start):
    """The position behind the string literal that begins at `start`."""
    return read_literal(text, start)[1]


def read_literal(text, start):
    """The text of the string literal that begins at `start`, with `…` for what is put in; and the position behind it.

    Of a literal of several lines the lines are joined by blanks.
    """
    hashes = len(text) - start - len(text[start:].lstrip("#")) if text[start] == "#" else 0
    position = start + hashes
    # Behind the quotes of several lines the line ends: #"""# is one quotation mark.
    quote = '"""' if text.startswith('"""\n', position) else '"'
    closing, escape = quote + "#" * hashes, "\\" + "#" * hashes
    position += len(quote)
    words = []
    while not text.startswith(closing, position):
        if not text.startswith(escape, position):
            words.append(text[position])
            position += 1
            continue
        position += len(escape)
        character = text[position]
        if character == "(":
            words.append(HOLE)
            position = end_of_brackets(text, position)
        elif character == "u":
            end = text.index("}", position)
            words.append(chr(int(text[position + 2:end], 16)))
            position = end + 1
        else:
            words.append({"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\n": ""}.get(character, character))
            position += 1
    joined = "".join(words)
    return " ".join(joined.split()) if quote == '"""' else joined, position + len(closing)


def end_of_comment(text, start):
    """The position behind the comment that begins at `start`; comments of several lines may lie in each other."""
    if text.startswith("//", start):
        end = text.find("\n", start)
        return len(text) if end < 0 else end
    depth, position = 1, start + 2
    while depth:
        change = {"/*": 1, "*/": -1}.get(text[position:position + 2], 0)
        depth += change
        position += 2 if change else 1
    return position


def end_of_brackets(text, start):
    """The position behind the bracket that closes the one at `start`."""
    depth, position = 0, start
    while True:
        kind, end = token(text, position)
        if kind == "code":
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(text[position], 0)
            if depth == 0:
                return end
        position = end


def token(text, position):
    """What is at a position, `literal`, `comment` or one character of `code`; and the position behind it."""
    if OPENING.match(text, position):
        return "literal", end_of_literal(text, position)
    if text.startswith(("//", "/*"), position):
        return "comment", end_of_comment(text, position)
    return "code", position + 1


def parts(text):
    """The text in parts: `literal`, `comment`, or `code` up to the next of these."""
    position = start = 0
    while match := INTERESTING.search(text, position):
        kind, end = token(text, match.start())
        if kind != "code":
            if start < match.start():
                yield "code", text[start:match.start()]
            yield kind, text[match.start():end]
            start = end
        position = end
    yield "code", text[start:]


def code(text):
    """Swift without the contents of its literals and comments, line for line."""
    return "".join(
        part if kind == "code" else ('""' if kind == "literal" else "") + "\n" * part.count("\n") for kind, part in parts(text))


def without_comments(text):
    """Swift with its literals, and blanks for comments, so that every position stays."""
    return "".join(re.sub(r"[^\n]", " ", part) if kind == "comment" else part for kind, part in parts(text))
