# SPDX-License-Identifier: MIT
"""Monitors as services of Windows, restart policies, and what comes back with the host."""

import subprocess
import tempfile
import time

from wcowtest.case import HostCase
from wcowtest.host import tool

IMAGE = "microsoft/nanoserver"
SERVICE = {"WCOW_MONITOR": "service"}
DIRECT = {"WCOW_MONITOR": "direct"}


class ServiceCase(HostCase):
    images = ("nanoserver",)

    def services(self):
        """{container's name: (start, state)}"""
        rows = self.host.ok("service", "ls", "--format", "{{.Names}}|{{.Start}}|{{.State}}")
        return {name: (start, state) for name, start, state in
                (row.split("|") for row in rows.splitlines())}

    def service_rows(self):
        return self.host.ok("service", "ls", "--format", "{{.ID}} {{.State}}").splitlines()

    def state(self, name):
        return self.host.inspect(name)["State"]

    def net(self, verb, name):
        """As an administrator, or Windows, starts and stops a service."""
        service = "wcow-" + self.host.inspect(name)["Id"][:12]
        subprocess.run(["wine", "net", verb, service], env=self.host.process_environment(), check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       timeout=60)

    def tearDown(self):
        super().tearDown()
        self.assertEqual({}, self.services(), "services are left")


