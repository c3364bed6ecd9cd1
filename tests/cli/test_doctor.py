# SPDX-License-Identifier: MIT
"""
`wcow doctor`: what it finds on a host where a monitor was killed, and gives back; and its self-test: on the
simulated host everything is as expected, and nothing is left.
"""

import json
import subprocess
import time

from wcowtest.case import HostCase
from wcowtest.host import tool


def steps(report):
    return {(step["name"], step.get("isolation")): step for step in report["steps"]}


class SelfTest(HostCase):
    images = ("nanoserver",)
    seconds = 240

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


class Examination(HostCase):
    images = ("nanoserver",)

    def examine(self, *flags):
        """The findings by id, and the exit code."""
        done = self.host.wcow("doctor", "--format", "json", *flags)
        self.assertIn(done.code, (0, 1, 2), done)
        return {row["ID"]: row for row in map(json.loads, done.out.splitlines())}, done.code

    def test_a_host_that_is_well_is_told_so(self):
        rows, code = self.examine()
        # Not of this port: whether names are resolved here, and who may write to the build's folder.
        wrong = {name for name, row in rows.items() if row["Verdict"] not in ("fine", "unknown")}
        self.assertLessEqual(wrong, {"dns", "program"}, rows)
        self.assertEqual(1 if wrong else 0, code)
        self.assertEqual("NTFS", rows["file-system"]["Found"])
        self.assertIn("20348", rows["windows"]["Found"])
        self.assertIn("GiB are free", rows["disk"]["Found"])
        self.assertEqual("yes", rows["containers"]["Found"])
        table = self.host.wcow("doctor")
        self.assertRegex(table.out, r"(?m)^fine      compute     yes: it has \d+ compute systems$")
        self.assertRegex(table.out, r"(?m)^0 broken, \d warnings?, \d+ unknown, \d+ fine\.$")

    def test_what_a_killed_monitor_left_is_found_and_given_back(self):
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                self.find_and_mend(isolation)

    def find_and_mend(self, isolation):
        name = f"lost-{isolation}"
        self.host.ok("run", "-d", "--isolation", isolation, "--name", name,
                     "microsoft/nanoserver", "ping", "-t", "localhost")
        rows, _ = self.examine()
        self.assertIn("1 of running containers", rows["systems"]["Found"])
        self.assertEqual(("fine", "fine"), (rows["monitors"]["Verdict"], rows["endpoints"]["Verdict"]))
        for pid, image in self.host.tasks().items():
            if image == "wcow.exe":
                self.host.kill(pid)
        rows, _ = self.examine()
        self.assertEqual("warning", rows["monitors"]["Verdict"])
        self.assertIn(name, rows["monitors"]["Found"])
        self.assertTrue(rows["monitors"]["Fixable"])
        rows, _ = self.examine("--fix", "-f")
        self.assertEqual(("fine", True), (rows["monitors"]["Verdict"], rows["monitors"]["Fixed"]))
        self.assertEqual("0 of running containers", rows["endpoints"]["Found"])
        self.assertEqual("0 of running containers", rows["systems"]["Found"])
        self.assertEqual("exited", self.host.inspect(name)["State"]["Status"])
        self.host.ok("rm", name)

    def test_a_service_that_does_not_answer_is_broken(self):
        self.host.fault(every=True, hr="0x800706BA")
        rows, code = self.examine()
        self.host.fault()
        self.assertEqual(2, code)
        self.assertEqual(("broken", "broken"), (rows["compute"]["Verdict"], rows["hns"]["Verdict"]))
        self.assertIn("0x800706BA", rows["compute"]["Found"])
        self.assertEqual("unknown", rows["systems"]["Verdict"])


class EventLog(HostCase):
    images = ("nanoserver",)

    def entries(self, *flags):
        done = self.host.ok("system", "events-log", "--format", "json", *flags)
        return [json.loads(line) for line in done.splitlines()]

    def service_writes(self, container, words):
        """What the Host Compute Service writes about a container when something fails."""
        folder = self.host.path(r"C:\hcssim\events")
        folder.mkdir(exist_ok=True)
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 60))
        with (folder / "Microsoft-Windows-Hyper-V-Compute-Admin.xml").open("a") as log:
            log.write(f"<Event><System><Provider Name='Microsoft-Windows-Hyper-V-Compute'/><EventID>2000</EventID>"
                      f"<Level>2</Level><TimeCreated SystemTime='{now}.0000000Z'/></System><UserData><VmlEventLog>"
                      f"<SystemId>{container}</SystemId><Why>{words}</Why></VmlEventLog></UserData></Event>\n")

    def test_a_failed_start_is_in_windows_log_and_told_with_what_the_service_wrote(self):
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                self.fail_to_start(isolation)

    def fail_to_start(self, isolation):
        name = f"broken-{isolation}"
        self.host.ok("create", "--isolation", isolation, "--name", name, "microsoft/nanoserver", "ping")
        container = self.host.inspect(name)["Id"]
        self.service_writes(container, "the disk is &lt;torn&gt;")
        self.host.fault(call="HcsStartComputeSystem", hr="0x80004005")
        done = self.host.wcow("start", name)
        self.host.fault()
        self.assertEqual(1, done.code, done)
        self.assertRegex(done.err, "Windows' event log says: .* the disk is <torn>")
        rows = self.entries(name)
        self.assertEqual(["wcow", "Microsoft-Windows-Hyper-V-Compute"], [row["Source"] for row in rows])
        self.assertEqual((1, "error", "Application"), (rows[0]["ID"], rows[0]["Level"], rows[0]["Channel"]))
        self.assertIn(f"cannot start container '{name}'", rows[0]["Message"])
        self.host.ok("rm", name)
        self.assertEqual(2, len(self.entries(container)), "one that is gone is known by its id")
        self.assertEqual(1, len(self.entries("-n", "1", container)))
        self.assertEqual([], self.entries("--since", "2099-01-01"))

    def test_nothing_is_written_where_that_is_off(self):
        settings = self.host.path(self.host.root) / "daemon.json"
        settings.write_text('{"event-log":false}')
        self.host.fault(call="HcsStartComputeSystem", hr="0x80004005")
        self.host.wcow("run", "--name", "quiet", "microsoft/nanoserver", "ping")
        self.host.fault()
        settings.unlink()
        self.assertEqual([], self.entries("quiet"))
