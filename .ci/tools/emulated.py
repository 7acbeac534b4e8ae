#!/usr/bin/env python3
"""Usage: .ci/tools/emulated.py TARGET COMMAND [ARGUMENT...]

Runs COMMAND where programs of TARGET (linux-aarch64) run like those of this machine, by qemu-user: they, what they start, and
what is run in roots of that architecture. It has a user, mount and process namespace of its own, where it is root; nothing is
registered on this system. Needs root, a kernel with binfmt_misc in user namespaces (Linux 6.7) and the Debian package
qemu-user-static. Ends with the status of COMMAND, or with 77 if there can be no such namespace.
"""
import ctypes
import os
import shutil
import sys

# The machine in the header of ELF files (e_machine), little-endian.
MACHINES = {"linux-aarch64": ("qemu-aarch64-static", 183)}
CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID = 0x10000000, 0x20000, 0x20000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
UNAVAILABLE = 77
libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        print(f"note: no emulation here: {what}: {os.strerror(number)}", file=sys.stderr)
        os._exit(UNAVAILABLE)


def mount(source, place, kind, flags=0):
    check(libc.mount(source.encode(), place.encode(), kind and kind.encode(), flags, None), f"mounting {place}")


def register(emulator, machine):
    """Names the program for files of a machine (binfmt_misc); F: it is opened now, so that it need not be in other roots."""
    magic = b"\x7fELF\2\1\1" + bytes(9) + b"\2\0" + machine.to_bytes(2, "little")
    mask = b"\xff" * 7 + b"\0" + b"\xff" * 8 + b"\xfe\xff\xff\xff"
    escaped = ["".join(f"\\x{byte:02x}" for byte in text) for text in (magic, mask)]
    with open("/proc/sys/fs/binfmt_misc/register", "w") as file:
        file.write(f":emulated:M::{escaped[0]}:{escaped[1]}:{emulator}:FP")


def inside(emulator, machine, command):
    """The first process of the namespaces."""
    os.setgid(0)
    os.setuid(0)
    mount("none", "/", "", MS_REC | MS_PRIVATE)
    mount("proc", "/proc", "proc")
    mount("binfmt_misc", "/proc/sys/fs/binfmt_misc", "binfmt_misc")
    register(emulator, machine)
    # A child, so that the command is no init process: those ignore signals, and orphans are waited for here.
    child = os.fork()
    if child == 0:
        os.execvp(command[0], command)
    while True:
        process, status = os.wait()
        if process == child:
            os._exit(os.waitstatus_to_exitcode(status) & 255)


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in MACHINES:
        sys.exit(__doc__.split("\n")[0])
    name, machine = MACHINES[sys.argv[1]]
    emulator = shutil.which(name)
    if emulator is None:
        print(f"note: no emulation here: there is no {name}", file=sys.stderr)
        sys.exit(UNAVAILABLE)
    (ready, is_ready), (mapped, is_mapped) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        check(libc.unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID), "namespaces")
        os.write(is_ready, b"1")
        os.read(mapped, 1)
        first = os.fork()
        if first == 0:
            inside(emulator, machine, sys.argv[2:])
        os._exit(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]) & 255)
    os.close(is_ready)
    if os.read(ready, 1):
        for file in ("uid_map", "gid_map"):
            with open(f"/proc/{child}/{file}", "w") as out:
                out.write("0 0 65536")
        os.write(is_mapped, b"1")
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255)


if __name__ == "__main__":
    main()
