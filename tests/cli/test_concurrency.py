# SPDX-License-Identifier: MIT
"""Fifty containers from eight shells at once."""

import concurrent.futures

from wcowtest.case import HostCase

CONTAINERS, SHELLS = 50, 8


class Concurrency(HostCase):
    images = ("nanoserver",)

    def one_life(self, number):
        name = f"c{number}"
        container = self.host.ok("run", "-d", "--name", name, "microsoft/nanoserver", "ping", "-t",
                                 "localhost", timeout=300)
        done = self.host.wcow("exec", name, "exit", str(number), timeout=300)
        self.assertEqual(number, done.code, done)
        self.host.ok("stop", "-t", "1", name, timeout=300)
        return container

    def test_fifty_lives_from_eight_shells_lose_nothing(self):
        with concurrent.futures.ThreadPoolExecutor(SHELLS) as shells:
            ids = list(shells.map(self.one_life, range(CONTAINERS)))
        self.assertEqual(CONTAINERS, len(set(ids)))
        listed = self.host.ok("ps", "-aq", "--no-trunc").split()
        self.assertEqual(sorted(ids), sorted(listed))
        states = self.host.ok("ps", "-a", "--format", "{{.State}}").split()
        self.assertEqual(["exited"] * CONTAINERS, states)
        self.host.ok("rm", *ids, timeout=600)
        self.assertEqual([], self.host.leftovers())

    def test_a_name_is_given_once_however_many_ask(self):
        def ask(_):
            return self.host.wcow("create", "--name", "wanted", "microsoft/nanoserver", "cmd",
                                  timeout=300)

        with concurrent.futures.ThreadPoolExecutor(SHELLS) as shells:
            results = list(shells.map(ask, range(SHELLS)))
        self.assertEqual(1, sum(result.code == 0 for result in results), results)
        self.assertEqual("wanted", self.host.ok("ps", "-a", "--format", "{{.Names}}"))
