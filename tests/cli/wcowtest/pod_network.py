# SPDX-License-Identifier: MIT
"""The network side of a Kubernetes node: namespaces as containerd makes them, and a CNI plug-in (tests/shim/cni)."""

import json
import subprocess

from .host import BUILD

NETNS = BUILD / "tests" / "shim" / "cni" / "netns.exe"
PLUGIN = BUILD / "tests" / "shim" / "cni" / "wcow-cni.exe"


class Network:
    """One CNI configuration; its name is the network's."""

    def __init__(self, host, name):
        self.host, self.name = host, name

    def run(self, program, *arguments, environment=None, stdin=b""):
        done = subprocess.run(["wine", program, *arguments], input=stdin, capture_output=True, timeout=60,
                              check=False, env=self.host.process_environment(environment))
        out = done.stdout.decode().strip()
        assert done.returncode == 0, (program.name, arguments, out)
        return out

    def make(self):
        return self.run(NETNS, "make")

    def delete(self, space):
        self.run(NETNS, "delete", space)

    def resources(self, space):
        """What is in a namespace: {"Endpoint": […], "Container": […]}."""
        found = {}
        for each in json.loads(self.run(NETNS, "show", space))["Resources"]:
            found.setdefault(each["Type"], []).append(each["Data"]["Id"])
        return found

    def plug_in(self, command, pod, space):
        environment = {"CNI_COMMAND": command, "CNI_CONTAINERID": pod, "CNI_NETNS": space, "CNI_IFNAME": "eth0",
                       "CNI_PATH": r"C:\cni\bin", "CNI_ARGS": f"IgnoreUnknown=1;K8S_POD_NAME={pod}"}
        config = {"cniVersion": "1.0.0", "name": self.name, "type": "wcow-cni",
                  "runtimeConfig": {"dns": {"Servers": ["10.96.0.10"]}}}
        out = self.run(PLUGIN, environment=environment, stdin=json.dumps(config).encode())
        return json.loads(out) if out else None
