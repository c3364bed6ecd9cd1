# SPDX-License-Identifier: MIT
"""Which failures make a case run once more."""

import contextlib
import io
import pathlib
import shutil
import tempfile
import types
import unittest

from wcowtest.case import HostCase
from wcowtest.host import Host
from wcowtest.wine import repeated

BUSY = ("wcow: cannot start container 'web': cannot start its monitor: start wcow: Win32 error 1359 "
        "(0x8007054F)")


class Quiet:
    """For a host: nothing is in it."""

    wine_was_busy = False

    def fault(self):
        pass

    def ok(self, *_):
        return ""

    def wcow(self, *_):
        return types.SimpleNamespace(code=0, out="")

    def leftovers(self):
        return []


class Again(unittest.TestCase):
    def outcome(self, *failures, within=contextlib.nullcontext):
        """Runs a case that fails with each of these in turn: (times run, times said, failures)."""
        ran = []

        class Case(HostCase):
            host = Quiet()

            @classmethod
            def setUpClass(cls):
                pass

            tearDownClass = setUpClass

            def runTest(self):
                ran.append(1)
                with within(self):
                    if len(ran) <= len(failures) and failures[len(ran) - 1]:
                        self.fail(failures[len(ran) - 1])

        result, said = unittest.TestResult(), io.StringIO()
        with contextlib.redirect_stdout(said):
            Case().run(result)
        return len(ran), repeated(said.getvalue()), len(result.failures)

    def test_a_case_that_passes_is_run_once(self):
        self.assertEqual((1, 0, 0), self.outcome())

    def test_a_case_that_fails_is_run_once(self):
        self.assertEqual((1, 0, 1), self.outcome("7 != 8"))
        self.assertEqual((1, 0, 1), self.outcome("HcsCreateProcess: Win32 error 1359 (0x8007054F)"))
        self.assertEqual((1, 0, 1), self.outcome("start wcow: access was denied (0x80070005)"))

    def test_one_that_fails_since_wine_was_busy_is_run_twice(self):
        self.assertEqual((2, 1, 0), self.outcome(BUSY))

    def test_of_a_service_as_well(self):
        self.assertEqual((2, 1, 0), self.outcome("StartService: Win32 error 1359 (0x8007054F)"))

    def test_and_never_more_often(self):
        self.assertEqual((2, 1, 1), self.outcome(BUSY, BUSY))
        self.assertEqual((2, 1, 1), self.outcome(BUSY, "7 != 8"))

    def test_sub_cases_are_held_back_as_well(self):
        def sub(case):
            return case.subTest("part")

        self.assertEqual((2, 1, 0), self.outcome(BUSY, within=sub))
        self.assertEqual((1, 0, 1), self.outcome("7 != 8", within=sub))

    def test_what_a_command_said_counts_although_the_failure_does_not_tell(self):
        @contextlib.contextmanager
        def busy(case):
            case.host.wine_was_busy = True
            yield

        self.assertEqual((2, 1, 0), self.outcome("not started", within=busy))
        self.assertEqual((1, 0, 0), self.outcome(within=busy))


class Launcher(unittest.TestCase):
    def test_a_wcow_that_wine_did_not_run_is_told_from_one_that_failed(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "wine").symlink_to(shutil.which("false"))
            host = Host()
            host.environment = {"PATH": folder}
            result = host.wcow("ps")
        self.assertIn("wcow was not run", result.err)
        self.assertTrue(host.wine_was_busy)
