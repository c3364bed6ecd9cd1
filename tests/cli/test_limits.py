# SPDX-License-Identifier: MIT
"""Flags that change what the service is told: the documents in its journal."""

import json
import subprocess

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
        for isolation in ("process", "hyperv"):
            document, _ = self.sent(isolation, "--cpu-percent", "50")
            self.assertEqual(5000, document["ProcessorMaximum"])
        made = self.host.ok("create", "--cpus", "0.5", NANO)
        self.assertEqual(500000000, self.host.inspect(made)["HostConfig"]["NanoCpus"])
        self.host.ok("rm", made)

    def test_limits_that_contradict_each_other_are_refused(self):
        self.assert_refused(self.host.wcow("create", "--cpus", "1", "--cpu-percent", "50", NANO), 1,
                            "conflicting options: Nano CPUs and CPU Percent cannot both be set")
        self.assert_refused(self.host.wcow("create", "--cpus", "100000", NANO), 1,
                            "range of CPUs is from 0.01 to ")
        # Of an image that is not there, too: nobody asks a registry for it.
        done = self.host.wcow("run", "--cpu-percent", "101", "nobody/has:this")
        self.assert_refused(done, 125, "range of CPUPercent is from 1 to 100")
        self.assertNotIn("Unable to find image", done.err)
        self.assertEqual("", self.host.ok("ps", "-aq"))

    def test_users_are_passed_on_and_one_that_is_not_known_is_explained(self):
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                before = len(self.host.calls())
                self.host.ok("run", "-d", "--name", isolation, f"--isolation={isolation}", "-u", "alice:group", NANO,
                             "ping", "-t", "localhost")
                self.host.ok("exec", "-u", "CORP\\bob", isolation, "cmd", "/c", "exit 0")
                users = [json.loads(call["processParameters"])["User"] for call in self.host.calls()[before:]
                         if call["call"] == "HcsCreateProcess"]
                self.assertEqual(["alice:group", "CORP\\bob"], users)
                self.host.fault(call="HcsCreateProcess", every=True, hr="0x8007052E")
                done = self.host.wcow("exec", "-u", "nobody", isolation, "cmd")
                self.host.fault()
                self.assertNotEqual(0, done.code)
                for words in ("0x8007052E", "ContainerUser or ContainerAdministrator"):
                    self.assertIn(words, done.err)

    def test_a_credential_spec_of_the_registry(self):
        spec = '{"CmsPlugins":["ActiveDirectory"]}'
        key = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Virtualization\Containers\CredentialSpecs"
        subprocess.run(["wine", "reg", "add", key, "/v", "web", "/d", spec, "/f", "/reg:64"], check=True, timeout=60,
                       env=self.host.process_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        document, _ = self.sent("process", "--security-opt", "credentialspec=registry://web")
        self.assertEqual(spec, document["Credentials"])
        self.assert_refused(self.host.wcow("create", "--security-opt", "credentialspec=registry://other", NANO), 1,
                            'registry credential spec "other" was not found')

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
