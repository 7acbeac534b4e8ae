"""Tests of the scripts below .ci/build. Run: python3 -m unittest discover Tests/Scripts"""
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from loading import ROOT, script


class SwiftBuild(unittest.TestCase):
    def build(self, program):
        """Runs `swift build` where `swift` is PROGRAM; its status and the seconds it took."""
        build = script("build/swift-build")
        build.PATIENCE = 1
        path = os.environ["PATH"]
        with tempfile.TemporaryDirectory() as folder:
            swift = pathlib.Path(folder, "swift")
            swift.write_text("#!/bin/sh\n" + program)
            swift.chmod(0o755)
            os.environ["PATH"] = folder + ":" + path
            started = time.monotonic()
            try:
                return build.main([]), time.monotonic() - started
            finally:
                os.environ["PATH"] = path

    def test_a_build_that_is_complete_and_does_not_end_is_ended(self):
        status, seconds = self.build("echo 'Build complete! (1.00s)'; sleep 100")
        self.assertEqual(status, 0)
        self.assertLess(seconds, 50)

    def test_other_builds_end_as_they_do(self):
        self.assertEqual(self.build("echo 'Build complete!'; exit 0")[0], 0)
        self.assertEqual(self.build("echo 'error: no'; exit 3")[0], 3)
        self.assertEqual(self.build("kill -TERM $$")[0], 128 + 15)
        self.assertEqual(self.build("sleep 4; exit 5")[0], 5)


class Components(unittest.TestCase):
    def test_the_map_says_what_is_linked(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(
                "  200270  200270  20  4         /usr/lib/crt1.o:(.note)\n"
                "  200290  200290  20  4         /usr/lib/libz.a(inflate.o):(.text.inflate)\n"
                "  200290  200290  20  4         /x/release/ArgumentParser.build/Flag.swift.o:(.text)\n"
                "  200290  200290  20  4                 symbol\n")
            file.flush()
            archives, targets = script("build/components.py").linked(file.name)
        self.assertEqual(archives, {"/usr/lib/crt1.o", "/usr/lib/libz.a"})
        self.assertEqual(targets, {"ArgumentParser"})

    def test_licences_come_from_copyright_files(self):
        licence_of = script("build/components.py").licence_of
        text = "Format: 1.0\n\nFiles: *\nCopyright: me\n and you\nLicense: {}\n text\n\nFiles: debian/*\nLicense: GPL-2\n"
        self.assertEqual(licence_of("a", text.format("Expat")), "MIT")
        self.assertEqual(licence_of("a", text.format("BSD-3-clause or GPL-2")), "BSD-3-Clause OR GPL-2.0-only")
        self.assertEqual(licence_of("gcc-12", "prose"), "GPL-3.0-or-later WITH GCC-exception-3.1")
        for unknown in (text.format("Own terms"), "prose"):
            with self.assertRaises(SystemExit):
                licence_of("a", unknown)


class Common(unittest.TestCase):
    def script(self, text, signal=None):
        """Runs a script that uses what is common, or ends it by a signal when it has said something; its status, what it says and complains."""
        program = subprocess.Popen(
            ["python3", "-Bc", f"import sys; sys.path.insert(0, '{ROOT}/.ci'); from common import *\n{text}"], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={**os.environ, "CI_STARTED": ""})
        first = ""
        if signal:
            first = program.stdout.readline()
            program.send_signal(signal)
        said, complaint = program.communicate()
        return program.returncode, first + said, complaint

    def test_a_script_ends_as_the_command_that_failed(self):
        self.assertEqual(self.script("step('One'); run('sh', '-c', 'echo two; exit 3'); say('three')"), (3, "\n==> One\ntwo\n", ""))
        self.assertEqual(self.script("run('sh', '-c', 'kill -TERM $$')"), (143, "", ""))
        self.assertEqual(self.script("stop('it failed', 'as it must', 7)"), (1, "", "error: it failed\n       as it must\n       7\n"))
        self.assertEqual(self.script("say(attempt('sh', '-c', 'echo a >&2; echo b; exit 1'))"), (0, "(False, 'a\\nb')\n", ""))

    def test_what_is_made_on_the_way_is_removed(self):
        for text, status in (("sys.exit(5)", 5), ("time.sleep(60)", 1)):
            done = self.script(f"with scratch('pixi-pack-test-') as path:\n  say(path)\n  {text}", None if status == 5 else 15)
            self.assertEqual(done[0], status)
            self.assertFalse(os.path.exists(done[1].strip()))


if __name__ == "__main__":
    unittest.main()
