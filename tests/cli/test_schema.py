# SPDX-License-Identifier: MIT
"""Containers of schema 2, as containerd's shim makes them."""

import json

from wcowtest.case import HostCase

NANO = "microsoft/nanoserver"
ACCOUNT = '{"CmsPlugins":["ActiveDirectory"]}'


class Schema(HostCase):
    images = ("nanoserver",)

    def document(self, before):
        made = [call for call in self.host.calls()[before:] if call["call"] == "HcsCreateComputeSystem"]
        return json.loads(made[0]["configuration"])

    def test_one_lives_as_others_do(self):
        self.host.path("C:\\hostdata").mkdir(exist_ok=True)
        before = len(self.host.calls())
        self.host.ok("run", "-d", "--schema", "2", "--name", "web", "-m", "512m", "--health-cmd", "exit 0",
                     "-v", "C:\\hostdata:C:\\data:ro", "--security-opt", "credentialspec=raw://" + ACCOUNT, NANO, "ping", "-t", "localhost")
        document = self.document(before)
        self.assertEqual((2, 512), (document["SchemaVersion"]["Major"], document["Container"]["Memory"]["SizeInMB"]))
        self.assertTrue(document["Container"]["Networking"]["Namespace"])
        self.assertEqual(ACCOUNT, document["Container"]["ContainerCredentialGuard"]["CredentialSpec"])
        self.assertEqual(1, self.host.left()["guards"])
        self.assertEqual("hi", self.host.ok("exec", "web", "cmd", "/c", "echo hi").strip())
        self.assertIn("ping", self.host.ok("top", "web"))
        self.assertIn("web", self.host.ok("stats", "--no-stream", "web"))
        self.host.ok("update", "-m", "256m", "web")
        self.host.ok("restart", "-t", "1", "web")
        self.host.ok("stop", "-t", "1", "web")
        self.host.ok("rm", "web")
        self.assertEqual([], self.host.leftovers())
        deleted = [call for call in self.host.calls() if call["call"] == "HNSCall" and call.get("method") == "DELETE"
                   and call.get("path", "").startswith("/namespaces/")]
        self.assertEqual(2, len(deleted))

    def test_the_administrator_may_want_it_and_a_user_the_other(self):
        settings = self.host.path(self.host.root) / "daemon.json"
        settings.write_text('{"schema": 2}')
        try:
            plan = json.loads(self.host.ok("run", "--dry-run", NANO))
            self.assertEqual(2, plan["system"]["SchemaVersion"]["Major"])
            plan = json.loads(self.host.ok("create", "--schema", "1", "--dry-run", NANO))
            self.assertEqual("Container", plan["system"]["SystemType"])
            plan = json.loads(self.host.ok("run", "--isolation=hyperv", "--dry-run", NANO))
            self.assertTrue(plan["system"]["HvPartition"])
        finally:
            settings.unlink()
        self.assert_refused(self.host.wcow("create", "--schema", "2", "--isolation=hyperv", NANO), 1,
                            "--schema 2 is for process isolation")
