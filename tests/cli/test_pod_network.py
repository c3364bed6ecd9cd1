# SPDX-License-Identifier: MIT
"""Namespaces by the raw calls of computenetwork.dll, and the CNI plug-in of the tests of pods: no container, no shim."""

from wcowtest.case import HostCase
from wcowtest.pod_network import NETNS, Network


class PodNetwork(HostCase):
    images = ()

    def test_a_pod_gets_an_address_in_its_namespace_and_loses_it_again(self):
        self.host.ok("network", "create", "-d", "nat", "pods")
        network = Network(self.host, "pods")
        one, other = network.make(), network.make()
        addresses = [network.plug_in("ADD", pod, space)["ips"][0]["address"]
                     for pod, space in (("pod-one", one), ("pod-two", other))]
        self.assertEqual(2, len(set(addresses)), addresses)
        self.assertEqual({"Endpoint"}, set(network.resources(one)))
        self.assertEqual(2, self.host.left()["namespaces"])
        for pod, space in (("pod-one", one), ("pod-two", other)):
            network.plug_in("DEL", pod, space)
            self.assertEqual({}, network.resources(space))
            network.delete(space)
            network.plug_in("DEL", pod, "")
        self.assertEqual("[]", network.run(NETNS, "list"))
        self.host.ok("network", "rm", "pods")


class OlderHost(HostCase):
    host_options = ("--build", "17134")
    images = ()

    def test_windows_before_2019_has_no_namespaces(self):
        with self.assertRaisesRegex(AssertionError, "computenetwork.dll: 0x8007007E"):
            Network(self.host, "pods").make()
