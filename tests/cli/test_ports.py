# SPDX-License-Identifier: MIT
"""Networks of containers: published ports, several networks, joining and leaving, names."""

import json
import socket
import urllib.request

from wcowtest.case import HostCase

NANO, CORE = "microsoft/nanoserver:latest", "microsoft/windowsservercore:latest"
ISOLATIONS = ("process", "hyperv")
HOSTS = r"Windows\System32\drivers\etc\hosts"


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as page:
        return page.read().decode()


def ask(port, words="hello"):
    """What is answered to one datagram; None: nothing within a second."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(1)
        asker.connect(("127.0.0.1", port))
        try:
            asker.send(words.encode())
            return asker.recv(1024).decode()
        except OSError:
            return None


class Ports(HostCase):
    def wait_for_page(self, port):
        def answers():
            try:
                return fetch(port)
            except OSError:
                return None
        self.host.wait_until(answers, f"a page at port {port}")
        return fetch(port)

    def test_a_page_is_fetched_from_a_container(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                host, inner = free_port(), free_port()
                self.host.ok("run", "-d", "--name", isolation, "--isolation", isolation,
                             "-p", f"{host}:{inner}", CORE, "web", str(inner), f"page of {isolation}")
                self.assertEqual(f"page of {isolation}", self.wait_for_page(host))
                self.assertEqual(f"{inner}/tcp -> 0.0.0.0:{host}", self.host.ok("port", isolation))
                self.assertIn(f"0.0.0.0:{host}->{inner}/tcp",
                              self.host.ok("ps", "--format", "{{.Ports}}", "-f", f"publish={inner}"))
                self.host.ok("rm", "-f", isolation)
                with self.assertRaises(OSError):
                    fetch(host)

    def test_a_datagram_is_answered_by_a_container(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                host, inner = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
                self.host.ok("run", "-d", "--name", isolation, "--isolation", isolation,
                             "-p", f"{host}:{inner}/udp", CORE, "udp", str(inner), isolation)
                self.host.wait_until(lambda: ask(host), f"an answer from port {host}")
                self.assertEqual([f"{isolation}: one", f"{isolation}: two"], [ask(host, "one"), ask(host, "two")])
                self.assertEqual(f"{inner}/udp -> 0.0.0.0:{host}", self.host.ok("port", isolation))
                self.host.ok("rm", "-f", isolation)
                self.assertIsNone(ask(host))

    def test_a_port_of_the_host_is_chosen(self):
        self.host.ok("run", "-d", "--name", "chosen", "-p", "80", "--expose", "81", "-P", CORE,
                     "ping", "-t", "localhost")
        ports = self.host.inspect("chosen")["NetworkSettings"]["Ports"]
        self.assertEqual({"80/tcp", "81/tcp"}, set(ports))
        self.assertEqual(f"0.0.0.0:{ports['81/tcp'][0]['HostPort']}", self.host.ok("port", "chosen", "81"))
        self.host.ok("rm", "-f", "chosen")

    def endpoints_asked_for(self):
        return len([call for call in self.host.calls() if call["call"] == "HNSCall" and call["method"] == "POST"
                    and call["path"] == "/endpoints/"])

    def test_a_port_that_is_taken_leaves_nothing(self):
        """At every address: found before HNS is asked for an endpoint. At one: HNS says so."""
        for address, asked in (("", 0), ("127.0.0.1", 1)):
            with self.subTest(address), socket.socket() as taken:
                taken.bind((address, 0))
                taken.listen()
                port = taken.getsockname()[1]
                before = self.endpoints_asked_for()
                result = self.host.wcow("run", "--rm", "-p", f"{port}:80", CORE, "ping", "-t", "localhost")
                self.assertEqual(125, result.code, result)
                self.assertRegex(result.err, f"port {port}/tcp of the host( is already allocated)?: .*process .*has it")
                self.assertEqual(asked, self.endpoints_asked_for() - before)

    def test_the_container_that_has_a_port_is_named(self):
        port = free_port()
        self.host.ok("run", "-d", "--name", "first", "-p", f"{port}:80", CORE, "ping", "-t", "localhost")
        before = self.endpoints_asked_for()
        result = self.host.wcow("run", "--rm", "-p", f"{port}:81", CORE, "ping", "-t", "localhost")
        self.assertEqual(125, result.code, result)
        self.assertIn(f"port {port}/tcp of the host is already allocated: container first (", result.err)
        self.assertEqual(before, self.endpoints_asked_for())
        self.host.ok("rm", "-f", "first")

    def test_a_container_joins_and_leaves_networks(self):
        self.host.ok("run", "--rm", CORE, "exit", "0")  # the default network is the first of its type
        self.host.ok("network", "create", "-d", "nat", "--subnet", "172.33.0.0/16", "back")
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.host.ok("run", "-d", "--name", isolation, "--isolation", isolation, CORE,
                             "ping", "-t", "localhost")
                self.host.ok("network", "connect", "--ip", "172.33.0.9", "back", isolation)
                networks = self.host.inspect(isolation)["NetworkSettings"]["Networks"]
                self.assertEqual({"nat", "back"}, set(networks))
                self.assertEqual("172.33.0.9", networks["back"]["IPAddress"])
                self.host.ok("network", "disconnect", "nat", isolation)
                self.assertEqual({"back"},
                                 set(self.host.inspect(isolation)["NetworkSettings"]["Networks"]))
                self.host.ok("stop", "-t", "0", isolation)
                self.assertEqual([], [left for left in self.host.leftovers() if "endpoint" in str(left)])
                self.host.ok("start", isolation)
                self.assertEqual("172.33.0.9", self.host.inspect(isolation)["NetworkSettings"]
                                 ["Networks"]["back"]["IPAddress"])
                self.host.ok("rm", "-f", isolation)
        self.host.ok("network", "rm", "back")

    def test_a_container_shares_the_network_of_another(self):
        """Process isolation; Hyper-V has a network of its own for each VM, as with Docker."""
        host, inner = free_port(), free_port()
        first = self.host.ok("run", "-d", "--name", "first", "--isolation", "process", "-p", f"{host}:{inner}", CORE,
                             "web", str(inner), "page of first")
        self.assert_refused(self.host.wcow("run", "--isolation", "hyperv", "--network", "container:first", CORE,
                                           "exit", "0"), 125, "not supported while using Hyper-V Containers")
        second = self.host.ok("run", "-d", "--name", "second", "--isolation", "process", "--network", "container:first",
                              CORE, "ping", "-t", "localhost")
        made = {call["id"]: json.loads(call["configuration"]) for call in self.host.calls()
                if call["call"] == "HcsCreateComputeSystem"}
        self.assertEqual(first, made[second]["NetworkSharedContainerName"])
        self.assertEqual(made[first]["EndpointList"], made[second]["EndpointList"])
        self.assertEqual(made[first]["HostName"], made[second]["HostName"])
        self.assertEqual(f"container:{first}", self.host.inspect("second")["HostConfig"]["NetworkMode"])
        self.assert_refused(self.host.wcow("network", "connect", "nat", "second"), 1,
                            "container sharing network namespace with another container")
        self.host.ok("rm", "-f", "second")
        self.assertEqual("page of first", self.wait_for_page(host))  # its endpoint stays
        self.host.ok("stop", "-t", "0", "first")
        self.assert_refused(self.host.wcow("run", "--isolation", "process", "--network", "container:first", CORE,
                                           "exit", "0"), 125, "cannot join network of a non running container")
        self.host.ok("rm", "-f", "first")

    def test_names_are_in_the_hosts_file(self):
        self.host.ok("network", "create", "-d", "nat", "--subnet", "172.34.0.0/16", "names")
        self.host.ok("run", "-d", "--name", "first", "--network", "names", "--network-alias", "db", CORE,
                     "ping", "-t", "localhost")
        address = self.host.inspect("first")["NetworkSettings"]["Networks"]["names"]["IPAddress"]
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                file = self.host.ok("run", "--rm", "--isolation", isolation, "--network", "names",
                                    "--add-host", "x:10.0.0.5", CORE, "cmd", "/c", f"type {HOSTS}")
                self.assertIn("10.0.0.5 x", file)
                self.assertIn(f"{address} first", file)
                self.assertIn(f"{address} db", file)
        self.host.ok("run", "-d", "--name", "later", "--network", "names", CORE, "ping", "-t", "localhost")
        address = self.host.inspect("later")["NetworkSettings"]["Networks"]["names"]["IPAddress"]
        self.assertIn(f"{address} later", self.host.ok("exec", "first", "cmd", "/c", f"type {HOSTS}"))
        self.host.ok("rm", "-f", "later")
        self.assertNotIn(" later", self.host.ok("exec", "first", "cmd", "/c", f"type {HOSTS}"))
        self.host.ok("rm", "-f", "first")
        self.host.ok("network", "rm", "names")
