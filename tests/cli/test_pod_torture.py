# SPDX-License-Identifier: MIT
"""
A whole pod – sandbox, two containers, an added process – whose shim is killed at each of its calls to the service
in turn, or whose containerd is while such a call is under way, and comes back; and `delete` of a pod whose shim is
dead, killed at each of its own. Whatever containerd then does leaves nothing.

CI takes some of the calls, evenly spread; WCOW_EVERY_CALL=1 all of them, of both versions of the answer to `start`.
"""

import json
import os
import queue
import shutil

from wcowtest.containerd import SHIM, bundle, process, specification, write_bundle
from wcowtest.pod_network import Network

from test_shim import ShimCase

PIPE = r"\\.\pipe\ProtectedPrefix\Administrators\containerd-shim-{}-{}-pipe"
SANDBOX, CONTAINERS, ADDED = "pod", ("web", "worker"), "1"
KINDS = ("options", "params")  # version 2 of the answer to `start`, and version 3
EVERY_CALL = bool(os.environ.get("WCOW_EVERY_CALL"))
POINTS = 8  # of each case in CI
KEPT = r"C:\ProgramData\wcow\shim"
DONE = ("ok", "closed", "ran 0 ")
LIMIT = 4000  # ms that a `delete` may take
SLOW, QUICK = 1500, 0.7  # ms that the service takes for the call at which containerd is killed; s that others take


