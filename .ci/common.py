"""What the Python scripts below .ci and Tests share: where the checkout is, how a step is announced, how a script fails, how a check says
what it found. common.sh is its like for shell scripts."""
import contextlib
import os
import pathlib
import platform
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
TARGETS = ("linux-64", "linux-aarch64")
# What this machine is called as a target of conda packages.
HOST = "linux-aarch64" if platform.machine() in ("aarch64", "arm64") else "linux-64"
OTHER = next(target for target in TARGETS if target != HOST)


def enter():
    """Goes to the checkout, whose paths scripts name. The archive of the sources has what is built on beside it; a checkout has not."""
    os.chdir(ROOT)
    if not os.environ.get("VENDOR") and pathlib.Path("vendor").is_dir():
        os.environ["VENDOR"] = "vendor"


def say(text):
    """Prints at once: what other programs say goes to the same place."""
    print(text, flush=True)


def step(text, file=None):
    """Announces a step; in a run of everything with the seconds it has taken so far."""
    started = os.environ.get("CI_STARTED")
    print(f"\n==> {f'[{int(time.time()) - int(started)} s] ' if started else ''}{text}", file=file, flush=True)


def stop(message, *lines):
    """Ends the script; further lines stand below the message."""
    sys.exit("\n".join([f"error: {message}", *(f"       {line}" for line in lines)]))


def run(*command, **options):
    """Runs a command; if it fails, which it has said itself, the script ends with its status."""
    try:
        return subprocess.run([str(word) for word in command], check=True, **options)
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode if error.returncode > 0 else 128 - error.returncode)


def answer(*command, **options):
    """What a command prints, which has to succeed as in `run`."""
    return run(*command, stdout=subprocess.PIPE, text=True, **options).stdout.strip()


def attempt(*command, **options):
    """Runs a command: whether it succeeds, and what it says."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    return done.returncode == 0, done.stdout.decode(errors="replace").rstrip("\n")


@contextlib.contextmanager
def scratch(name, folder=None):
    """A new folder whose name begins with `name`; it is removed at the end, also when a signal ends the script."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix=name, dir=folder, ignore_cleanup_errors=True) as path:
        yield pathlib.Path(path)


def check(findings):
    """The whole of a check: prints what `findings` finds in the folder that is the argument, else in the checkout, and ends with status 1
    if that is anything."""
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT).resolve()
    found = list(findings(root))
    for finding in found:
        print(f"  {finding}")
    sys.exit(1 if found else 0)
