# SPDX-License-Identifier: MIT
"""Networks: made, listed, inspected, removed, pruned; what HNS is asked for; what is refused."""

import json

from wcowtest.case import HostCase

NANO = "microsoft/nanoserver:latest"
SHIM = "com.docker.network.windowsshim."


class Networks(HostCase):
    images = ("nanoserver",)

    def setUp(self):
        self.addCleanup(lambda: self.host.ok("network", "prune", "-f"))

    def create(self, *arguments):
        return self.host.ok("network", "create", *arguments)

    def inspect_network(self, name):
        return json.loads(self.host.ok("network", "inspect", name))[0]

    def names(self, *filters):
        return self.host.ok("network", "ls", "--format", "{{.Name}}", *filters).split()

    def sent(self, method):
        """Bodies and paths of what HNS was asked for."""
        return [call for call in self.host.calls()
                if call["call"] == "HNSCall" and call["method"] == method
                and call["path"].startswith("/networks/")]

    def test_a_network_lives_from_create_to_rm(self):
        made = self.create("--subnet", "172.40.0.0/16", "--gateway", "172.40.0.1", "--label", "tier=web",
                           "-o", SHIM + "dnsservers=1.1.1.1", "web")
        body = self.sent("POST")[-1]["object"]
        self.assertEqual({"Name": "web", "Type": "nat", "DNSServerList": "1.1.1.1",
                          "Subnets": [{"AddressPrefix": "172.40.0.0/16", "GatewayAddress": "172.40.0.1"}]},
                         body if isinstance(body, dict) else json.loads(body))
        self.assertRegex(self.host.ok("network", "ls").splitlines()[0], r"^NETWORK ID +NAME +DRIVER +SCOPE$")
        self.assertIn("web", self.names())
        self.assertEqual(["web"], self.names("-f", "label=tier=web"))
        shown = self.inspect_network(made[:8])
        self.assertEqual("web", shown["Name"])
        self.assertEqual([{"Subnet": "172.40.0.0/16", "Gateway": "172.40.0.1"}], shown["IPAM"]["Config"])
        self.assertEqual({"tier": "web"}, shown["Labels"])
        self.assertEqual({}, shown["Containers"])
        self.assertEqual("nat 172.40.0.0/16", self.host.ok(
            "inspect", "--type", "network", "-f", "{{.Driver}} {{(index .IPAM.Config 0).Subnet}}", "web"))
        self.assertEqual(made, self.host.ok("inspect", "-f", "{{.Id}}", "web"))
        self.assert_refused(self.host.wcow("network", "create", "WEB"), 1, "network with name WEB already exists")
        self.assert_refused(self.host.wcow("network", "create", "--subnet", "172.40.3.0/24", "other"), 1,
                            "overlaps that of the network 'web' (172.40.0.0/16)")
        self.assertEqual("web", self.host.ok("network", "rm", "web"))
        self.assertNotIn("web", self.names())

    def test_several_go_at_once_and_what_is_not_there_is_told(self):
        for number, driver in enumerate(("nat", "l2bridge", "internal")):
            self.create("-d", driver, "--subnet", f"172.4{number}.0.0/16", f"net{number}")
        removed = self.host.wcow("network", "rm", "net0", "nosuch", "net1")
        self.assertEqual((1, ["net0", "net1"]), (removed.code, removed.out.split()), removed)
        self.assertIn("network nosuch not found", removed.err)
        self.assertEqual("", self.host.ok("network", "rm", "-f", "nosuch"))
        self.assertEqual(["Deleted", "Networks:", "net2"], self.host.ok("network", "prune", "-f").split())

    def test_networks_of_running_containers_stay(self):
        container = self.host.ok("run", "-d", "--name", "busy", NANO, "ping", "-t", "localhost")
        self.addCleanup(self.host.ok, "rm", "-f", "busy")
        attached = self.inspect_network("nat")["Containers"]
        self.assertEqual("busy", attached[container]["Name"])
        self.assertRegex(attached[container]["IPv4Address"], r"^172\.\d+\.\d+\.\d+/\d+$")
        self.assert_refused(self.host.wcow("network", "rm", "nat"), 1,
                            "nat is a pre-defined network and cannot be removed")
        self.assertEqual(["nat", "none"], self.names("-f", "type=builtin"))
        self.assertEqual([], self.names("-f", "dangling=true"))
        self.host.ok("network", "prune", "-f")
        self.assertIn("nat", self.names())

    def test_containers_run_on_networks_of_their_own(self):
        self.create("--subnet", "172.44.0.0/16", "back")
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                container = self.host.ok("run", "-d", "--isolation", isolation, "--name", "busy", "--network", "back",
                                         NANO, "ping", "-t", "localhost")
                attached = self.inspect_network("back")["Containers"]
                self.assertEqual(("busy", "172.44."),
                                 (attached[container]["Name"], attached[container]["IPv4Address"][:7]))
                self.assert_refused(self.host.wcow("network", "rm", "back"), 1,
                                    f'network back has active endpoints (name:"busy" id:"{container[:12]}")')
                self.host.ok("rm", "-f", "busy")
        self.host.ok("network", "rm", "back")

    def test_system_prune_takes_what_wcow_made_and_nobody_uses(self):
        self.create("--label", "keep=yes", "kept")
        self.create("gone")
        self.host.ok("system", "prune", "-f", "--filter", "label!=keep")
        self.assertIn("kept", self.names())
        self.assertNotIn("gone", self.names())
        self.assertIn("Deleted Networks:\nkept", self.host.ok("system", "prune", "-f").replace("\r", ""))

    def test_what_windows_has_not_is_refused_with_its_reason(self):
        before = len(self.sent("POST"))
        for words, reason in (
                (("-d", "overlay", "x"), "needs a swarm"),
                (("-d", "bridge", "x"), "Windows has no network driver 'bridge'"),
                (("--subnet", "fd00::/64", "x"), "IPv6"),
                (("--gateway", "10.0.0.1", "--subnet", "172.40.0.0/16", "x"), "no matching subnet for gateway"),
                (("-o", SHIM + "vlanid=x", "x"), "its value is a number"),
                (("nat",), "operation is not permitted on predefined nat network")):
            with self.subTest(words):
                self.assert_refused(self.host.wcow("network", "create", *words), 1, reason)
        self.assert_refused(self.host.wcow("network", "create", "--subnet", "172.40.0.0/16", "--ip-range",
                                           "172.40.5.0/24", "x"), 125, "whole subnet")
        self.assertEqual(before, len(self.sent("POST")))

    def test_what_hns_refuses_is_explained(self):
        refused = self.host.wcow("network", "create", "-d", "transparent", "-o",
                                 SHIM + "interface=vEthernet (nat)", "x")
        self.assert_refused(refused, 1, "An adapter was not found", "Get-NetAdapter")
        self.assertNotIn("x", self.names())
        self.assertIn("adapter", self.host.ok("explain", "hns failed with error : an adapter was not found"))
