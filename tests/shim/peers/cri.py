# SPDX-License-Identifier: MIT
"""containerd's CRI plugin, asked by crictl, with pods on our shim and our CNI plug-in: tests/shim/peers/run."""

import json
import time
import unittest

from real import IMAGE, Node  # pylint: disable=import-error

FOREVER = ["ping", "-n", "1000", "localhost"]


class Cri(unittest.TestCase):
    environment = {}
    node = None

    @classmethod
    def setUpClass(cls):
        cls.node = Node(environment=cls.environment)
        cls.node.__enter__()
        cls.node.path(r"C:\cri").mkdir()

    @classmethod
    def tearDownClass(cls):
        cls.node.__exit__()

    def tearDown(self):
        if self.node.containerd.poll() is not None:
            self.node.boot()
        for pod in self.crictl("pods", "-q").split():
            self.crictl("stopp", pod)
            self.crictl("rmp", pod)
        self.node.await_end()

    def crictl(self, *arguments, code=0, timeout=120):
        done = self.node.program("crictl", *arguments, timeout=timeout)
        text = (done.stderr if done.returncode else done.stdout).decode("utf-8", "replace").replace("\r\n", "\n").strip()
        self.assertEqual(code, done.returncode, (arguments, text))
        return text

    def write(self, name, value):
        self.node.path(rf"C:\cri\{name}.json").write_text(json.dumps(value))
        return rf"C:\cri\{name}.json"

    def run_pod(self, name):
        self.node.path(rf"C:\cri\logs\{name}").mkdir(parents=True, exist_ok=True)  # kubelet's business
        self.write(name, {"metadata": {"name": name, "namespace": "default", "uid": name, "attempt": 1},
                          "hostname": name, "log_directory": rf"C:\cri\logs\{name}", "windows": {}})
        return self.crictl("runp", rf"C:\cri\{name}.json").splitlines()[-1]

    def start(self, pod, name, command, **more):
        config = self.write(f"{pod[:8]}-{name}", {"metadata": {"name": name}, "image": {"image": IMAGE},
                                                  "command": command, "log_path": f"{name}.log", **more})
        sandbox = next(rf"C:\cri\{each['metadata']['name']}.json" for each in self.pods() if each["id"] == pod)
        container = self.crictl("create", pod, config, sandbox).splitlines()[-1]
        self.crictl("start", container)
        return container

    def pods(self):
        return json.loads(self.crictl("pods", "-o", "json"))["items"]

    def inspect(self, container):
        return json.loads(self.crictl("inspect", container))["status"]

    def await_state(self, container, state):
        self.node.wait_until(lambda: self.inspect(container)["state"] == state, state)

    def log(self, pod, name):
        return self.node.path(rf"C:\cri\logs\{pod}\{name}.log").read_text(errors="replace")

    def test_two_pods_of_two_containers_run_are_probed_and_leave_nothing(self):
        pods = {name: self.run_pod(name) for name in ("pod-one", "pod-two")}
        self.assertEqual(2, len(self.node.shims()))
        for name, pod in pods.items():
            address = json.loads(self.crictl("inspectp", pod))["status"]["network"]["ip"]
            self.assertRegex(address, r"^\d+\.\d+\.\d+\.\d+$")
            web = self.start(pod, "web", ["waiter", "3"])
            worker = self.start(pod, "worker", FOREVER)
            for container in (web, worker):
                self.assertEqual("ready", self.crictl("exec", "-s", container, "cmd", "/c", "echo ready"))
            self.crictl("exec", "-s", web, "cmd", "/c", "exit 7", code=1)
            self.assertIn("exceeded", self.crictl("exec", "-s", "--timeout", "1", worker, *FOREVER, code=1))
            self.assertIn(worker[:13], self.crictl("stats"))
            self.assertIn(pod[:13], self.crictl("statsp"))
            self.crictl("update", "--memory", "200000000", worker)
            self.crictl("stop", "--timeout", "20", web)
            self.await_state(web, "CONTAINER_EXITED")
            self.assertEqual(3, self.inspect(web)["exitCode"])
            self.assertIn("waiting", self.log(name, "web"))
            self.assertIn("Pinging", self.log(name, "worker"))
            self.crictl("rm", web)
        self.assertEqual(2, len(self.node.shims()))
        for pod in pods.values():
            self.crictl("stopp", pod)
            self.crictl("rmp", pod)
        self.node.await_end()

    def test_a_container_that_ends_at_once_tells_its_code_soon(self):
        pod = self.run_pod("quick")
        container = self.start(pod, "quick", ["cmd", "/c", "echo done& exit 5"])
        begin = time.monotonic()
        self.await_state(container, "CONTAINER_EXITED")
        self.assertEqual(5, self.inspect(container)["exitCode"])
        self.assertLess(time.monotonic() - begin, 5)
        self.assertIn("done", self.log("quick", "quick"))

    def test_a_folder_of_the_host_is_mounted(self):
        self.node.path(r"C:\cri\shared").mkdir()
        (self.node.path(r"C:\cri\shared") / "file").write_text("shared")
        pod = self.run_pod("mounts")
        container = self.start(pod, "mounts", FOREVER, mounts=[
            {"host_path": r"C:\cri\shared", "container_path": r"C:\inside", "readonly": True}])
        self.assertEqual("shared", self.crictl("exec", "-s", container, "cmd", "/c", r"type inside\file"))

    def test_a_program_that_is_not_there_fails_the_start_in_words(self):
        pod = self.run_pod("broken")
        config = self.write("no", {"metadata": {"name": "no"}, "image": {"image": IMAGE}, "command": ["nosuch.exe"]})
        container = self.crictl("create", pod, config, r"C:\cri\broken.json").splitlines()[-1]
        self.assertIn("cannot run 'nosuch.exe'", self.crictl("start", container, code=1))
        self.assertEqual("CONTAINER_EXITED", self.inspect(container)["state"])

    def test_a_pod_goes_on_while_containerd_is_killed_and_comes_back(self):
        pod = self.run_pod("kept")
        writer = self.start(pod, "writer", ["cmd", "/c", "for /l %i in (1,1,6) do (echo line%i& ping -n 2 localhost >nul)"])
        worker = self.start(pod, "worker", FOREVER)
        self.node.power_off()
        self.node.boot()
        self.assertEqual("SANDBOX_READY", self.pods()[0]["state"])
        self.assertEqual("ready", self.crictl("exec", "-s", worker, "cmd", "/c", "echo ready"))
        self.await_state(writer, "CONTAINER_EXITED")
        self.assertEqual(list("123456"), [line.rsplit("line", 1)[1].strip() for line in
                                          self.log("kept", "writer").splitlines() if "line" in line])

    def test_a_shim_that_is_killed_ends_its_pod_and_leaves_nothing_but_the_network(self):
        pod = self.run_pod("lost")
        worker = self.start(pod, "worker", FOREVER)
        self.node.kill_shims()
        self.await_state(worker, "CONTAINER_EXITED")
        self.node.wait_until(lambda: self.node.left()["systems"] == 0, "the end")
        self.assertEqual("SANDBOX_NOTREADY", self.pods()[0]["state"])

    def test_a_pod_whose_shim_was_killed_while_containerd_was_away_leaves_nothing(self):
        pod = self.run_pod("lost")
        worker = self.start(pod, "worker", FOREVER)
        self.node.power_off()
        self.node.kill_shims()
        self.node.boot()
        self.assertEqual("SANDBOX_NOTREADY", self.pods()[0]["state"])
        self.assertNotEqual("CONTAINER_RUNNING", self.inspect(worker)["state"])