class Services(ServiceCase):
    def test_a_monitor_is_a_service_or_a_process_and_either_ends_with_its_run(self):
        for isolation in ("process", "hyperv"):
            for way in (SERVICE, DIRECT):
                with self.subTest(isolation=isolation, way=way):
                    self.host.ok("run", "-d", "--name", "web", f"--isolation={isolation}", IMAGE, "ping", "-t",
                                 "localhost", environment=way)
                    expected = {"web": ("on demand", "running")} if way is SERVICE else {}
                    self.assertEqual(expected, self.services())
                    self.assertEqual(5, self.host.wcow("exec", "web", "exit", "5").code)
                    self.host.ok("stop", "-t", "1", "web")
                    self.assertEqual({}, self.services())
                    self.host.ok("start", "web", environment=way)
                    self.assertTrue(self.state("web")["Running"])
                    self.host.ok("rm", "-f", "web")
                    self.assertEqual({}, self.services())

    def test_an_update_of_the_policy_is_one_of_the_service(self):
        self.host.ok("run", "-d", "--name", "turn", IMAGE, "ping", "-t", "localhost")
        for policy, start in (("always", "with the host"), ("no", "on demand"), ("unless-stopped", "with the host")):
            self.host.ok("update", "--restart", policy, "turn")
            self.assertEqual({"turn": (start, "running")}, self.services())
        self.host.ok("stop", "-t", "0", "turn")
        self.assertEqual({}, self.services())
        self.host.ok("update", "--restart", "always", "turn")
        self.assertEqual({"turn": ("with the host", "stopped")}, self.services())

    def test_an_attached_run_is_the_same_either_way(self):
        for way in (SERVICE, DIRECT):
            with self.subTest(way=way):
                done = self.host.wcow("run", "--rm", "-i", IMAGE, "cat", stdin=b"a\x00b", environment=way)
                self.assertEqual((0, b"a\x00b"), (done.code, done.raw_out), done)

    def run_in_job(self, name, way):
        """In a job that ends what runs in it; what wcow says on standard error."""
        with tempfile.TemporaryFile() as errors:
            done = subprocess.run(["wine", tool("injob.exe"), "kills",
                                   *self.host.command("run", "-d", "--name", name, IMAGE, "ping", "-t",
                                                      "localhost")[1:]],
                                  env=self.host.process_environment({"WCOW_MONITOR": way}), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=errors, timeout=120, check=False)
            errors.seek(0)
            said = errors.read().decode()
        self.assertEqual(0, done.returncode, said)
        return said

    def test_a_container_outlives_the_job_of_who_started_it(self):
        self.assertEqual("", self.run_in_job("free", "service"))
        time.sleep(0.5)  # for what the job would have ended
        self.assertTrue(self.state("free")["Running"])
        self.assertEqual({"free": ("on demand", "running")}, self.services())

    def test_a_wcow_that_its_user_may_change_unelevated_is_no_service(self):
        # Its folder is this user's, as a profile is: the job would be left by a service, which is not made.
        said = self.run_in_job("bound", "")
        self.assertRegex(said, r"container 'bound' may end with the session or the job of this command, .*: programs "
                               r"that are not elevated may change '.*', .*; put wcow.exe where only administrators "
                               r"write: C:\\Program Files\\wcow")
        self.assertEqual({}, self.services())
        self.host.wait_until(lambda: not self.state("bound")["Running"], "the job ends it")

    def test_what_fails_is_started_again_as_its_policy_says(self):
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation=isolation):
                self.host.ok("run", "-d", "--name", "again", f"--isolation={isolation}", "--restart",
                             "on-failure:2", IMAGE, "exit", "3")
                self.host.wait_until(lambda: self.state("again")["Status"] == "exited", "it gives up")
                shown = self.host.inspect("again")
                self.assertEqual((2, 3), (shown["RestartCount"], shown["State"]["ExitCode"]))
                self.assertEqual({"Name": "on-failure", "MaximumRetryCount": 2},
                                 shown["HostConfig"]["RestartPolicy"])
                self.host.ok("rm", "again")

    def pauses(self, name, restarts):
        shown = self.host.inspect(name)
        return shown["RestartCount"] >= restarts and shown["State"]["Restarting"]

    def test_in_the_pause_before_a_restart_it_can_be_stopped_and_removed(self):
        self.host.ok("run", "-d", "--name", "loop", "--restart", "always", IMAGE, "exit", "1")
        self.host.wait_until(lambda: self.pauses("loop", 6), "it pauses for 3.2 s")
        self.assertRegex(self.host.ok("ps", "--format", "{{.Status}}"), r"^Restarting \(1\) .* ago$")
        refused = self.host.wcow("rm", "loop")
        self.assert_refused(refused, 1, "container is restarting: stop the container before removing or force")
        self.assert_refused(self.host.wcow("exec", "loop", "cmd"), 1, "is restarting, wait until")
        self.host.ok("stop", "loop")
        self.assertEqual("exited", self.state("loop")["Status"])
        self.assertEqual({"loop": ("with the host", "stopped")}, self.services())
        self.host.ok("rm", "loop")

    def test_net_stop_ends_it_as_stop_does_and_net_start_brings_it_back(self):
        self.host.ok("run", "-d", "--name", "svc", "--restart", "unless-stopped", IMAGE, "waiter")
        self.host.wait_until(lambda: "waiting" in self.host.ok("logs", "svc"), "the waiter waits")
        self.assertEqual({"svc": ("with the host", "running")}, self.services())
        self.net("stop", "svc")
        self.host.wait_until(lambda: self.state("svc")["Status"] == "exited", "it ends")
        self.assertIn("CTRL_SHUTDOWN", self.host.ok("logs", "svc"))
        self.host.wait_until(lambda: self.services() == {"svc": ("with the host", "stopped")}, "its service rests")
        self.net("start", "svc")
        self.host.wait_until(lambda: self.state("svc")["Running"], "it comes back")
        self.host.ok("stop", "-t", "0", "svc")
        self.assertEqual({}, self.services(), "stopped by its user, it stays so")

    def test_a_start_does_not_wait_for_who_reads_an_earlier_run(self):
        for policy in ("no", "always"):
            with self.subTest(policy):
                # Nobody takes what it says: the pipe is full, and the monitor waits with it.
                reader = self.host.start("run", "--name", "read", "--restart", policy, IMAGE, "flood", "4194304")
                self.host.wait_until(lambda: self.host.wcow("inspect", "read").code == 0
                                     and self.state("read")["Running"], "it runs")
                self.host.ok("stop", "-t", "0", "read")
                self.assertEqual(1, len(self.service_rows()), "its last process is there")
                started = self.host.wcow("start", "read")
                self.assertEqual((0, ""), (started.code, started.err))
                self.assertTrue(self.state("read")["Running"] or self.state("read")["ExitCode"] == 0)
                reader.communicate(timeout=60)
                self.host.ok("rm", "-f", "read")
                self.host.wait_until(lambda: not self.service_rows(), "both services are gone")

    def test_a_monitor_that_is_killed_leaves_nothing(self):
        for policy in ("no", "always"):
            with self.subTest(policy):
                self.host.ok("run", "-d", "--name", "lost", "--restart", policy, IMAGE, "ping", "-t",
                             "localhost", environment=SERVICE)
                for pid, image in self.host.tasks().items():
                    if image == "wcow.exe":
                        self.host.kill(pid)
                self.assertIn("monitor", self.state("lost")["Error"])
                kept = {} if policy == "no" else {"lost": ("with the host", "stopped")}
                self.assertEqual(kept, self.services())
                self.host.ok("start", "lost", environment=SERVICE)
                self.host.ok("rm", "-f", "lost")
                self.assertEqual({}, self.services())

    def test_the_service_of_a_container_that_is_gone_is_pruned(self):
        self.host.ok("run", "-d", "--name", "gone", "--restart", "always", IMAGE, "exit", "0")
        self.host.ok("stop", "gone")
        folder = self.host.path(self.host.root) / "containers" / self.host.inspect("gone")["Id"]
        (folder / "container.json").unlink()
        self.assertEqual({"(stray)": ("with the host", "stopped")}, self.services())
        self.host.ok("system", "prune", "-f")
        self.assertEqual({}, self.services())


class Reboot(ServiceCase):
    """The power fails and comes back: what has a policy does, too."""

    def test_with_the_host_come_back_those_whose_policy_says_so(self):
        for name, policy in (("a", "always"), ("u", "unless-stopped"), ("n", "no"), ("s", "unless-stopped"),
                             ("t", "always")):
            self.host.ok("run", "-d", "--name", name * 2, "--restart", policy, IMAGE, "ping", "-t", "localhost")
        self.host.ok("stop", "-t", "0", "ss", "tt")
        automatic = ("with the host", "running")
        self.assertEqual({"aa": automatic, "uu": automatic, "nn": ("on demand", "running"),
                          "tt": ("with the host", "stopped")}, self.services())
        self.host.reboot()
        # Wine's manager, which knows no order, starts them before the service of containers is there:
        # they wait for it.
        for name, runs in (("aa", True), ("uu", True), ("tt", True), ("nn", False), ("ss", False)):
            with self.subTest(name):
                self.host.wait_until(lambda name=name, runs=runs: self.state(name)["Running"] == runs, name)
        self.assertEqual({"aa", "uu", "tt"}, set(self.services()))
