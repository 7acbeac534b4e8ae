"""Tests of the scripts below .ci/build. Run: python3 -m unittest discover Tests/Scripts"""
import contextlib
import hashlib
import io
import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import unittest.mock

from loading import ROOT, script


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

    def test_the_toolchain_is_found_wherever_the_checkout_lies(self):
        toolchain = script("build/components.py").toolchain
        # The copy of the standard library lies in the checkout, which sorts before or behind the toolchain.
        for checkout in ("/a/checkout", "/zz/checkout"):
            component = toolchain([f"{checkout}/.build-static/swift_static/libswiftCore.a"])
            self.assertEqual(component["libraries"], ["libswiftCore.a"])
            self.assertRegex(component["version"], r"^\d+\.\d+")
            self.assertIn("Apache License", component["texts"][0])

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


class Conda(unittest.TestCase):
    def test_the_files_of_a_release_are_made_anew_when_the_program_is_newer(self):
        is_newer = script("build/conda").is_newer
        with tempfile.TemporaryDirectory() as folder:
            sums, program = pathlib.Path(folder, "SHA256SUMS"), pathlib.Path(folder, "pixi-pack")
            sums.touch()
            self.assertFalse(is_newer(sums, program))
            program.touch()
            for times, expected in (((20, 10), True), ((10, 10), False), ((10, 20), False)):
                for path, seconds in zip((sums, program), times):
                    os.utime(path, (seconds, seconds))
                self.assertEqual(is_newer(sums, program), expected)

    def test_launchers_start_the_programs_of_an_environment(self):
        with tempfile.TemporaryDirectory() as folder:
            programs, launchers = pathlib.Path(folder, "env/bin"), pathlib.Path(folder, "launchers")
            programs.mkdir(parents=True)
            (programs / "pixi-unpack").write_text('#!/bin/sh\necho "$0" "$@"\n')
            (programs / "pixi-unpack").chmod(0o755)
            script("build/conda").put_launchers(launchers, programs)
            self.assertEqual(subprocess.check_output([launchers / "pixi-unpack", "a b"], text=True), f"{programs}/pixi-unpack a b\n")
            configuration = json.loads((launchers / "trampoline_configuration/pixi-unpack.json").read_text())
            self.assertEqual(
                configuration, {"exe": f"{programs}/pixi-unpack", "path_diff": str(programs), "env": {"CONDA_PREFIX": f"{folder}/env"}})

    def test_a_list_names_the_packages_themselves(self):
        self.assertEqual(script("build/conda").explicit_list(["/a/b.conda"]), "@EXPLICIT\nfile:///a/b.conda\n")


class Dist(unittest.TestCase):
    def test_what_runs_here_comes_first(self):
        executables = script("build/dist").executables
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name in ("dist", "dist-linux-aarch64", "dist-linux-64"):
                (root / ".build" / name).mkdir(parents=True)
                (root / ".build" / name / "pixi-pack").touch(0o755)
            for host, expected in (
                ("linux-64", {"linux-64": ".build/dist", "linux-aarch64": ".build/dist-linux-aarch64"}),
                ("linux-aarch64", {"linux-aarch64": ".build/dist", "linux-64": ".build/dist-linux-64"}),
            ):
                found = executables(root, host)
                self.assertEqual([(target, str(path)) for target, path in found.items()], list(expected.items()))
            (root / ".build/dist-linux-aarch64/pixi-pack").unlink()
            with self.assertRaisesRegex(SystemExit, "no .build/dist-linux-aarch64/pixi-pack\n +make release TARGET=linux-aarch64 makes it"):
                executables(root, "linux-64")

    def test_one_file_is_meant(self):
        only = script("build/dist").only
        with tempfile.TemporaryDirectory() as folder:
            for name in ("pixi-pack_1_amd64.deb", "pixi-pack_1_arm64.deb"):
                pathlib.Path(folder, name).touch()
            self.assertEqual(only(pathlib.Path(folder), "pixi-pack_*_arm64.deb").name, "pixi-pack_1_arm64.deb")
            for pattern in ("*.rpm", "*.deb"):
                with self.assertRaises(SystemExit):
                    only(pathlib.Path(folder), pattern)


