# SPDX-License-Identifier: MIT
"""Create, start, stop, restart, kill, wait, pause, rename, rm, exec, attach, logs, top, inspect."""

import json
import subprocess
import tempfile
import time

from wcowtest.case import HostCase
from wcowtest.host import tool


class Lifecycle(HostCase):
    def ping(self, *flags, image="microsoft/nanoserver"):
        return self.host.ok("run", "-d", *flags, image, "ping", "-t", "localhost")

    def test_a_job_that_keeps_the_monitor_is_warned_of_and_one_that_lets_go_is_not(self):
        for kind, warned in (("keeps", True), ("lets-go", False)):
            with self.subTest(kind), tempfile.TemporaryFile() as errors:
                done = subprocess.run(["wine", tool("injob.exe"), kind,
                                       *self.host.command("run", "-d", "--name", kind, "microsoft/nanoserver", "ping",
                                                          "-t", "localhost")[1:]],
                                      env=self.host.process_environment({"WCOW_MONITOR": "direct"}),
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, timeout=120, check=False)
                errors.seek(0)
                said = errors.read().decode()
                self.assertEqual(0, done.returncode, said)
                self.assertEqual(warned, "may end with the job" in said, said)
                self.assertEqual("running", self.host.inspect(kind)["State"]["Status"])

    def test_create_start_stop_restart_rm(self):
        container = self.host.ok("create", "--name", "web", "microsoft/nanoserver", "ping", "-t",
                                 "localhost")
        self.assertEqual("created", self.host.inspect("web")["State"]["Status"])
        self.assertEqual("web", self.host.ok("start", "web"))
        first = self.host.inspect("web")["State"]["Pid"]
        self.assertEqual("web", self.host.ok("restart", "-t", "1", "web"))
        self.assertNotEqual(first, self.host.inspect("web")["State"]["Pid"])
        self.assertEqual("web", self.host.ok("stop", "-t", "1", "web"))
        self.assertEqual("exited", self.host.inspect(container[:6])["State"]["Status"])
        self.assertEqual("web", self.host.ok("rm", "web"))

    def test_a_graceful_stop_lets_the_program_end_by_itself(self):
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                self.host.ok("run", "-d", "--name", f"w-{isolation}", f"--isolation={isolation}",
                             "microsoft/nanoserver", "waiter")
                self.host.wait_until(lambda: "waiting" in self.host.ok("logs", f"w-{isolation}"),
                                     "the waiter waits")
                self.host.ok("stop", f"w-{isolation}")
                self.assertIn("CTRL_SHUTDOWN", self.host.ok("logs", f"w-{isolation}"))

    def test_a_stuck_program_is_terminated_when_the_time_is_over(self):
        self.host.ok("run", "-d", "--name", "stuck", "microsoft/nanoserver", "stuck")
        begin = time.monotonic()
        self.host.ok("stop", "-t", "2", "stuck")
        self.assertLess(time.monotonic() - begin, 20)
        self.assertFalse(self.host.inspect("stuck")["State"]["Running"])

    def test_wait_prints_the_exit_code(self):
        self.host.ok("run", "-d", "--name", "short", "microsoft/nanoserver", "exit", "0xC000013A")
        self.assertEqual(str(0xC000013A), self.host.ok("wait", "short"))
        self.assertEqual(str(0xC000013A), self.host.ok("wait", "short"), "and again when it is over")

    def test_kill_ends_it_at_once(self):
        self.ping("--name", "victim")
        self.assertEqual("victim", self.host.ok("kill", "victim"))
        self.host.wait_until(lambda: not self.host.inspect("victim")["State"]["Running"], "it ended")

    def test_pause_works_for_hyperv_only(self):
        self.ping("--name", "vm", "--isolation=hyperv")
        self.ping("--name", "silo", "--isolation=process")
        self.host.ok("pause", "vm")
        self.assertEqual("paused", self.host.inspect("vm")["State"]["Status"])
        self.host.ok("unpause", "vm")
        self.assertEqual("running", self.host.inspect("vm")["State"]["Status"])
        refused = self.host.wcow("pause", "silo")
        self.assertEqual(1, refused.code, refused)
        self.assertIn("silo", refused.err)

    def test_a_name_is_unique_and_can_be_changed(self):
        self.host.ok("create", "--name", "one", "microsoft/nanoserver", "cmd")
        again = self.host.wcow("create", "--name", "one", "microsoft/nanoserver", "cmd")
        self.assert_refused(again, 1, "one")
        self.host.ok("rename", "one", "two")
        self.assertEqual("two", self.host.ok("ps", "-a", "--format", "{{.Names}}"))

    def test_exec_runs_beside_the_first_program(self):
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                name = f"x-{isolation}"
                self.ping("--name", name, f"--isolation={isolation}")
                done = self.host.wcow("exec", "-e", "K=v", name, "cmd", "/c", "echo %K%")
                self.assertEqual((0, "v"), (done.code, done.out.strip()), done)
                self.assertEqual(42, self.host.wcow("exec", name, "exit", "42").code)
                self.assertEqual(127, self.host.wcow("exec", name, "nosuch").code)
                echoed = self.host.wcow("exec", "-i", name, "cat", stdin=b"a\x00b\xff")
                self.assertEqual(b"a\x00b\xff", echoed.raw_out, echoed)
                self.host.ok("exec", "-d", name, "sleep", "60")
                self.host.wait_until(lambda: "sleep.exe" in self.host.ok("top", name),
                                     "sleep runs in the background")

    def exec_ids(self, name):
        return json.loads(self.host.ok("inspect", "-f", "{{json .ExecIDs}}", name))

    def test_inspect_lists_the_execs_that_run(self):
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                name = f"busy-{isolation}"
                self.ping("--name", name, f"--isolation={isolation}")
                self.assertIsNone(self.exec_ids(name))
                self.assertEqual("[]", self.host.ok("inspect", "-f", "{{.ExecIDs}}", name))
                self.host.ok("exec", "-d", name, "sleep", "60")
                left = self.exec_ids(name)
                self.assertEqual(1, len(left), left)
                self.assertRegex(left[0], "^[0-9a-f]{64}$")
                watched = self.host.start("exec", "-i", name, "cat", stdin=subprocess.PIPE)
                self.host.wait_until(lambda: len(self.exec_ids(name)) == 2, "cat is listed, too")
                watched.communicate(b"", timeout=60)
                self.assertEqual(left, self.exec_ids(name))
                self.host.ok("rm", "-f", name)

    def test_logs_tail_timestamps_and_follow(self):
        self.host.ok("run", "--name", "talk", "microsoft/nanoserver", "cmd", "/c",
                     "echo one& echo two& echo three")
        self.assertEqual(["one", "two", "three"],
                         [line.strip() for line in self.host.ok("logs", "talk").splitlines()])
        self.assertEqual("three", self.host.ok("logs", "--tail", "1", "talk").strip())
        self.assertRegex(self.host.ok("logs", "-t", "--tail", "1", "talk"),
                         r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z three")
        self.ping("--name", "pings")
        follow = self.host.start("logs", "-f", "pings")
        self.assertIn(b"Reply", b"".join(follow.stdout.readline() for _ in range(3)))
        self.host.ok("rm", "-f", "pings")
        self.assertEqual(0, follow.wait(timeout=30))
        follow.stdout.close()
        follow.stderr.close()

    def test_attach_shows_what_comes_and_ends_with_it(self):
        self.host.ok("run", "-d", "--name", "six", "microsoft/nanoserver", "ping", "-n", "6",
                     "localhost")
        done = self.host.wcow("attach", "--no-stdin", "six")
        self.assertEqual(0, done.code, done)
        self.assertIn("Reply", done.out)

    def test_inspect_speaks_dockers_json(self):
        container = self.ping("--name", "shape", "-l", "tier=web", "-e", "A=b")
        shape = self.host.inspect("shape")
        self.assertEqual((container, "/shape"), (shape["Id"], shape["Name"]))
        self.assertEqual("web", shape["Config"]["Labels"]["tier"])
        self.assertIn("A=b", shape["Config"]["Env"])
        self.assertEqual("windows", shape["Platform"])
        self.assertEqual("true", self.host.ok("inspect", "-f", "{{.State.Running}}", "shape"))

    def test_ps_formats(self):
        container = self.ping("--name", "fmt")
        self.assertEqual(container[:12], self.host.ok("ps", "-q"))
        row = json.loads(self.host.ok("ps", "--format", "json"))
        self.assertEqual(("fmt", "running"), (row["Names"], row["State"]))
        self.assertEqual(f"{container[:12]} fmt",
                         self.host.ok("ps", "--format", "{{.ID}} {{.Names}}"))

    def test_a_running_container_is_not_removed_without_force(self):
        self.ping("--name", "busy")
        refused = self.host.wcow("rm", "busy")
        self.assertEqual(1, refused.code, refused)
        self.assertIn("running", refused.err)
        self.assertTrue(self.host.inspect("busy")["State"]["Running"])

    def test_a_lost_monitor_is_noticed_and_cleaned_up_after(self):
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                name = f"lost-{isolation}"
                self.ping("--name", name, f"--isolation={isolation}")
                for pid, image in self.host.tasks().items():
                    if image == "wcow.exe":
                        self.host.kill(pid)
                state = self.host.inspect(name)["State"]
                self.assertFalse(state["Running"])
                self.assertIn("monitor", state["Error"])
                self.host.ok("start", name)
                self.host.ok("rm", "-f", name)
