# SPDX-License-Identifier: MIT
"""Pods on containerd-shim-wcow-v1.exe, as crictl and kubelet have them: wcowtest/cri.py."""

import json
import shutil

from wcowtest.case import HostCase
from wcowtest.containerd import SHIM, Containerd, layers_of
from wcowtest.cri import Cri
from wcowtest.pod_network import Network


class Pods(HostCase):
    images = ("nanoserver",)

    def setUp(self):
        self.host.ok("network", "create", "-d", "nat", "pods")
        self.containerd = Containerd(self.host)
        self.network = Network(self.host, "pods")
        self.cri = Cri(self.containerd, self.network, layers_of(self.host))

    def tearDown(self):
        if self.containerd.process.poll() is None:
            self.containerd.end()
        for pid in self.shims():  # of a case that failed
            self.host.kill(pid)
        for pod in list(self.cri.pods):
            self.cri.end_network(pod)
        self.host.ok("network", "rm", "pods")
        super().tearDown()

    def shims(self):
        return [pid for pid, name in self.host.tasks().items() if name == SHIM.name]

    def use(self, pod):
        """Two containers, probes that succeed, fail and take too long, and a container that is stopped."""
        web, worker = f"{pod.name}-web", f"{pod.name}-worker"
        self.cri.start_container(pod, web, "waiter", "3")
        self.cri.start_container(pod, worker, "ping", "-n", "1000", "localhost")
        found = self.network.resources(pod.space)
        self.assertEqual(1, len(found["Endpoint"]), found)
        self.assertEqual({pod.name, web, worker}, set(found["Container"]), found)
        for name in (web, worker):
            self.assertEqual((0, "ready"), self.cri.exec_sync(pod, name, "cmd", "/c", "echo ready"))
        self.assertEqual(7, self.cri.exec_sync(pod, web, "cmd", "/c", "exit 7")[0])
        self.assertNotEqual(0, self.cri.exec_sync(pod, worker, "ping", "-n", "50", "localhost", seconds=1)[0])
        self.assertEqual(3, self.cri.stop_container(pod, web, 20))
        self.assertEqual({pod.name, worker}, set(self.network.resources(pod.space)["Container"]))

    def test_two_pods_of_two_containers_run_are_probed_and_leave_nothing(self):
        pods = [self.cri.run_pod("pod-one", "options"), self.cri.run_pod("pod-two", "params")]
        self.assertEqual(2, len(self.shims()))
        self.assertEqual(2, len({pod.address for pod in pods}))
        self.assertEqual([2, 3], [pod.version for pod in pods])
        self.assertEqual(2, self.host.left()["guards"])
        for pod in pods:
            self.use(pod)
        for pod in pods:
            self.cri.stop_pod(pod)
        self.host.wait_until(lambda: not self.shims(), "the shims' end")
        events = self.containerd.events()
        for pod in pods:
            self.assertIn(f"exit {pod.name} {pod.name} ", " ".join(events) + " ")
        self.assertEqual({"systems": 0, "processes": 0, "endpoints": 0, "namespaces": 0, "guards": 0, "handles": 0,
                          "mounted": []}, self.host.left())

    def test_a_config_map_is_mounted_through_the_links_that_kubelet_makes(self):
        folder = self.host.path(r"C:\kubelet\map")
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "..2026_11_30").mkdir(parents=True)
        (folder / "..2026_11_30" / "token").write_text("secret")
        (folder / "..data").symlink_to("..2026_11_30")
        (folder / "token").symlink_to("..data/token")
        pod = self.cri.run_pod("pod-map", "params")
        before = len(self.host.calls())
        mount = {"source": r"C:\kubelet\map\token", "destination": r"C:\var\token", "options": ["ro"]}
        self.cri.start_container(pod, "pod-map-web", "ping", "-n", "1000", "localhost", mounts=[mount])
        self.assertEqual((0, "secret"), self.cri.exec_sync(pod, "pod-map-web", "cmd", "/c", r"type var\token"))
        made = [json.loads(call["configuration"])["Container"] for call in self.host.calls()[before:]
                if call["call"] == "HcsCreateComputeSystem"]
        found = made[0]["MappedDirectories"][0]["HostPath"]
        self.assertRegex(found, r"^\\\\\?\\Volume\{[-0-9a-f]{36}\}\\kubelet\\map\\")
        gone = mount | {"source": r"C:\kubelet\map\gone"}
        with self.assertRaisesRegex(AssertionError, "the source of this mount, .*gone.*: open: "):
            self.cri.start_container(pod, "pod-map-late", "ping", "localhost", mounts=[gone])
        self.cri.stop_pod(pod)

    def begin(self, name, kind):
        """A pod with two containers that go on."""
        pod = self.cri.run_pod(name, kind)
        for container in (f"{name}-web", f"{name}-worker"):
            self.cri.start_container(pod, container, "ping", "-n", "1000", "localhost")
        return pod

    def test_what_a_killed_shim_leaves_of_a_pod_is_given_back_by_delete(self):
        """With version 3 the sandbox's `delete` is the only one, and stands for the whole pod."""
        pods = [self.begin("lost-two", "options"), self.begin("lost-three", "params")]
        for pid in self.shims():
            self.host.kill(pid)
        for pod in pods:
            self.assertEqual("closed", self.containerd.say("close", pod.name))
            for name in ([*pod.containers, pod.name] if pod.version == 2 else [pod.name]):
                code, milliseconds = self.containerd.delete(name)
                self.assertEqual(0, code)
                self.assertLess(milliseconds, 5000)
            self.cri.end_network(pod)
        self.host.wait_until(lambda: not any(self.host.left().values()), "what is left is given back")

    def test_pods_outlive_their_containerd(self):
        """It dials the logs that it dialled before, whose old ends its death has closed."""
        pods = [self.begin("kept-two", "options"), self.begin("kept-three", "params")]
        self.containerd.await_news(*(f"log {name} there" for name in ("kept-two", *pods[0].containers, "kept-three")))
        self.containerd.kill()
        self.containerd = self.cri.containerd = Containerd(self.host)
        for pod in pods:
            logs = (pod.name, *pod.containers) if pod.version == 2 else (pod.name,)
            for name in logs:
                self.containerd.ok("log", self.containerd.space, name)
            self.containerd.ok("connect", pod.name, pod.server)
            self.containerd.await_news(*(f"log {name} there" for name in logs))
            for name in (pod.name, *pod.containers):
                self.containerd.ok("call", pod.name, "Connect", name, "-")
                self.assertGreater(int(self.containerd.ok("call", pod.name, "Pids", name, "-")), 0)
                self.assertEqual("2", self.cri.state(pod, name))
                self.containerd.ok("wait", pod.name, name, "-")
            self.assertEqual((0, "back"), self.cri.exec_sync(pod, pod.containers[0], "cmd", "/c", "echo back"))
            self.cri.stop_pod(pod)
            self.containerd.await_news(*(f"log {name} end" for name in logs))
        self.host.wait_until(lambda: not self.shims(), "the shim's end")
