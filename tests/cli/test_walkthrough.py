# SPDX-License-Identifier: MIT
"""The walk-through that the project was created from, step by step."""

import re

from wcowtest.case import HostCase


class WalkThrough(HostCase):
    def pids_in_top(self, container, name):
        rows = [line.split() for line in self.host.ok("top", container).splitlines()]
        self.assertEqual(["Name", "PID", "CPU", "Private", "Working", "Set"], rows[0])
        return [int(row[1]) for row in rows[1:] if row[0] == name]

    def test_an_interactive_shell_in_a_hyperv_container_runs_what_is_typed(self):
        with self.terminal("run", "-it", "--isolation=hyperv", "microsoft/nanoserver",
                           "cmd") as terminal:
            terminal.expect(r"C:\\[^\n]*>")
            terminal.type("echo typed-%COMPUTERNAME%-here\r")
            terminal.expect(r"typed-\w+-here")
            terminal.type("exit 3\r")
            self.assertEqual(3, terminal.wait())

    def test_a_process_isolated_container_shows_its_process_on_the_host(self):
        container = self.host.ok("run", "-d", "microsoft/windowsservercore", "ping", "localhost",
                                 "-t")
        self.assertRegex(container, r"^[0-9a-f]{64}$")
        pids = self.pids_in_top(container, "ping.exe")
        self.assertEqual(1, len(pids))
        self.assertEqual("ping.exe", self.host.tasks().get(pids[0]), "the host sees the same pid")

        self.host.ok("stop", "-t", "2", container)
        self.assertNotIn(pids[0], self.host.tasks())
        self.assertEqual(container, self.host.ok("rm", container))
        self.assertEqual("", self.host.ok("ps", "-aq"))
        self.assertEqual([], self.host.leftovers())

    def test_a_hyperv_container_hides_its_process_from_the_host(self):
        container = self.host.ok("run", "-d", "--isolation=hyperv", "microsoft/nanoserver", "ping",
                                 "-t", "localhost")
        self.assertEqual(1, len(self.pids_in_top(container, "ping.exe")))
        names = self.host.tasks().values()
        self.assertNotIn("ping.exe", names, "the host does not see it")
        self.assertIn("vmwp.exe", names, "the host sees the worker of the utility VM")

        self.host.ok("stop", "-t", "2", container)
        self.assertNotIn("vmwp.exe", self.host.tasks().values())
        self.host.ok("rm", container)
        self.assertEqual([], self.host.leftovers())

    def test_both_at_once_have_processes_of_their_own(self):
        process = self.host.ok("run", "-d", "microsoft/windowsservercore", "ping", "localhost", "-t")
        hyperv = self.host.ok("run", "-d", "--isolation=hyperv", "microsoft/nanoserver", "ping",
                              "-t", "localhost")
        pings = [pid for pid, name in self.host.tasks().items() if name == "ping.exe"]
        self.assertEqual(self.pids_in_top(process, "ping.exe"), pings)
        self.assertEqual(1, len(self.pids_in_top(hyperv, "ping.exe")))
        rows = self.host.ok("ps").splitlines()
        self.assertTrue(re.match(r"CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES",
                                 rows[0]), rows[0])
        self.assertEqual(2, len(rows) - 1)
        self.host.ok("rm", "-f", process, hyperv)
