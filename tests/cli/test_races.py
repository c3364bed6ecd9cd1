# SPDX-License-Identifier: MIT
"""
Commands that come at once, and monitors that die among them: nobody fails for it, nothing is left.

WCOW_RACES=long runs them as long as a release wants it: 60 rounds of 2 starts beside 3 removals, and 800
operations with 80 killed monitors; else a few rounds of each.
"""

import concurrent.futures
import contextlib
import json
import os
import random
import subprocess

from wcowtest.case import HostCase

LONG = os.environ.get("WCOW_RACES") == "long"
ROUNDS = 60 if LONG else 4
OPERATIONS, KILLS = (800, 80) if LONG else (40, 6)
SHELLS, NAMES = 6, 10
KILLED = 77  # the exit code of what we kill: a monitor, or a command that has got the id of one by then
NANO = "microsoft/nanoserver"

# What an operation may say of a container that another command takes away, or ends, or that died.
LOST = ("removed by another command", "No such container", "No such object", "is not running", "is gone",
        "marked for removal", "already in use", "monitor of container", "monitor died",
        "cannot attach to a stopped container", "stop the container before removing", "is paused",
        "is not paused", "is being created", "monitor lost")


class Races(HostCase):
    images = ("nanoserver",)
    seconds = 120

    def at_once(self, *commands):
        with concurrent.futures.ThreadPoolExecutor(len(commands)) as shells:
            return list(shells.map(lambda command: self.host.wcow(*command, timeout=300), commands))

    def test_starts_beside_removals_end_in_a_removal(self):
        for number in range(ROUNDS):
            self.host.ok("create", "--name", "web", NANO, "ping", "-t", "localhost")
            results = self.at_once(*[("start", "web")] * 2, *[("rm", "-f", "web")] * 3)
            for result in results[:2]:
                if result.code != 0:
                    self.assertRegex(result.err, "removed by another command|No such container", (number, result))
            for result in results[2:]:
                if result.code != 0:
                    self.assertIn("No such container", result.err, (number, result))
            self.assertEqual("", self.host.ok("ps", "-aq"), (number, results))
            self.assertEqual([], self.host.leftovers(), (number, results))
            self.assertEqual([], self.host.folders("containers"), (number, results))

    def test_a_stop_beside_a_kill_of_a_paused_one_ends_it(self):
        for number in range(max(1, ROUNDS // 4)):
            self.host.ok("run", "-d", "--name", "vm", "--isolation=hyperv", NANO, "ping", "-t", "localhost")
            self.host.ok("pause", "vm")
            stop, kill = self.at_once(("stop", "-t", "2", "vm"), ("kill", "vm"))
            self.assertEqual(0, stop.code, (number, stop, kill))
            if kill.code != 0:
                self.assertIn("is not running", kill.err, (number, stop, kill))
            self.assertEqual("exited", self.host.ok("ps", "-a", "--format", "{{.State}}"))
            self.host.ok("rm", "vm")

    def operate(self, seed):
        """One operation on one of a few containers; what it said if that was no fair loss."""
        choose = random.Random(seed)
        name = f"c{choose.randrange(NAMES)}"
        command = choose.choice((("run", "-d", "--name", name, NANO, "ping", "-t", "localhost"),
                                 ("start", name), ("stop", "-t", "1", name), ("kill", name),
                                 ("rm", "-f", name), ("exec", name, "exit", "3"), ("ps", "-a"),
                                 ("restart", "-t", "1", name), ("inspect", name)))
        result = self.host.wcow(*command, timeout=300)
        fair = result.code in (0, KILLED) or command[0] == "exec" or any(word in result.err for word in LOST)
        return None if fair else repr(result)

    def monitors(self):
        """The process ids that the states of running containers tell."""
        for folder in self.host.folders("containers"):
            try:
                state = json.loads((folder / "state.json").read_text())
            except (OSError, ValueError):  # it goes just now
                continue
            if state.get("monitorPid"):
                yield state["monitorPid"]

    def kill_a_monitor(self, seed):
        """None: nobody complains of it."""
        monitors = list(self.monitors())
        if monitors:
            with contextlib.suppress(subprocess.CalledProcessError):  # it has ended meanwhile
                self.host.kill(random.Random(seed).choice(monitors), KILLED)

    def test_operations_among_dying_monitors_leave_nothing(self):
        every = OPERATIONS // KILLS
        with concurrent.futures.ThreadPoolExecutor(SHELLS) as shells:
            jobs = [shells.submit(self.kill_a_monitor if number % every == every - 1 else self.operate, number)
                    for number in range(OPERATIONS)]
            unfair = [said for said in (job.result() for job in jobs) if said]
        for name in self.host.ok("ps", "-aq", "--no-trunc").split():
            self.host.ok("rm", "-f", name, timeout=300)
        self.host.ok("system", "prune", "-f")
        self.assertEqual([], self.host.leftovers())
        self.assertEqual([], self.host.folders("containers"))
        self.assertEqual([], unfair)
