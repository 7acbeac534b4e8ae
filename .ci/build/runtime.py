#!/usr/bin/env python3
"""Usage: .ci/build/runtime.py LIBRARY FOLDER

Copies LIBRARY, Swift's standard library as a static archive, into FOLDER/swift_static so that the linker may leave out what the
executable does not use. Swift's compiler marks all that a module offers to others as something to keep (SHF_GNU_RETAIN), which is meant
for what is looked for by its name at run time; nothing is in a static executable. What the runtime looks for in tables of its own (types,
conformances) stays marked. 1 MB of the executable.
"""

import pathlib
import struct
import sys

RETAIN = 0x200000
MAY_GO = (b".text", b".rodata", b".data", b".bss")

# Offsets in the headers of 64-bit ELF files (System V ABI, chapter 4) and of ar's members.
SECTION_TABLE, SECTION_NUMBERS = 0x28, 0x3A
SECTION_SIZE = 64
MEMBER_HEADER = 60


def release(data, start):
    """Takes the mark from the sections of the object file at `start`; says of how many."""
    if data[start:start + 6] != b"\x7fELF\x02\x01":
        return 0
    table = start + struct.unpack_from("<Q", data, start + SECTION_TABLE)[0]
    _, count, names = struct.unpack_from("<HHH", data, start + SECTION_NUMBERS)
    # What does not fit into the header stands in the first section.
    if count == 0:
        count = struct.unpack_from("<Q", data, table + 0x20)[0]
    if names == 0xFFFF:
        names = struct.unpack_from("<I", data, table + 0x28)[0]
    strings = start + struct.unpack_from("<Q", data, table + names * SECTION_SIZE + 0x18)[0]
    released = 0
    for header in range(table, table + count * SECTION_SIZE, SECTION_SIZE):
        name, _, flags = struct.unpack_from("<IIQ", data, header)
        if flags & RETAIN and data.startswith(MAY_GO, strings + name):
            struct.pack_into("<Q", data, header + 8, flags & ~RETAIN)
            released += 1
    return released


def main(library, folder):
    data = bytearray(pathlib.Path(library).read_bytes())
    if not data.startswith(b"!<arch>\n"):
        sys.exit(f"error: {library} is no static library")
    at, released = 8, 0
    while at + MEMBER_HEADER <= len(data):
        size = int(data[at + 48:at + 58])
        released += release(data, at + MEMBER_HEADER)
        at += MEMBER_HEADER + size + size % 2
    place = pathlib.Path(folder, "swift_static")
    place.mkdir(parents=True, exist_ok=True)
    copy = place / pathlib.Path(library).name
    # Only if it is another one: a newer file would be linked again.
    if released == 0:
        sys.exit(f"error: {library} marks nothing: it can be linked as it is")
    if not copy.exists() or copy.read_bytes() != data:
        copy.write_bytes(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
