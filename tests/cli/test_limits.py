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

    def test_names_disks_devices_and_credentials_are_those_of_dockerd(self):
        device = "86E0D1E0-8089-11D0-9CE4-08003E301F73"
        credentials = '{"CmsPlugins":["ActiveDirectory"]}'
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                devices = ("--device", f"class/{device}") if isolation == "process" else ()
                document, _ = self.sent(isolation, "--hostname", "web", "--domainname", "corp.example",
                                        "--dns-search", "a.example", "--dns-search", "b.example",
                                        "--storage-opt", "size=200GB", "--security-opt",
                                        "credentialspec=raw://" + credentials, *devices)
                self.assertEqual(("web.corp.example", "a.example,b.example", credentials),
                                 (document["HostName"], document["DNSSearchList"], document["Credentials"]))
                self.assertEqual([{"InterfaceClassGuid": device}] if devices else None,
                                 document.get("AssignedDevices"))
                grown = [call for call in self.host.calls() if call["call"] == "ExpandSandboxSize"]
                self.assertEqual(200 << 30, grown[-1]["size"])
        self.assert_refused(self.host.wcow("create", "--isolation=hyperv", "--device", f"class/{device}", NANO),
                            1, "device assignment is not supported for HyperV containers")
        self.assert_refused(self.host.wcow("create", "--security-opt", "credentialspec=file://nosuch.json", NANO),
                            1, "failed to load credential spec")
        self.assertEqual("", self.host.ok("ps", "-aq"))

    def test_a_container_stops_by_its_own_signal(self):
        made = self.host.ok("run", "-d", "--stop-signal", "INT", NANO, "ping", "-t", "localhost")
        self.host.ok("stop", "-t", "20", made)
        sent = [call for call in self.host.calls() if call["call"] == "HcsSignalProcess"]
        self.assertIn("CtrlC", json.dumps(sent[-1]))
        self.host.ok("rm", made)
