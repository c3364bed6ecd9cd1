# SPDX-License-Identifier: MIT
"""`wcow doctor --self-test`: on the simulated host everything is as expected, and nothing is left."""

import json
import subprocess

from wcowtest.case import HostCase
from wcowtest.host import tool


def steps(report):
    return {(step["name"], step.get("isolation")): step for step in report["steps"]}


class SelfTest(HostCase):
    images = ("nanoserver",)

    def test_all_of_it_passes_and_its_folder_is_gone(self):
        done = self.host.wcow("doctor", "--self-test", "--image", "microsoft/nanoserver",
                              "-o", r"C:\report.json", timeout=900)
        report = json.loads(self.host.path(r"C:\report.json").read_text())
        differing = [(step["name"], step.get("isolation"), step.get("leftOut"),
                      [each["what"] for each in step.get("expected", []) if not each["so"]],
                      step.get("runs"))
                     for step in report["steps"] if step["outcome"] != "passed"]
        self.assertEqual([], differing)
        self.assertEqual(0, done.code, done)
        self.assertEqual((len(report["steps"]), 0, 0),
                         (report["passed"], report["differs"], report["leftOut"]))
        self.assertFalse(self.host.path(r"C:\wcow-self-test").exists())
        self.tell_facts(steps(report))

    def tell_facts(self, step):
        """What a reader wants to know of a host is really in the report."""
        self.assertEqual(20348, step["host", None]["build"])
        self.assertEqual("NTFS", step["host", None]["fileSystem"])
        self.assertIn("SeBackupPrivilege", step["privileges", None])
        self.assertEqual("0x00000000", step["exports", None]["exports"]["vmcompute.dll!HcsSignalProcess"])
        self.assertEqual(("no", "yes"), (step["last-handle", "process"]["survivesWith"],
                                         step["last-handle", "process"]["survivesWithout"]))
        self.assertIn("documentWith", step["last-handle", "process"])
        self.assertEqual("no", step["session", None]["inJob"])
        self.assertIn("mayOwnAsAdministrators", step["session", None])
        self.assertEqual("told apart", step["deletion", None]["replacedAtOnce"])
        self.assertLess(0, step["mounted", None]["names in 'Windows\\System32'"])
        self.assertIn("both lists of 'Windows' have the same names",
                      [each["what"] for each in step["mounted", None]["expected"]])
        self.assertNotIn("listedWhilePaused", step["processes", "process"])
        self.assertIn("listedWhilePaused", step["processes", "hyperv"])
        for isolation in ("process", "hyperv"):
            self.assertEqual(0, step["processes", isolation]["unaskedStream"])
            self.assertEqual("yes", step["deaf", isolation]["signalReturned"])
            self.assertLess(10000, step["deaf", isolation]["stopMs"])
            self.assertEqual("3221225786\n", step["signals", isolation]["code after INT"])
            self.assertIn("system", step["plan", isolation]["plan"])

    # Not by the job's own word: of limits Wine's NtQueryInformationJobObject tells zeros.
    def test_a_job_is_told_of_and_whether_monitors_may_leave_it(self):
        for kind, leaves in (("keeps", "no"), ("lets-go", "yes")):
            with self.subTest(kind):
                session = steps(self.report_from_a_job(kind))["session", None]
                self.assertEqual(("yes", leaves, "passed"),
                                 (session["inJob"], session["monitorsLeaveTheJob"], session["outcome"]), session)
                self.assertIn("jobLetsGo", session)

    def report_from_a_job(self, kind):
        """Without an image, of which there is none on this port: what needs none is quick."""
        path = rf"C:\{kind}.json"
        subprocess.run(["wine", tool("injob.exe"), kind,
                        *self.host.command("doctor", "--self-test", "--no-hyperv", "--image",
                                           "localhost:1/nobody:1", "-o", path)[1:]],
                       env=self.host.process_environment(), stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300, check=False)
        return json.loads(self.host.path(path).read_text())

    def test_a_report_is_not_written_over_another_file(self):
        self.host.path(r"C:\there.json").write_text("precious")
        done = self.host.wcow("doctor", "--self-test", "-o", r"C:\there.json")
        self.assert_refused(done, 1, "there.json")
        self.assertEqual("precious", self.host.path(r"C:\there.json").read_text())

    def test_doctor_alone_says_what_it_can(self):
        self.assert_refused(self.host.wcow("doctor"), 1, "--self-test")
