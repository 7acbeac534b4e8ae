#!/usr/bin/env python3
"""Usage: Tests/Release/aarch64.py [TEST...]

Tries the executable for linux-aarch64 (.build/dist-linux-aarch64, made by `make release TARGET=linux-aarch64`) under qemu-user in
a namespace of its own: against the executable for this machine, against the engines of the original where the reference
material is (as Tests/Conformance/run), in a Debian root of that architecture and in an empty one, and over HTTPS.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = "linux-aarch64"
PROGRAM = ROOT / ".build" / f"dist-{TARGET}" / "pixi-pack"
OWN = ROOT / ".build" / "dist" / "pixi-pack"
EXAMPLE = ROOT / "docs" / "example"
SHARED = pathlib.Path(os.environ.get("PIXI_PACK_SHARED", ROOT / ".." / "shared")).resolve()
LIMIT = 16_000_000
UNAVAILABLE = 77


def tree():
    """The folder of a Debian of that architecture, whose packages are unpacked and not set up; None if there can be none."""
    made = subprocess.run([ROOT / ".ci/tools/debian-root", "bookworm", "arm64"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return pathlib.Path(made.stdout.strip()) if made.returncode == 0 else None


class Case(unittest.TestCase):
    """A folder with both programs, `arm` and `own`, a home and a cache."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix=f"pixi-pack-{TARGET}-")
        self.addCleanup(scratch.cleanup)
        self.work = pathlib.Path(scratch.name)
        self.work.chmod(0o755)
        self.environment = {**os.environ, "HOME": f"{self.work}/home", "XDG_CACHE_HOME": f"{self.work}/cache"}
        for folder, program in (("arm", PROGRAM), ("own", OWN)):
            (self.work / folder).mkdir()
            for name in ("pixi-pack", "pixi-unpack"):
                (self.work / folder / name).symlink_to(program)
        (self.work / "home").mkdir()

    def run_it(self, *words, environment=None):
        """Runs a command in the folder, expects that it succeeds, and returns what it says."""
        done = subprocess.run(
            [str(word) for word in words], cwd=self.work, env=environment or self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        self.assertEqual(done.returncode, 0, f"{' '.join(map(str, words))}\n{done.stdout[-4000:]}")
        return done.stdout

    def same(self, one, other):
        self.assertEqual((self.work / one).read_bytes() == (self.work / other).read_bytes(), True, f"{one} and {other} differ")

    def inside(self, root, *words):
        environment = {name: value for name, value in self.environment.items() if name not in ("TMPDIR", "XDG_CACHE_HOME")}
        return self.run_it("chroot", root, *words, environment={**environment, "HOME": "/home"})


class Program(Case):
    def test_it_is_static_small_and_for_another_machine(self):
        self.assertNotIn("X86-64", self.run_it("readelf", "-h", PROGRAM))
        self.assertNotIn("INTERP", self.run_it("readelf", "-lW", PROGRAM))
        size = PROGRAM.stat().st_size
        print(f"{size} bytes of at most {LIMIT}")
        self.assertLessEqual(size, LIMIT)

    def test_it_says_the_same(self):
        for name in ("pixi-pack", "pixi-unpack"):
            for words in (["--version"], ["--experimental-dump-help"], ["manual"]):
                with self.subTest(f"{name} {words[0]}"):
                    # The manual says which platform is the default.
                    said = re.sub(r"^The default is linux.*64\.$", r"The default is linux\\-64.", self.run_it(f"arm/{name}", *words), flags=re.M)
                    self.assertEqual(said, self.run_it(f"own/{name}", *words))


class Packs(Case):
    def test_they_equal_those_made_on_this_machine(self):
        for platform in ("linux-64", TARGET, "osx-arm64"):
            for who in ("arm", "own"):
                self.run_it(f"{who}/pixi-pack", "-q", "-p", platform, "-o", f"{who}.tar", EXAMPLE)
            self.same("arm.tar", "own.tar")

    def test_compressed_ones_too(self):
        for ending in ("tar.zst", "tar.gz", "tar.xz", "tar.bz2"):
            for who in ("arm", "own"):
                self.run_it(f"{who}/pixi-pack", "-q", "-p", "linux-64", "-o", f"{who}.{ending}", EXAMPLE)
            self.same(f"arm.{ending}", f"own.{ending}")

    def test_what_is_unpacked_works(self):
        self.run_it("arm/pixi-pack", "-q", "-o", "environment.tar", EXAMPLE)
        self.run_it("arm/pixi-unpack", "-o", "made", "environment.tar")
        self.assertIn("world", self.run_it("sh", "-c", ". ./made/activate.sh && greet"))
        self.run_it("arm/pixi-unpack", "-o", "made", "environment.tar")
        self.run_it("arm/pixi-unpack", "verify", "--env", "made/env")
        self.run_it("arm/pixi-unpack", "run", "-e", "made/env", "--", "greet")


class SelfExtracting(Case):
    def test_each_machine_makes_them_for_the_other(self):
        runtimes = self.work / "runtimes"
        runtimes.mkdir()
        for name, program in ((TARGET, PROGRAM), ("linux-64", OWN)):
            (runtimes / f"pixi-unpack-{name}").symlink_to(program)
        environment = {**self.environment, "PIXI_PACK_RUNTIME_DIR": str(runtimes)}
        for platform, there, other in ((TARGET, "arm", "own"), ("linux-64", "own", "arm")):
            self.run_it(f"{there}/pixi-pack", "-q", "-p", platform, "--create-executable", "-o", "environment.sh", EXAMPLE)
            self.run_it(
                f"{other}/pixi-pack", "-q", "-p", platform, "--create-executable", "-o", "crossed.sh", EXAMPLE, environment=environment)
            self.same("environment.sh", "crossed.sh")

    def test_images_inside_are_the_same_each_time(self):
        for name in ("one.sh", "two.sh"):
            self.run_it("arm/pixi-pack", "-q", "--create-executable", "--squashfs", "-o", name, EXAMPLE)
        self.same("one.sh", "two.sh")
        self.run_it("arm/pixi-unpack", "verify", "one.sh")
        self.run_it("own/pixi-unpack", "verify", "one.sh")

    def test_an_empty_root_is_enough(self):
        (self.work / "empty").mkdir()
        shutil.copy(PROGRAM, self.work / "empty" / "pixi-unpack")
        for made, options in (("made", []), ("of-image", ["--squashfs"])):
            with self.subTest(made):
                self.run_it("arm/pixi-pack", "-q", "--create-executable", *options, "-o", "environment.sh", EXAMPLE)
                shutil.copy(self.work / "environment.sh", self.work / "empty")
                self.run_it("chroot", "empty", "/pixi-unpack", "-o", f"/{made}", "/environment.sh")
                self.run_it("chroot", "empty", "/pixi-unpack", "verify", "--env", f"/{made}/env")
                self.assertTrue(os.access(self.work / "empty" / made / "env/bin/greet", os.X_OK))

    def test_debian(self):
        root = tree()
        if root is None:
            self.skipTest("no root tree could be made")
        self.run_it("arm/pixi-pack", "-q", "--create-executable", "-o", "environment.sh", EXAMPLE)
        shutil.copy(self.work / "environment.sh", root)
        for old in (root / "made", root / "home/.cache"):
            shutil.rmtree(old, ignore_errors=True)
        self.inside(root, "/environment.sh", "-o", "/made")
        self.assertTrue(os.access(root / "made/env/bin/greet", os.X_OK))
        self.assertIn("world", self.inside(root, "/bin/sh", "-c", "/environment.sh -- greet"))
        self.inside(root, "/environment.sh", "--verify")
        self.inside(root, "/bin/bash", "-c", '. /made/activate.sh && greet && test "$CONDA_PREFIX" = /made/env')


class Network(Case):
    @unittest.skipUnless((ROOT / ".build/debug/pixi-packPackageTests.xctest").exists(), "the tests are not built")
    def test_https(self):
        self.run_it(
            "swift", "test", "--package-path", ROOT, "--skip-build", "--filter", "EndToEndTests.HTTPSTests",
            environment={**os.environ, "PIXI_PACK_BIN": str(PROGRAM)})


@unittest.skipUnless((SHARED / "oracle").is_dir(), "no reference material")
class Original(Case):
    def setUp(self):
        super().setUp()
        # The engines take packs for the machine they run on. What they do with a pack does not depend on it.
        self.oracle = self.work / "oracle"
        shutil.copytree(SHARED / "oracle", self.oracle)
        for name, old, new in (
            ("reference_unpack.py", "str(Platform.current())", f'"{TARGET}"'),
            ("packlib.py", 'platform: str = "linux-64"', f'platform: str = "{TARGET}"'),
        ):
            path = self.oracle / name
            path.chmod(0o755)
            path.write_text(path.read_text().replace(old, new))
        self.run_it(SHARED / "oracle/setup.sh", ROOT / ".build-oracle", environment=dict(os.environ))

    def ask(self, tool, *words):
        return self.run_it(ROOT / ".build-oracle/bin/python", self.oracle / tool, *words)

    def test_channels_places_and_odd_packs(self):
        interpreter = next((SHARED / "data/python/linux-64").glob("*.conda"))
        self.ask("make_channel.py", "1", "--seed", "1", "--python", interpreter)
        self.ask("make_pack.py", "1/channel", "1.tar", "--wheels", "1/pypi", "--platform", TARGET)
        self.ask("check_unpack.py", self.work / "arm/pixi-unpack", "1.tar")
        # At long places the original leaves scripts that cannot start; ours leaves them alike on request.
        alike = self.work / "alike"
        alike.write_text(f'#!/bin/sh\nexec "{self.work}/arm/pixi-unpack" --compat original "$@"\n')
        alike.chmod(0o755)
        self.ask("check_unpack.py", alike, "1.tar", "--prefix-lengths", "109", "127", "255")
        # A compressed tar is a pack here; the original refuses it (docs/compatibility.md).
        index = self.work / "1/packs.json"
        packs = json.loads(index.read_bytes())
        packs.pop("tar-gzip.tar", None)
        index.write_text(json.dumps(packs))
        print(self.ask("check_unpack.py", self.work / "arm/pixi-unpack", "--packs", "1").splitlines()[-1])

    def test_a_workspace(self):
        for who in ("arm", "own"):
            self.run_it(f"{who}/pixi-pack", "-q", "-p", "linux-64", "-o", f"{who}.tar", SHARED / "data/workspace/paths/pixi.toml")
        self.same("arm.tar", "own.tar")


def main():
    if sys.argv[1:2] == ["--inside"]:
        unittest.main(argv=[sys.argv[0], "-v", *sys.argv[2:]])
    subprocess.run([ROOT / ".ci/build/packages", "cross", "test"], check=True)
    for file in (PROGRAM, OWN):
        if not os.access(file, os.X_OK):
            sys.exit(f"error: there is no {file}\n       make release TARGET={TARGET} and make release make them")
    # In the namespace there are no devices to be made.
    tree()
    status = subprocess.run([ROOT / ".ci/tools/emulated.py", TARGET, __file__, "--inside", *sys.argv[1:]], cwd=ROOT).returncode
    if status == UNAVAILABLE:
        print(f"\n!!! NOT RUN: programs for {TARGET} cannot be emulated here.\n", file=sys.stderr)
        status = 0
    sys.exit(status)


if __name__ == "__main__":
    main()
