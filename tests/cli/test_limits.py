# SPDX-License-Identifier: MIT
"""Flags that change what the service is told: the documents in its journal."""

import json

from wcowtest.case import HostCase

NANO = "microsoft/nanoserver"


class Limits(HostCase):
    def sent(self, isolation, *words):
        """The document of a container's system, which ran and is gone, and what was printed."""
        before = len(self.host.calls())
        done = self.host.wcow("run", "--rm", f"--isolation={isolation}", *words, NANO, "cmd", "/c", "echo hi")
        self.assertEqual((0, "hi"), (done.code, done.out.strip()), done.err)
        made = [call for call in self.host.calls()[before:] if call["call"] == "HcsCreateComputeSystem"]
        return json.loads(made[0]["configuration"]), done

    def test_limits_are_those_of_dockerd(self):
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                document, done = self.sent(isolation, "--cpu-count", "1", "-c", "500", "-m", "512m",
                                           "--io-maxbandwidth", "10mb", "--io-maxiops", "500")
                self.assertEqual((1, 512, 10 << 20, 500),
                                 tuple(document[name] for name in ("ProcessorCount", "MemoryMaximumInMB",
                                                                   "StorageBandwidthMaximum",
                                                                   "StorageIOPSMaximum")))
                self.assertEqual(None if isolation == "process" else 500, document.get("ProcessorWeight"))
                self.assertEqual(isolation == "process", "CPU shares discarded" in done.err)

    def test_half_a_processor(self):
        document, _ = self.sent("hyperv", "--cpus", "0.5")
        self.assertEqual((1, 5000), (document["ProcessorCount"], document["ProcessorMaximum"]))
        document, _ = self.sent("process", "--cpus", "0.5")
        self.assertLessEqual(1, document["ProcessorMaximum"])
        self.assertNotIn("ProcessorCount", document)
        made = self.host.ok("create", "--cpus", "0.5", NANO)
        self.assertEqual(500000000, self.host.inspect(made)["HostConfig"]["NanoCpus"])
        self.host.ok("rm", made)

    def test_limits_that_contradict_each_other_are_refused(self):
        self.assert_refused(self.host.wcow("create", "--cpus", "1", "--cpu-percent", "50", NANO), 1,
                            "conflicting options: Nano CPUs and CPU Percent cannot both be set")
        self.assert_refused(self.host.wcow("create", "--cpus", "100000", NANO), 1,
                            "range of CPUs is from 0.01 to ")
        self.assertEqual("", self.host.ok("ps", "-aq"))
