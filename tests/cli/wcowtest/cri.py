# SPDX-License-Identifier: MIT
"""
What containerd's CRI plugin does for kubelet (crictl's calls), as a script over the fake containerd: pods with a network
namespace and a CNI plug-in, containers, exec probes, and their ends, in the order that containerd 2.3.4 was recorded in.
"""

import json
import subprocess

from .containerd import bundle, process, specification, write_bundle
from .host import BUILD

SNAPSHOTS = r"C:\ctd\snapshots"
HCSLAYER = BUILD / "tests" / "hcssim" / "dll" / "hcslayer.exe"
ACCOUNT = '{"CmsPlugins":["ActiveDirectory"]}'  # the pod's gMSA, as kubelet passes it on
RUNNING, STOPPED = "2", "3"
TERM, KILL = 15, 9


class Pod:
    def __init__(self, name, kind):
        self.name, self.kind = name, kind
        self.space = self.address = self.server = None
        self.version = 2
        self.containers = []


class Cri:
    def __init__(self, containerd, network, layers):
        self.containerd, self.network, self.layers = containerd, network, layers
        self.host = containerd.host
        self.execs = 0
        self.pods = []  # whose network is there

    # ---- tasks, as containerd has them ----

    def create(self, pod, name, command, grouping, mounts=()):
        """Snapshot, bundle, `start` unless the pod's version spares it, Create, Wait, Start."""
        spec = specification(*command, sandbox=pod.name, grouping=grouping)
        spec["windows"]["network"] = {"networkNamespace": pod.space}
        spec["windows"]["credentialSpec"] = ACCOUNT
        spec["mounts"] = list(mounts)
        folder = write_bundle(self.host, name, spec)
        scratch = rf"{SNAPSHOTS}\{name}"
        self.host.path(SNAPSHOTS).mkdir(parents=True, exist_ok=True)
        subprocess.run(["wine", HCSLAYER, "make", self.layers[0], scratch], check=True, timeout=60,
                       env=self.host.process_environment(), stdin=subprocess.DEVNULL)
        if grouping == "sandbox" or pod.version == 2:
            self.start_shim(pod, name)
        else:
            (folder / "sandbox").write_text(pod.name)
        parents = json.dumps(self.layers, separators=(",", ":"))
        output = "-" if grouping == "sandbox" else rf"\\.\pipe\ctr-{name}-stdout"
        if output != "-":
            self.containerd.ok("listen", output, name)
        self.containerd.ok("create", pod.name, name, bundle(name), scratch, parents, "-", output, "-", 0)
        self.containerd.ok("call", pod.name, "Connect", name, "-")
        self.containerd.ok("wait", pod.name, name, "-")
        self.containerd.ok("call", pod.name, "Start", name, "-")

    def start_shim(self, pod, name):
        code, _, answer = self.containerd.start(name, pod.kind)
        assert code == 0, answer
        if answer.startswith("{"):
            told = json.loads(answer)
            pod.version, answer = told["version"], told["address"]
        self.containerd.ok("log", self.containerd.space, name)
        if pod.server is None:
            pod.server = answer
            self.containerd.ok("connect", pod.name, answer)
        assert pod.server == answer, (pod.server, answer)

    def state(self, pod, name, process_id="-"):
        return self.containerd.ok("call", pod.name, "State", name, process_id).split(" ")[0]

    def end(self, pod, name):
        """After the answer to Wait, as WithProcessKill and Delete do it."""
        assert self.state(pod, name) == STOPPED
        self.containerd.say("kill", pod.name, name, "-", KILL, 1)  # there is nothing left: not found
        self.containerd.ok("call", pod.name, "Wait", name, "-")
        self.containerd.ok("call", pod.name, "Delete", name, "-")
        if pod.version == 2 or name == pod.name:
            self.containerd.say("call", pod.name, "Shutdown", name, "-")
            if name == pod.name:
                assert self.containerd.say("close", pod.name) == "closed"
            assert self.containerd.delete(name)[0] == 0

    def waited(self, name, process_id="-", seconds=60):
        """The exit status, from the answer to Wait."""
        self.containerd.await_news(f"waited {name} {process_id} ", seconds=seconds)
        return int(next(line for line in self.containerd.seen
                        if line.startswith(f"waited {name} {process_id} ")).rsplit(" ", 1)[1])

    # ---- crictl's calls ----

    def run_pod(self, name, kind, command=("ping", "-n", "1000", "localhost")):
        pod = Pod(name, kind)
        pod.space = self.network.make()
        self.pods.append(pod)
        pod.address = self.network.plug_in("ADD", name, pod.space)["ips"][0]["address"]
        self.create(pod, name, command, "sandbox")
        assert self.state(pod, name) == RUNNING
        return pod

    def start_container(self, pod, name, *command, mounts=()):
        self.create(pod, name, command, "container", mounts)
        pod.containers.append(name)

    def exec_sync(self, pod, name, *command, seconds=None):
        """(exit status, output); a probe that takes longer than `seconds` is killed."""
        self.execs += 1
        process_id = f"{self.execs:064x}"
        output = rf"\\.\pipe\ctr-{process_id}-stdout"
        given = json.dumps(process(*command), separators=(",", ":")).replace(" ", "|")
        self.containerd.ok("listen", output, process_id)
        self.containerd.ok("exec", pod.name, name, process_id, "-", output, "-", 0, given)
        self.containerd.ok("wait", pod.name, name, process_id)
        self.containerd.ok("call", pod.name, "Start", name, process_id)
        try:
            status = self.waited(name, process_id, seconds or 60)
        except AssertionError:
            if not seconds:
                raise
            self.containerd.ok("kill", pod.name, name, process_id, KILL, 0)
            status = self.waited(name, process_id)
        self.containerd.await_news(f"end {process_id}")
        assert self.state(pod, name, process_id) == STOPPED
        self.containerd.ok("call", pod.name, "Delete", name, process_id)
        told = f"out {process_id} "
        lines = [line.removeprefix(told) for line in self.containerd.seen if line.startswith(told)]
        return status, "".join(lines).rstrip()

    def stop_container(self, pod, name, seconds):
        """The signal, and KILL when the time of grace is over; the exit status. What fails kubelet tries again."""
        signal = TERM if seconds else KILL
        if not self.containerd.say("kill", pod.name, name, "-", signal, 0).startswith("ok"):
            self.containerd.ok("kill", pod.name, name, "-", signal, 0)
        try:
            status = self.waited(name, seconds=seconds or 60)
        except AssertionError:
            self.containerd.ok("kill", pod.name, name, "-", KILL, 0)
            status = self.waited(name)
        self.end(pod, name)
        pod.containers.remove(name)
        return status

    def stop_pod(self, pod):
        """Containers that run are killed; then the sandbox, then the network, whose plug-in is called twice."""
        for name in list(pod.containers):
            self.stop_container(pod, name, 0)
        self.containerd.ok("kill", pod.name, pod.name, "-", KILL, 0)
        self.waited(pod.name)
        self.end(pod, pod.name)
        self.end_network(pod)

    def end_network(self, pod):
        """The plug-in is called twice, as containerd does."""
        self.network.plug_in("DEL", pod.name, pod.space)
        self.network.delete(pod.space)
        self.network.plug_in("DEL", pod.name, "")
        self.pods.remove(pod)
