# SPDX-License-Identifier: MIT
"""What stands in for the simulated host on a real one (wcowtest/real.py), as far as that can be seen here."""

import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from wcowtest import real

SCRIPT = """#!/bin/sh
[ "$1" != cat ] || exec cat
[ "$1" != fail ] || { echo no >&2; exit 3; }
[ "$1 $2" != "image inspect" ] || exit 1
printf "%s\\n" "$WCOW_MONITOR $*" | tee -a "$LOG"
"""


# As Python for Windows has it: without the modules that are Unix' own.
ON_WINDOWS = """
import importlib, os, sys
for name in ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"):
    sys.modules[name] = None
sys.path.insert(0, os.environ["CASES_FOLDER"])
from wcowtest.real import CASES
for name in sorted({case.split(".")[0] for case in CASES}):
    print(importlib.import_module(name).__name__)
"""


class Real(unittest.TestCase):
    def setUp(self):
        # pylint: disable=consider-using-with
        self.folder = tempfile.TemporaryDirectory(prefix="wcow-real-")
        self.addCleanup(self.folder.cleanup)
        place = pathlib.Path(self.folder.name)
        program = place / "wcow"
        program.write_text(SCRIPT)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        for name in ("exit.exe", "ping.exe"):
            (place / name).touch()
        environment = {"LOG": str(place / "log"), "NANOSERVER": "ms/nano:1", "SERVERCORE": "ms/core:1"}
        for each in (mock.patch.object(real, "WCOW", str(program)), mock.patch.object(real, "PROGRAMS", str(place)),
                     mock.patch.dict(os.environ, environment)):
            each.start()
            self.addCleanup(each.stop)

    def test_every_case_that_is_named_is_there(self):
        unittest.defaultTestLoader.errors.clear()
        suite = unittest.defaultTestLoader.loadTestsFromNames(real.CASES)
        self.assertEqual([], unittest.defaultTestLoader.errors)
        self.assertGreater(suite.countTestCases(), len(real.CASES))

    def test_the_cases_are_read_where_there_is_no_unix(self):
        here = pathlib.Path(__file__).resolve().parent
        done = subprocess.run([sys.executable, "-c", ON_WINDOWS], env={**os.environ, "CASES_FOLDER": str(here)},
                              check=False, capture_output=True, text=True)
        self.assertEqual("", done.stderr)
        self.assertIn("test_run\n", done.stdout)

    def test_commands_are_run_as_they_are(self):
        with real.RealHost() as host:
            self.assertEqual("service ps -a", host.ok("ps", "-a"))
            self.assertEqual(b"a\0b", host.wcow("cat", stdin=b"a\0b").raw_out)
            failed = host.wcow("fail")
            self.assertEqual((3, "no\n"), (failed.code, failed.err))

    def test_images_get_the_programs_that_cases_run_but_windows_own(self):
        with real.RealHost() as host:
            host.load("nanoserver")
        lines = pathlib.Path(os.environ["LOG"]).read_text().splitlines()
        self.assertEqual(["pull -q ms/nano:1", "create --name programs ms/nano:1 cmd"],
                         [line.removeprefix("service ") for line in lines[:2]])
        self.assertEqual([r"programs:C:\Windows\System32\exit.exe"], [line.split()[-1] for line in lines if " cp " in line])
        self.assertEqual("service commit programs microsoft/nanoserver", lines[-2])

    def test_what_the_doctor_finds_is_left(self):
        with real.RealHost() as host:
            with mock.patch.object(host, "wcow", lambda *_: real.Result([], 0, b'{"ID":"scratches","Verdict":"warning",'
                                                                        b'"Found":"one"}\n', b"")):
                self.assertEqual(["scratches: one"], host.leftovers())