class PodTorture(ShimCase):
    """One network namespace is there for all pods: none of them may take it along."""

    seconds = 90

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host.ok("network", "create", "-d", "nat", "pods")
        cls.network = Network(cls.host, "pods")
        cls.space = cls.network.make()
        cls.network.plug_in("ADD", SANDBOX, cls.space)
        cls.before = cls.host.left()

    @classmethod
    def tearDownClass(cls):
        cls.network.plug_in("DEL", SANDBOX, cls.space)
        cls.network.delete(cls.space)
        cls.host.ok("network", "rm", "pods")
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        self.longest, self.helped = 0, 0
        for name in (SANDBOX, *CONTAINERS):
            self.snapshot(name)

    def tearDown(self):
        self.host.fault()
        for containerd in self.lives:
            if containerd.process.poll() is None:
                containerd.end()
        self.assert_nothing_left("at the end")

    def assert_nothing_left(self, where):
        """But the namespace, with its endpoint and without a container."""
        self.host.wait_until(lambda: not self.shims(), f"the shim's end, {where}")
        self.assertEqual(self.before, self.host.left(), where)
        self.assertEqual([], [each for each in self.host.leftovers() if each.startswith("process")], where)
        self.assertEqual({"Endpoint"}, set(self.network.resources(self.space)), where)
        for name in (SANDBOX, *CONTAINERS):
            self.assertFalse((self.host.path(bundle(name)) / "wcow.json").exists(), f"{name}'s note, {where}")

    # ---- one life of a pod ----

    def write_bundles(self):
        """As containerd makes them anew."""
        for name in (SANDBOX, *CONTAINERS):
            shutil.rmtree(self.host.path(bundle(name)), ignore_errors=True)
            spec = specification("ping", "-n", "1000", "localhost", sandbox=SANDBOX,
                                 grouping="sandbox" if name == SANDBOX else "container")
            spec["windows"]["network"] = {"networkNamespace": self.space}
            folder = write_bundle(self.host, name, spec)
            if name != SANDBOX:
                (folder / "sandbox").write_text(SANDBOX)

    def steps(self, containerd, kind):
        """Lines for containerd, each of which may fail; `start` of the sandbox is the first."""
        parents = json.dumps(self.layers, separators=(",", ":"))
        added = json.dumps(process("cmd", "/c", "exit 0"), separators=(",", ":")).replace(" ", "|")

        def task(name):
            if kind == "options" and name != SANDBOX:
                yield "start", SHIM.name, containerd.space, name, bundle(name), kind
            yield ("create", SANDBOX, name, bundle(name), self.snapshot(name), parents, "-", "-", "-", 0)
            yield "call", SANDBOX, "Start", name, "-"

        def end(name):
            yield "kill", SANDBOX, name, "-", 9, 1
            yield "call", SANDBOX, "Wait", name, "-"
            yield "call", SANDBOX, "Delete", name, "-"

        yield "start", SHIM.name, containerd.space, SANDBOX, bundle(SANDBOX), kind
        yield "connect", SANDBOX, PIPE.format(containerd.space, SANDBOX)
        for name in (SANDBOX, *CONTAINERS):
            yield from task(name)
        yield "exec", SANDBOX, CONTAINERS[0], ADDED, "-", "-", "-", 0, added
        for method in ("Start", "Wait", "Delete"):
            yield "call", SANDBOX, method, CONTAINERS[0], ADDED
        yield "call", SANDBOX, "Pids", CONTAINERS[1], "-"
        for name in (*CONTAINERS, SANDBOX):
            yield from end(name)
        yield "call", SANDBOX, "Shutdown", SANDBOX, "-"
        yield "close", SANDBOX

    def live(self, containerd, kind):
        """A whole life, until a step fails; whether none did."""
        self.write_bundles()
        return all(containerd.say(*step).startswith(DONE) for step in self.steps(containerd, kind))

    def deleted(self, kind):
        """Tasks that containerd calls `delete` for: with version 3 the sandbox stands for all."""
        return (*CONTAINERS, SANDBOX) if kind == "options" else (SANDBOX,)

    def delete(self, containerd, kind):
        for name in self.deleted(kind):
            code, took = containerd.delete(name)
            self.assertEqual(0, code)
            self.longest = max(self.longest, took)
        if list(self.host.path(KEPT).glob("*.json")):
            self.helped += 1
            self.host.wait_until(lambda: not list(self.host.path(KEPT).glob("*.json")), "the helper's end")

    # ---- the calls of a life ----

    def points(self, containerd):
        """(kind, number of a call): all calls of both kinds, or some of them in turn."""
        counts = {}
        for kind in KINDS:
            before = len(self.host.calls())
            self.assertTrue(self.live(containerd, kind))
            self.delete(containerd, kind)
            counts[kind] = len(self.host.calls()) - before
            self.assert_nothing_left(f"after a life as it should be, {kind}")
        return self.chosen(counts, POINTS)

    def chosen(self, counts, most):
        if EVERY_CALL:
            return [(kind, nth) for kind in KINDS for nth in range(1, counts[kind] + 1)]
        return [(kind, 1 + number * counts[kind] // most)
                for number in range(most) for kind in KINDS[number % 2:number % 2 + 1]]

    def tell(self, what, points, whole):
        print(f"pods: {what} at {len(points)} calls: "
              f"{', '.join(f'{nth} ({kind})' for kind, nth in points) if not EVERY_CALL else 'each'}; "
              f"{whole} went on to their end; the longest delete took {self.longest} ms, "
              f"{self.helped} needed a helper", flush=True)
        self.assertLess(self.longest, LIMIT)


class PodShimKilled(PodTorture):
    def test_a_pod_s_shim_killed_at_each_call_leaves_nothing(self):
        containerd, whole = self.containerd(), 0
        points = self.points(containerd)
        for kind, nth in points:
            self.host.fault(nth=nth, kill_client=True)
            done = self.live(containerd, kind)
            self.host.fault()
            if not done:
                self.assertEqual("closed", containerd.say("close", SANDBOX))
            whole += done
            self.delete(containerd, kind)
            self.assert_nothing_left(f"killed at call {nth}, {kind}")
        self.tell("shim killed", points, whole)
        self.assertLess(whole, len(points) // 4 + 1)


class PodDeleteKilled(PodTorture):
    """containerd forgets a pod whose `delete` has failed, or calls it again after its next start."""

    def lose(self, containerd, kind):
        """A pod that runs, whose shim is killed."""
        self.write_bundles()
        for step in self.steps(containerd, kind):
            if step[0] == "kill":
                break
            self.assertTrue(containerd.say(*step).startswith(DONE), step)
        self.host.kill(self.shims()[0])
        self.assertEqual("closed", containerd.say("close", SANDBOX))

    def test_a_delete_killed_at_each_call_leaves_nothing_to_the_next(self):
        containerd, counts, killed = self.containerd(), {}, 0
        for kind in KINDS:
            self.lose(containerd, kind)
            before = len(self.host.calls())
            self.delete(containerd, kind)
            counts[kind] = len(self.host.calls()) - before
        points = self.chosen(counts, POINTS // 2)
        for kind, nth in points:
            self.lose(containerd, kind)
            self.host.fault(nth=nth, kill_client=True)
            killed += any([containerd.delete(name)[0] for name in self.deleted(kind)])
            self.host.fault()
            self.delete(containerd, kind)
            self.assert_nothing_left(f"delete killed at call {nth}, {kind}")
        self.tell("delete killed", points, len(points) - killed)
        self.assertGreater(killed, len(points) // 2)


class PodContainerdKilled(PodTorture):
    """The one that comes back gives the pod up, or takes it over and ends it: in turn."""

    def live_until(self, containerd, kind, nth):
        """Kills containerd while a step takes long, since the service is slow at its nth call; whether one did."""
        self.write_bundles()
        before = len(self.host.calls())
        self.host.fault(nth=nth, delay=SLOW)
        for step in self.steps(containerd, kind):
            containerd.send(*step)
            while True:
                try:
                    containerd.answers.get(timeout=QUICK)
                    break
                except queue.Empty:
                    if len(self.host.calls()) >= before + nth - 1:
                        containerd.kill()
                        return True
        return False

    def take_over(self, containerd):
        """As it restores tasks that it knows, and is told to end them."""
        if not (self.host.path(bundle(SANDBOX)) / "address").exists() or \
                containerd.say("connect", SANDBOX, PIPE.format(containerd.space, SANDBOX)) != "ok":
            return
        for name in (*CONTAINERS, SANDBOX):
            if containerd.say("call", SANDBOX, "State", name, "-").startswith("ok"):
                containerd.say("kill", SANDBOX, name, "-", 9, 1)
                containerd.ok("call", SANDBOX, "Wait", name, "-")
                containerd.ok("call", SANDBOX, "Delete", name, "-")
        containerd.say("call", SANDBOX, "Shutdown", SANDBOX, "-")
        self.assertEqual("closed", containerd.say("close", SANDBOX))

    def test_a_containerd_killed_at_each_call_of_a_pod_leaves_nothing(self):
        containerd, whole = self.containerd(), 0
        points = self.points(containerd)
        for number, (kind, nth) in enumerate(points):
            killed = self.live_until(containerd, kind, nth)
            self.host.fault()
            if killed:
                containerd = self.containerd()
                if number // 2 % 2:
                    self.take_over(containerd)
            whole += not killed
            self.delete(containerd, kind)
            self.assert_nothing_left(f"containerd killed at call {nth}, {kind}")
        self.tell("containerd killed", points, whole)
