# SPDX-License-Identifier: MIT
"""Health checks: probes in the container, what they make of it, and what tells of that."""

import json
import time

from wcowtest.case import HostCase

NANO = "microsoft/nanoserver"
ISOLATIONS = ("process", "hyperv")


class Health(HostCase):
    images = ("nanoserver",)

    def ping(self, name, *options):
        self.host.ok("run", "-d", "--name", name, *options, NANO, "ping", "-t", "localhost")

    def wait_for(self, name, state):
        self.host.wait_until(
            lambda: self.host.ok("ps", "-qf", f"health={state}", "-f", f"name={name}"), f"{name} is {state}", 60)

    def test_a_container_is_healthy_until_it_is_not(self):
        begun = int(time.time())
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                before = len(self.host.calls())
                self.ping(isolation, "--isolation", isolation, "--health-interval", "1s", "--health-retries", "1",
                          "--health-cmd", r"if exist C:\ill.txt (echo it is ill& exit 3) else exit 0")
                self.wait_for(isolation, "healthy")
                self.assertIn("(healthy)", self.host.ok("ps", "--format", "{{.Status}}", "-f", f"name={isolation}"))
                self.host.ok("exec", isolation, "cmd", "/c", r"echo x>C:\ill.txt")
                self.wait_for(isolation, "unhealthy")
                shown = self.host.inspect(isolation)
                health = shown["State"]["Health"]
                self.assertEqual("unhealthy", health["Status"])
                self.assertLessEqual(1, health["FailingStreak"])
                self.assertEqual((3, "it is ill"),
                                 (health["Log"][-1]["ExitCode"], health["Log"][-1]["Output"].strip()))
                self.assertEqual(1000000000, shown["Config"]["Healthcheck"]["Interval"])
                lines = [json.loads(call["processParameters"])["CommandLine"] for call in self.host.calls()[before:]
                         if call["call"] == "HcsCreateProcess"]
                self.assertTrue(any(line.startswith('cmd /S /C "if exist') for line in lines), lines)
                self.host.ok("stop", "-t", "0", isolation)
                told = self.host.ok("events", "--since", str(begun), "--until", str(int(time.time()) + 1), "-f",
                                    f"container={isolation}", "-f", "event=health_status", "--format", "{{.Action}}")
                self.assertEqual(["health_status: healthy", "health_status: unhealthy"], told.split("\n"))

    def test_a_probe_that_takes_too_long_is_ended(self):
        self.ping("slow", "--health-interval", "1s", "--health-timeout", "1s", "--health-retries", "1",
                  "--health-cmd", "ping -t localhost")
        self.wait_for("slow", "unhealthy")
        last = self.host.inspect("slow")["State"]["Health"]["Log"][-1]
        self.assertEqual(-1, last["ExitCode"])
        self.assertIn("Health check exceeded timeout (1s)", last["Output"])

    def test_none_is_none(self):
        self.ping("none", "--no-healthcheck")
        shown = self.host.inspect("none")
        self.assertEqual(["NONE"], shown["Config"]["Healthcheck"]["Test"])
        self.assertNotIn("Health", shown["State"])
        self.assertEqual("none", self.host.ok("ps", "-f", "health=none", "--format", "{{.Names}}"))
        self.assert_refused(self.host.wcow("create", "--no-healthcheck", "--health-cmd", "x", NANO), 125,
                            "--no-healthcheck conflicts with --health-* options")
