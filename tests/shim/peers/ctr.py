# SPDX-License-Identifier: MIT
"""ctr and the real containerd on our shim: tests/shim/peers/run."""

import subprocess
import threading
import unittest

from real import FOLDER, IMAGE, Node  # pylint: disable=import-error

FOREVER = ("ping", "-n", "1000", "localhost")


class Ctr(unittest.TestCase):
    runtime = "io.containerd.wcow.v1"
    node = None

    @classmethod
    def setUpClass(cls):
        cls.node = Node()
        cls.node.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.node.__exit__()

    def tearDown(self):
        if self.node.containerd.poll() is not None:
            self.node.boot()
        for name in self.node.ctr("container", "ls", "-q").split():
            self.node.program("ctr", "task", "rm", "-f", name)
            self.node.program("ctr", "container", "rm", name)
        self.node.await_end()

    def begin(self, name, *command, code=0, options=()):
        return self.node.ctr("run", "--runtime", self.runtime, *options, IMAGE, name, *command, code=code)

    def state(self, name):
        rows = (line.split() for line in self.node.ctr("task", "ls").splitlines()[1:])
        return next((row[2] for row in rows if row[0] == name), None)

    def test_output_and_exit_code_come_back(self):
        self.assertEqual("hello", self.begin("hello", "cmd", "/c", "echo hello", options=("--rm",)))
        self.assertEqual("", self.begin("seven", "cmd", "/c", "exit 7", code=7, options=("--rm",)))

    def test_a_program_that_is_not_there_is_named_and_leaves_nothing(self):
        self.assertIn("cannot run 'nosuch.exe'", self.begin("no", "nosuch.exe", code=1, options=("--rm",)))
        self.node.await_end()

    def test_input_goes_in_and_its_end_ends_the_program(self):
        done = self.node.program("ctr", "run", "--rm", "--runtime", self.runtime, IMAGE, "cat", "cat",
                                 stdin=None, input=b"x" * 270000)
        self.assertEqual((0, 270000), (done.returncode, len(done.stdout)), done.stderr)

    def test_a_running_task_is_listed_executed_in_measured_and_ended(self):
        self.begin("back", *FOREVER, options=("-d",))
        self.assertEqual("RUNNING", self.state("back"))
        execute = ("task", "exec", "--exec-id")
        self.assertEqual("inside", self.node.ctr(*execute, "one", "back", "cmd", "/c", "echo inside"))
        self.node.ctr(*execute, "two", "back", "cmd", "/c", "exit 9", code=9)
        self.assertIn("cannot run", self.node.ctr(*execute, "three", "back", "nosuch.exe", code=1))
        self.assertIn("ping.exe", self.node.ctr("task", "ps", "back"))
        self.assertIn("memory.private_working_set_bytes", self.node.ctr("task", "metrics", "back"))
        for verb in ("pause", "resume"):
            self.assertIn("cannot be paused", self.node.ctr("task", verb, "back", code=1))
        self.assertIn("no signal 10", self.node.ctr("task", "kill", "-s", "SIGUSR1", "back", code=1))
        self.assertIn("RUNNING", self.node.ctr("task", "ls"))
        self.node.ctr("task", "kill", "-s", "SIGTERM", "back")
        self.node.wait_until(lambda: self.state("back") == "STOPPED", "the end")
        self.assertIn("exit code 3221225786", self.node.ctr("task", "rm", "back"))
        self.node.ctr("container", "rm", "back")

    def test_what_was_created_is_started_later_or_removed(self):
        self.node.ctr("container", "create", "--runtime", self.runtime, IMAGE, "made", "cmd", "/c", "exit 3")
        self.node.ctr("task", "start", "made", code=3)
        self.node.ctr("container", "rm", "made")

    def test_a_name_can_be_used_again_and_again(self):
        for _ in range(3):
            self.assertEqual("again", self.begin("same", "cmd", "/c", "echo again", options=("--rm",)))

    def test_limits_mounts_and_labels_arrive(self):
        self.node.path(r"C:\shared").mkdir()
        (self.node.path(r"C:\shared") / "file").write_text("shared")
        mount = r"type=bind,src=C:\shared,dst=C:\inside,options=ro"
        before = len(self.node.calls())
        self.assertEqual("shared", self.begin("limits", "cmd", "/c", r"type inside\file", options=(
            "--rm", "--memory-limit", "104857600", "--cpu-count", "1", "--mount", mount)))
        made = [call["configuration"] for call in self.node.calls()[before:] if call["call"] == "HcsCreateComputeSystem"]
        self.assertIn('"SizeInMB":100', made[0].replace(" ", ""))

    def test_output_goes_to_a_file_that_the_log_uri_names(self):
        self.begin("logged", "cmd", "/c", "echo to a file", options=("-d", "--log-uri", "file:///C:/ctd/logged.txt"))
        self.node.wait_until(lambda: self.state("logged") == "STOPPED", "the end")
        self.assertEqual("to a file", self.node.path(r"C:\ctd\logged.txt").read_text().strip())

    def test_a_task_goes_on_while_containerd_is_killed_and_comes_back(self):
        self.begin("kept", *FOREVER, options=("-d",))
        self.node.power_off()
        self.node.boot()
        self.assertEqual("RUNNING", self.state("kept"))
        self.assertEqual("still", self.node.ctr("task", "exec", "--exec-id", "e", "kept", "cmd", "/c", "echo still"))
        self.node.ctr("task", "kill", "-s", "SIGKILL", "kept")
        self.node.wait_until(lambda: self.state("kept") == "STOPPED", "the end")

    def test_a_task_that_ended_while_containerd_was_away_tells_its_code(self):
        self.begin("ended", "cmd", "/c", "ping -n 3 localhost >nul & exit 5", options=("-d",))
        self.node.power_off()
        self.node.wait_until(lambda: self.node.left()["processes"] == 0, "the end")
        self.node.boot()
        self.assertEqual("STOPPED", self.state("ended"))
        self.assertIn("non-zero exit code 5", self.node.ctr("task", "rm", "ended"))

    def test_a_shim_that_is_killed_takes_its_task_along_and_leaves_nothing(self):
        self.begin("lost", *FOREVER, options=("-d",))
        self.node.kill_shims()
        self.node.await_end()
        self.assertIsNone(self.state("lost"))

    def test_a_shim_killed_while_containerd_is_away_leaves_nothing(self):
        self.begin("lost", *FOREVER, options=("-d",))
        self.node.power_off()
        self.node.kill_shims()
        self.node.boot()
        self.node.await_end()

    def test_containerd_killed_during_a_start_leaves_nothing_when_it_is_back(self):
        for pause in (0.0, 0.3, 0.6, 0.9, 1.2, 1.5):
            with self.subTest(pause=pause):
                begun = subprocess.Popen(["wine", rf"{FOLDER}\ctr.exe", "run", "-d", "--runtime", self.runtime, IMAGE,
                                          "cut", *FOREVER], env=self.node.process_environment(),
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)
                threading.Event().wait(pause)
                self.node.power_off()
                begun.wait(60)
                self.node.boot()
                self.node.program("ctr", "task", "rm", "-f", "cut")
                self.node.program("ctr", "container", "rm", "cut")
                self.node.await_end()


class CtrAsRunhcs(Ctr):
    """The same under the name of Microsoft's shim: containerd sends an Any, and is answered with version 2."""

    runtime = "io.containerd.runhcs.v1"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.node.path(FOLDER)
        (folder / "containerd-shim-runhcs-v1.exe").write_bytes(cls.node.shim.read_bytes())
        cls.node.shims = lambda: [pid for pid, name in cls.node.tasks().items() if name.startswith("containerd-shim-")]