class Curl(unittest.TestCase):
    def test_source_packages_come_from_the_suites_of_the_distribution(self):
        text = (
            "deb http://a.example/debian bookworm main\ndeb [signed-by=/k] http://a.example/debian bookworm-updates main contrib\n"
            "# deb http://a.example/debian bookworm main\ndeb-src http://a.example/debian bookworm main\n"
            "deb http://b.example/ bookworm/updates main\ndeb http://other.example/ trixie main\n"
            "deb http://other.example/bookworm tool main\ndeb\thttp://c.example/ stable main\n")
        self.assertEqual(
            script("build/curl").source_line(text, "bookworm"),
            "deb-src http://a.example/debian bookworm main\ndeb-src [signed-by=/k] http://a.example/debian bookworm-updates main contrib\n"
            "deb-src http://b.example/ bookworm/updates main\ndeb-src http://c.example/ stable main\n")

    def test_and_so_they_do_where_sources_are_stanzas(self):
        text = (
            "# Two of them.\nTypes: deb\nURIs: http://a.example/debian\n# why\nSuites: bookworm bookworm-updates\nComponents: main\n\n\n"
            "Types: deb deb-src\nURIs: http://b.example/\nSuites: bookworm-security\n\n"
            "Enabled: no\nTypes: deb\nURIs: http://c.example/\nSuites: bookworm\n\n"
            "Types: deb\nURIs: http://d.example/bookworm\nSuites: trixie\n")
        self.assertEqual(
            script("build/curl").source_stanzas(text, "bookworm"),
            "Types: deb-src\nURIs: http://a.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n\n"
            "Types: deb-src\nURIs: http://b.example/\nSuites: bookworm-security\n\n")

    def test_the_source_package_that_came_along_is_taken(self):
        vendored = script("build/curl").vendored
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(vendored(folder), (None, None))
            place = pathlib.Path(folder).resolve() / "curl"
            place.mkdir()
            (place / "curl_7.88.1-10.dsc").write_text("Format: 3.0\nStandards-Version: 4\nVersion: 7.88.1-10\nVersion: 2\n")
            self.assertEqual(vendored(folder), (place, "7.88.1-10"))

    def test_pkg_config_answers_with_the_folder_of_the_file(self):
        text = (
            "# prefix=\nprefix=/a/b\nexec_prefix=${prefix}\nlibdir=/a/b/lib\nincludedir=${prefix}/include\nsupported=\"a=b\"\n"
            "Libs: -L${libdir} -lcurl\nLibs.private: -lcurl -lssl\n")
        self.assertEqual(
            script("build/curl").relocatable(text),
            "# prefix=\nprefix=${pcfiledir}/../..\nexec_prefix=${prefix}\nlibdir=${exec_prefix}/lib\nincludedir=${prefix}/include\n"
            "supported=\"a=b\"\nLibs: -L${libdir} -lcurl-static\nLibs.private: -lcurl-static -lssl\n")

    def test_what_is_there_is_not_built(self):
        curl = script("build/curl")
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "curl").mkdir()
            (pathlib.Path(folder) / "curl/curl_1-2.dsc").write_text("Version: 1-2\n")
            curl.FOLDER = pathlib.Path(folder)
            curl.enter = lambda: None
            recipe = hashlib.sha256((ROOT / ".ci/build/curl").read_bytes()).hexdigest()[:8]
            expected = pathlib.Path(folder) / f"curl-1-2-{recipe}-linux-aarch64"
            (expected / "lib").mkdir(parents=True)
            (expected / "lib/libcurl-static.a").touch()
            said = io.StringIO()
            with contextlib.redirect_stdout(said), unittest.mock.patch.dict(os.environ, VENDOR=folder), unittest.mock.patch(
                    "sys.argv", ["curl", "linux-aarch64"]):
                curl.main()
            self.assertEqual(said.getvalue(), f"{expected}\n")


class Conformance(unittest.TestCase):
    def test_what_matters_of_a_log(self):
        excerpt = script("run", "Tests/Conformance").excerpt
        log = "\n".join(["before", "FAIL one", *map(str, range(30)), "FAIL two", "b"])
        self.assertEqual(excerpt(log), "\n".join(["FAIL one", *map(str, range(20)), "FAIL two", "b"]))
        self.assertEqual(excerpt("\n".join(map(str, range(30)))), "\n".join(map(str, range(10, 30))))
        self.assertEqual(excerpt("a\nx recorded an issue\nb\nc", "recorded an issue", 1), "x recorded an issue\nb")

    def test_what_differs_is_named_at_the_end(self):
        run = script("run", "Tests/Conformance")
        with tempfile.TemporaryDirectory() as folder:
            comparison, said = run.Comparison(pathlib.Path(folder), pathlib.Path(folder)), io.StringIO()
            with contextlib.redirect_stdout(said):
                comparison.judge("first", (True, "a\n3 files, equal"))
                comparison.judge("second", (False, "a\nFAIL b\nc"))
            self.assertEqual((said.getvalue(), comparison.failed), ("3 files, equal\nFAIL b\nc\n", ["second"]))


if __name__ == "__main__":
    unittest.main()
