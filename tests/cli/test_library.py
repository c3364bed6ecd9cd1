# SPDX-License-Identifier: MIT
"""Programs that use the library: the examples, on a simulated host."""

import shutil
import subprocess

from wcowtest import case, host

EXAMPLES = host.BUILD / "examples"
NANO, CORE = "microsoft/nanoserver:latest", "microsoft/windowsservercore:latest"


class Examples(case.HostCase):
    """Each is tried as its users have it: beside wcow.exe in a folder of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = cls.host.path(r"C:\program")
        cls.folder.mkdir()
        shutil.copy(host.WCOW, cls.folder / "wcow.exe")
        for name in ("run", "report", "replace"):
            shutil.copy(EXAMPLES / f"{name}.exe", cls.folder)

    def example(self, name, *words, folder=None):
        return subprocess.run(["wine", (folder or self.folder) / f"{name}.exe", *words],
                              env=self.host.process_environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120, check=False)

    def test_run_hands_on_output_and_exit_code(self):
        done = self.example("run", NANO, "cmd", "/c", "echo hello& exit 7")
        self.assertEqual((7, "hello"), (done.returncode, done.stdout.strip()), done)
        self.assertEqual("", self.host.ok("ps", "-aq"))
        done = self.example("run", NANO, "no-such-program")
        self.assertEqual(125, done.returncode, done)
        self.assertIn("no-such-program", done.stderr)
        self.assertEqual("", self.host.ok("ps", "-aq"))

    def test_a_program_needs_wcow_beside_it(self):
        alone = self.host.path(r"C:\alone")
        alone.mkdir()
        shutil.copy(EXAMPLES / "run.exe", alone)
        done = self.example("run", NANO, "cmd", "/c", "echo hello", folder=alone)
        self.assertEqual(125, done.returncode, done)
        self.assertIn("there is no wcow.exe beside this program", done.stderr)
        self.assertEqual("", self.host.ok("ps", "-aq"))

    def test_report_shows_what_runs_and_what_does_not(self):
        self.host.ok("run", "-d", "--name", "up", CORE, "ping", "localhost", "-t")
        self.host.ok("create", "--name", "down", NANO, "cmd")
        done = self.example("report")
        self.assertEqual(0, done.returncode, done)
        self.assertRegex(done.stdout, r"(?m)^up +process +cpu +\d+\.\d% +memory \d+ KiB")
        self.assertRegex(done.stdout, r"(?m)^down +process +Created")

    def test_replace_takes_the_new_one_or_leaves_the_old_one(self):
        self.host.ok("run", "-d", "--name", "web", "-p", "8080:80", CORE, "ping", "localhost", "-t")
        before = self.host.ok("inspect", "-f", "{{.Id}}", "web")
        done = self.example("replace", "web", CORE, "8080:80", "cmd", "/c", "exit 1")
        self.assertEqual((1, True), (done.returncode, "replace: " in done.stderr), done)
        self.assertEqual(f"{before} running", self.host.ok("inspect", "-f", "{{.Id}} {{.State.Status}}",
                                                           "web"))
        done = self.example("replace", "web", CORE, "8080:80", "ping", "localhost", "-t")
        self.assertEqual((0, "replaced"), (done.returncode, done.stdout.strip()), done)
        after = self.host.ok("inspect", "-f", "{{.Id}} {{.State.Status}}", "web")
        self.assertRegex(after, " running$")
        self.assertNotIn(before, after)
        self.assertEqual("web", self.host.ok("ps", "-a", "--format", "{{.Names}}"))
