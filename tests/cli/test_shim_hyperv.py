# SPDX-License-Identifier: MIT
"""Single containers with Hyper-V isolation, as the shim runs them: by documents of schema 1, experimental."""

import json

from wcowtest.containerd import bundle, process, specification, write_bundle

from test_shim import ShimCase

WANTED = {"wcow.experimental.hyperv": "true"}
WAY_OUT = "choose a RuntimeClass"
POINTS = 6  # of the calls of a life, in CI


class ShimOfVm(ShimCase):
    def begin_vm(self, containerd, name, *command, **more):
        """As `ctr run --isolated` has it, with the annotation."""
        self.begin(containerd, name, *command, annotations=WANTED, hyperv=True, **more)

    def refused(self, containerd, name, **grouping):
        """What Create says; nothing was taken of the service, only of the snapshotter."""
        before = len(self.host.calls())
        with self.assertRaises(AssertionError) as caught:
            self.begin(containerd, name, "cmd", hyperv=True, **grouping)
        self.assertFalse({"HcsCreateComputeSystem", "ActivateLayer"} & {call["call"] for call in self.host.calls()[before:]})
        containerd.say("call", name, "Shutdown", name, "-")
        containerd.say("close", name)
        self.assertEqual(0, containerd.delete(name)[0])
        return str(caught.exception)

    def test_one_lives_from_create_to_delete(self):
        containerd, before = self.containerd(), len(self.host.calls())
        self.begin_vm(containerd, "vm", "ping", "-n", "100", "localhost", streams=True)
        made = [call for call in self.host.calls()[before:] if call["call"] == "HcsCreateComputeSystem"]
        document = json.loads(made[0]["configuration"])
        self.assertTrue(document["HvPartition"])
        self.assertIn("ImagePath", document["HvRuntime"])
        self.assertFalse(document.get("EndpointList"))
        containerd.ok("wait", "vm", "vm", "-")
        containerd.ok("call", "vm", "Start", "vm", "-")
        containerd.await_news("out vm ")
        self.assertGreater(int(containerd.ok("call", "vm", "Pids", "vm", "-")), 0)
        self.assertGreater(int(containerd.ok("call", "vm", "Stats", "vm", "-")), 20)
        output = r"\\.\pipe\ctr-added-stdout"
        containerd.ok("listen", output, "added")
        added = json.dumps(process("cmd", "/c", "echo within&exit 7"), separators=(",", ":"))
        containerd.ok("exec", "vm", "vm", "e1", "-", output, "-", 0, added.replace("\\\\", "/").replace(" ", "|"))
        containerd.ok("wait", "vm", "vm", "e1")
        containerd.ok("call", "vm", "Start", "vm", "e1")
        containerd.await_news("out added within", "waited vm e1 7", "end added")
        containerd.ok("call", "vm", "Delete", "vm", "e1")
        answer = containerd.say("update", "vm", "vm", '{"memory":{"limit":268435456}}')
        self.assertRegex(answer, "^failed .*with Hyper-V isolation cannot be changed")
        containerd.ok("kill", "vm", "vm", "-", 9, 0)
        containerd.await_news("waited vm - ", "end vm")
        self.finish(containerd, "vm")
        self.assertEqual([], [call for call in self.host.calls()[before:] if call["call"] == "ActivateLayer"])
        self.assertEqual({}, {key: value for key, value in self.host.left().items() if value})

    def test_an_exit_code_and_a_terminal_come_through(self):
        containerd = self.containerd()
        self.begin_vm(containerd, "tty", "tty", streams=True, terminal=1)
        containerd.ok("call", "tty", "Start", "tty", "-")
        containerd.ok("resize", "tty", "tty", "-", 97, 31)
        self.host.wait_until(lambda: "97x31" in containerd.heard("tty"), "the size")
        self.kill_and_finish(containerd, "tty")
        self.begin_vm(containerd, "five", "cmd", "/c", "exit 5")
        containerd.ok("wait", "five", "five", "-")
        containerd.ok("call", "five", "Start", "five", "-")
        containerd.await_news("waited five - 5")
        self.finish(containerd, "five")

    def test_what_is_not_run_is_refused_in_words(self):
        containerd = self.containerd()
        said = self.refused(containerd, "plain")
        self.assertIn("set the annotation wcow.experimental.hyperv=true for it, or " + WAY_OUT, said)
        said = self.refused(containerd, "pod", sandbox="pod", grouping="sandbox")
        self.assertIn("pods with Hyper-V isolation are not run by this shim: " + WAY_OUT, said)

    def test_what_a_killed_shim_leaves_of_a_vm_delete_gives_back(self):
        containerd = self.containerd()
        self.begin_vm(containerd, "dead", "ping", "-n", "100", "localhost")
        containerd.ok("call", "dead", "Start", "dead", "-")
        self.host.kill(self.shims()[0])
        self.assertEqual("closed", containerd.say("close", "dead"))
        code, milliseconds = containerd.delete("dead")
        self.assertEqual(0, code)
        self.assertLess(milliseconds, 5000)
        self.assertEqual({}, {key: value for key, value in self.host.left().items() if value})


class ShimOfVmKilled(ShimCase):
    """The shim is killed at some of the calls to the service, evenly spread over a life."""

    seconds = 60

    def live(self, containerd, name):
        """A whole life, of which every step may fail; whether none did."""
        spec = specification("ping", "-n", "100", "localhost", annotations=WANTED, hyperv=True)
        write_bundle(self.host, name, spec)
        code, _, address = containerd.start(name)
        if code:
            return False
        added = json.dumps(process("cmd", "/c", "exit 0"), separators=(",", ":")).replace(" ", "|")
        steps = (("connect", name, address),
                 ("create", name, name, bundle(name), self.snapshot(name),
                  json.dumps(self.layers, separators=(",", ":")), "-", "-", "-", 0),
                 ("call", name, "Start", name, "-"), ("call", name, "Stats", name, "-"),
                 ("exec", name, name, "e1", "-", "-", "-", 0, added), ("call", name, "Start", name, "e1"),
                 ("call", name, "Wait", name, "e1"), ("call", name, "Delete", name, "e1"),
                 ("kill", name, name, "-", 9, 1), ("call", name, "Wait", name, "-"),
                 ("call", name, "Delete", name, "-"))
        done = all(containerd.say(*step).startswith("ok") for step in steps)
        if done:
            containerd.say("call", name, "Shutdown", name, "-")
        containerd.say("close", name)
        return done

    def assert_nothing_left(self, containerd, name, where):
        self.assertEqual(0, containerd.delete(name)[0])
        self.host.wait_until(lambda: not self.shims(), f"the shim's end, {where}")
        self.assertEqual({}, {key: value for key, value in self.host.left().items() if value}, where)

    def test_a_shim_killed_at_each_call_leaves_nothing_of_a_vm(self):
        containerd, before = self.containerd(), len(self.host.calls())
        self.assertTrue(self.live(containerd, "whole"))
        count = len(self.host.calls()) - before
        self.assert_nothing_left(containerd, "whole", "after a life as it should be")
        for number in range(POINTS):
            nth, name = 1 + number * count // POINTS, f"torn{number}"
            self.snapshot(name)
            self.host.fault(nth=nth, kill_client=True)
            done = self.live(containerd, name)
            self.host.fault()
            self.assertFalse(done, f"it lived on after call {nth} of {count}")
            self.assert_nothing_left(containerd, name, f"call {nth}")
