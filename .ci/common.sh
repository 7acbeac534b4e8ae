# shellcheck shell=sh
# Shared by the scripts of this folder and those below it: where the checkout is, how a step is announced, how a step fails.
root=$(cd "$(dirname "$0")" && until [ -e Package.swift ] || [ "$PWD" = / ]; do cd ..; done && pwd)
cd "$root" || exit 1

# The archive of the sources has what is built on beside it; a checkout has not.
if [ -z "${VENDOR-}" ] && [ -d vendor ]; then VENDOR=vendor; fi
[ -z "${VENDOR-}" ] || export VENDOR

# Announces a step; in a run of everything with the seconds it has taken so far.
step() { printf '\n==> %s%s\n' "${CI_STARTED:+[$(($(date +%s) - CI_STARTED)) s] }" "$*"; }

# Ends the script; further arguments are lines of their own.
die() {
    printf 'error: %s\n' "$1" >&2
    shift
    for line; do printf '       %s\n' "$line" >&2; done
    exit 1
}

# Runs a command as root: directly, or with sudo when that asks for no password.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_be_root() {
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; }
}

# Swift's threads of work and ours: one job per usable processor.
jobs() { nproc 2>/dev/null || getconf _NPROCESSORS_ONLN; }

# What this machine is called as a target of conda packages.
host_target() { case $(uname -m) in aarch64 | arm64) echo linux-aarch64 ;; *) echo linux-64 ;; esac; }
