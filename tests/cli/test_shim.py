# SPDX-License-Identifier: MIT
"""containerd-shim-wcow-v1.exe as containerd drives it: wcowtest/containerd.py, tests/shim/README.md."""

import json
import os
import shutil
import signal
import subprocess
import time

from wcowtest.case import HostCase
from wcowtest.containerd import SHIM, Containerd, bundle, layers_of, process, specification, write_bundle
from wcowtest.host import BUILD, windows_path
from wcowtest.weight import STACK, processes, stacks, weigh

HCSLAYER = BUILD / "tests" / "hcssim" / "dll" / "hcslayer.exe"
SNAPSHOTS = r"C:\ctd\snapshots"


class ShimCase(HostCase):
    images = ("nanoserver",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.layers = layers_of(cls.host)
        cls.host.path(SNAPSHOTS).mkdir(parents=True, exist_ok=True)

    def setUp(self):
        self.lives, self.took = [], 0

    def tearDown(self):
        for containerd in self.lives:
            if containerd.process.poll() is None:
                containerd.end()
        self.host.wait_until(lambda: not self.shims(), "the shims' end")
        super().tearDown()

    def shims(self):
        return [pid for pid, name in self.host.tasks().items() if name == SHIM.name]

    def containerd(self):
        self.lives.append(Containerd(self.host))
        return self.lives[-1]

    def snapshot(self, name):
        """A scratch layer, as containerd's snapshotter makes it before it calls a shim."""
        folder = rf"{SNAPSHOTS}\{name}"
        if not self.host.path(folder).exists():
            subprocess.run(["wine", HCSLAYER, "make", self.layers[0], folder], check=True, timeout=60,
                           env=self.host.process_environment(), stdin=subprocess.DEVNULL)
        return folder

    def begin(self, containerd, name, *command, kind="options", connection=None, streams=False,
              output="-", entry="-", terminal=0, **grouping):  # pylint: disable=too-many-arguments
        """`start`, the connection, the log, Create. Streams: containerd listens for its output."""
        write_bundle(self.host, name, specification(*command, **grouping))
        folder = self.snapshot(name)
        code, self.took, address = containerd.start(name, kind)  # ms
        self.assertEqual(0, code, address)
        if address.startswith("{"):
            address = address.split('"address":"')[1].split('"')[0].replace("\\\\", "\\")
        containerd.ok("log", containerd.space, name)
        connection = connection or name
        if connection == name:
            containerd.ok("connect", name, address)
        if streams:
            output = rf"\\.\pipe\ctr-{name}-stdout"
            containerd.ok("listen", output, name)
        parents = "[" + ",".join('"' + each.replace("\\", "\\\\") + '"' for each in self.layers) + "]"
        containerd.ok("create", connection, name, bundle(name), folder, parents, entry, output, "-", terminal)
        return address

    def kill_and_finish(self, containerd, name):
        containerd.ok("wait", name, name, "-")
        containerd.ok("kill", name, name, "-", 9, 1)
        containerd.await_news(f"waited {name} - ")
        self.finish(containerd, name)

    def finish(self, containerd, name, connection=None, shut_down=True):
        """What containerd does when a task has ended."""
        connection = connection or name
        containerd.ok("call", connection, "Delete", name, "-")
        if shut_down:
            containerd.say("call", connection, "Shutdown", name, "-")
            self.assertEqual("closed", containerd.say("close", connection))
        self.assertEqual(0, containerd.delete(name)[0])


class Shim(ShimCase):
    def test_a_task_runs_and_leaves_nothing(self):
        containerd = self.containerd()
        self.begin(containerd, "run1", "cmd", "/c", "echo hi-from-ctr", streams=True)
        containerd.ok("wait", "run1", "run1", "-")
        containerd.ok("call", "run1", "Start", "run1", "-")
        containerd.await_news("out run1 hi-from-ctr", "end run1", "waited run1 - 0", "log run1 there")
        self.assertTrue(containerd.ok("call", "run1", "State", "run1", "-").startswith("3 "))
        self.finish(containerd, "run1")
        self.assertEqual(["create", "start", "exit run1 run1 0", "delete"], containerd.events())

    def test_an_exit_code_and_a_kill_come_back(self):
        containerd = self.containerd()
        self.begin(containerd, "killed", "ping", "-n", "100", "localhost", kind="params")
        containerd.ok("wait", "killed", "killed", "-")
        containerd.ok("call", "killed", "Start", "killed", "-")
        self.assertTrue(containerd.ok("call", "killed", "State", "killed", "-").startswith("2 "))
        self.assertGreater(int(containerd.ok("call", "killed", "Pids", "killed", "-")), 0)
        containerd.ok("kill", "killed", "killed", "-", 9, 0)
        containerd.await_news("waited killed - ")
        self.finish(containerd, "killed")

    def test_a_process_is_added(self):
        containerd = self.containerd()
        self.begin(containerd, "execs", "ping", "-n", "100", "localhost")
        containerd.ok("call", "execs", "Start", "execs", "-")
        output = r"\\.\pipe\ctr-e1-stdout"
        containerd.ok("listen", output, "e1")
        added = str(process("cmd", "/c", "echo added&exit 7")).replace("'", '"').replace("False", "false")
        added = added.replace("\\\\", "/").replace(" ", "|")
        containerd.ok("exec", "execs", "execs", "e1", "-", output, "-", 0, added)
        containerd.ok("wait", "execs", "execs", "e1")
        containerd.ok("call", "execs", "Start", "execs", "e1")
        containerd.await_news("out e1 added", "waited execs e1 7", "end e1")
        containerd.ok("call", "execs", "Delete", "execs", "e1")
        containerd.ok("kill", "execs", "execs", "-", 9, 1)
        containerd.ok("wait", "execs", "execs", "-")
        containerd.await_news("waited execs - ")
        self.finish(containerd, "execs")

    def test_containerd_is_killed_and_comes_back(self):
        first = self.containerd()
        address = self.begin(first, "again", "ping", "-n", "100", "localhost")
        first.ok("call", "again", "Start", "again", "-")
        first.kill()
        second = self.containerd()
        second.ok("log", second.space, "again")
        second.ok("connect", "again", address)
        self.assertTrue(second.ok("call", "again", "State", "again", "-").startswith("2 "))
        self.assertGreater(int(second.ok("call", "again", "Pids", "again", "-")), 0)
        second.ok("wait", "again", "again", "-")
        second.ok("kill", "again", "again", "-", 9, 1)
        second.await_news("waited again - ", "event exit again again", "log again there")
        self.finish(second, "again")

    def test_what_a_killed_shim_leaves_delete_gives_back(self):
        containerd = self.containerd()
        self.begin(containerd, "dead", "ping", "-n", "100", "localhost")
        containerd.ok("call", "dead", "Start", "dead", "-")
        self.host.kill(self.shims()[0])
        self.assertEqual("closed", containerd.say("close", "dead"))
        code, milliseconds = containerd.delete("dead")
        self.assertEqual(0, code)
        self.assertLess(milliseconds, 5000)
        self.assertEqual(0, containerd.delete("dead")[0])

    def test_delete_answers_where_the_service_is_missing(self):
        containerd = self.containerd()
        self.begin(containerd, "absent", "ping", "-n", "100", "localhost")
        containerd.ok("call", "absent", "Start", "absent", "-")
        self.host.kill(self.shims()[0])
        self.assertEqual("closed", containerd.say("close", "absent"))
        library = self.host.path(r"C:\windows\system32\vmcompute.dll")
        aside = library.rename(library.with_name("aside.dll"))
        try:
            self.assertEqual(0, containerd.delete("absent")[0])
        finally:
            aside.rename(library)
        kept = list(self.host.path(r"C:\ProgramData\wcow\shim").glob("*.json"))
        self.assertEqual(["absent"], [json.loads(each.read_text())["id"] for each in kept])
        shutil.rmtree(self.host.path(bundle("absent")))
        self.begin(containerd, "absent", "cmd", "/c", "exit 0")  # which gives it back
        self.assertFalse(kept[0].exists())
        self.finish(containerd, "absent")

    def test_a_shim_that_a_containerd_come_back_gives_up_ends(self):
        """It connects, gets no answer in time, and calls `delete` without closing its connection."""
        first = self.containerd()
        address = self.begin(first, "given", "ping", "-n", "100", "localhost")
        first.ok("call", "given", "Start", "given", "-")
        first.kill()
        second = self.containerd()
        second.ok("connect", "given", address)
        self.assertEqual(0, second.delete("given")[0])
        self.assertEqual("closed", second.say("close", "given"))
        self.host.wait_until(lambda: not self.shims(), "the shim's end")
        self.assertEqual({}, {key: value for key, value in self.host.left().items() if value})

    def test_what_is_wrong_with_a_bundle_is_told_at_start(self):
        containerd = self.containerd()
        self.host.path(bundle("empty")).mkdir(parents=True, exist_ok=True)
        self.assertEqual(1, containerd.start("empty")[0])
        self.assertEqual(0, containerd.delete("empty")[0])
        self.assertEqual(0, containerd.delete("nobody")[0])
        self.assertTrue(containerd.say("ask", SHIM.name, "-info").startswith("ran 0 "))
        self.assertIn("containerd-shim-wcow-v1", containerd.say("ask", SHIM.name, "-v"))
        self.assertIn("runs Windows containers for containerd", containerd.say("ask", SHIM.name, "-help"))

    def test_what_goes_wrong_and_what_is_not_heeded_stands_in_its_log(self):
        containerd = self.containerd()
        self.begin(containerd, "told", "cmd", "/c", "exit 0", kind="params",  # whose level is debug
                   annotations={"io.microsoft.container.unknown": "1"})
        self.host.fault(call="UnprepareLayer", nth=1, hr="0x80070020")
        self.addCleanup(self.host.fault)
        containerd.ok("wait", "told", "told", "-")
        containerd.ok("call", "told", "Start", "told", "-")
        containerd.await_news("waited told - 0")
        self.finish(containerd, "told")
        containerd.await_news("log told end")
        log = "\n".join(line for line in containerd.seen if line.startswith("log told "))
        self.assertRegex(log, "level=debug.*not heeded.*io.microsoft.container.unknown")
        self.assertRegex(log, "level=error.*0x80070020")

    def test_what_a_shim_has_that_answers_no_more_is_kept_in_mind(self):
        """Linux stops its process: it neither answers nor ends, and `delete` may take nothing from it."""
        containerd = self.containerd()
        self.begin(containerd, "silent", "ping", "-n", "100", "localhost")
        containerd.ok("call", "silent", "Start", "silent", "-")
        shim = next(processes(self.host, SHIM.name))
        os.kill(int(shim.name), signal.SIGSTOP)
        try:
            code, milliseconds = containerd.delete("silent")
        finally:
            os.kill(int(shim.name), signal.SIGKILL)
        self.assertEqual(0, code)
        self.assertLess(milliseconds, 5000)
        kept = self.host.path(r"C:\ProgramData\wcow\shim")
        self.assertEqual(["silent"], [json.loads(each.read_text())["id"] for each in kept.glob("*.json")])
        self.begin(containerd, "next", "cmd", "/c", "exit 0")  # which gives it back
        self.host.wait_until(lambda: not list(kept.glob("*.json")), "the note's end")
        self.finish(containerd, "next")
        self.assertEqual({}, {key: value for key, value in self.host.left().items() if value})


class ShimStreams(ShimCase):
    def test_a_terminal_has_the_size_that_its_client_says(self):
        containerd = self.containerd()
        self.begin(containerd, "tty", "tty", streams=True, terminal=1)
        containerd.ok("call", "tty", "Start", "tty", "-")
        for columns, rows in ((97, 31), (110, 40)):
            containerd.ok("resize", "tty", "tty", "-", columns, rows)
            self.host.wait_until(lambda size=f"{columns}x{rows}": size in containerd.heard("tty"), "the size")
        self.kill_and_finish(containerd, "tty")
        containerd.await_news("end tty")

    def test_input_comes_whole_and_ends_with_close_io(self):
        containerd = self.containerd()
        entry = r"\\.\pipe\ctr-cat-stdin"
        containerd.ok("feed", entry, "cat", 270000)
        self.begin(containerd, "cat", "cat", streams=True, entry=entry)
        containerd.ok("wait", "cat", "cat", "-")
        containerd.ok("call", "cat", "Start", "cat", "-")
        containerd.await_news("fed cat 270000")
        self.assertTrue(containerd.ok("call", "cat", "State", "cat", "-").startswith("2 "))
        containerd.ok("close_input", "cat", "cat", "-")
        containerd.await_news("waited cat - 0", "end cat")
        self.assertEqual(270000, len(containerd.heard("cat")))
        self.finish(containerd, "cat")

    def log_of(self, name, uri, written):
        containerd = self.containerd()
        self.begin(containerd, name, "cmd", "/c", "echo for-the-log", output=uri)
        containerd.ok("wait", name, name, "-")
        containerd.ok("call", name, "Start", name, "-")
        containerd.await_news(f"waited {name} - 0")
        self.finish(containerd, name)
        return self.host.path(written).read_text()

    def test_output_goes_into_a_file(self):
        written = r"C:\ctd\logs\filed.log"
        self.assertEqual("for-the-log\n", self.log_of("filed", "file:///C:/ctd/logs/filed.log", written))

    def test_output_goes_to_a_logger(self):
        program = windows_path(BUILD / "tests" / "shim" / "logger.exe").replace("\\", "/")
        said = self.log_of("logged", f"binary:///{program}?C:/ctd/said.txt=plain", r"C:\ctd\said.txt")
        self.assertIn("CONTAINER_ID=logged\n", said)
        self.assertIn("for-the-log", said)

    def test_loggers_that_do_not_read_end_or_come_stop_no_end(self):
        program = windows_path(BUILD / "tests" / "shim" / "logger.exe").replace("\\", "/")
        containerd = self.containerd()
        self.begin(containerd, "deaf", "flood", "4000000", output=f"binary:///{program}?C:/ctd/deaf.txt=deaf")
        containerd.ok("call", "deaf", "Start", "deaf", "-")
        added = json.dumps(process("cmd", "/c", "exit|7"), separators=(",", ":")).replace("C:\\\\", "C:/")
        for name, mode in (("stays", "stay"), ("late", "never")):
            uri = f"binary:///{program}?C:/ctd/{name}.txt={mode}"
            answer = containerd.say("exec", "deaf", "deaf", name, "-", uri, "-", 0, added)
            self.assertEqual(mode == "never", answer.startswith("failed"), answer)
        self.assertIn("it did not open and close CONTAINER_WAIT in time", answer)
        containerd.ok("wait", "deaf", "deaf", "stays")
        containerd.ok("call", "deaf", "Start", "deaf", "stays")
        self.assertTrue(containerd.ok("call", "deaf", "State", "deaf", "-").startswith("2 "))
        containerd.await_news("waited deaf stays 7", seconds=30)
        self.kill_and_finish(containerd, "deaf")
        self.assertNotIn("logger.exe", self.host.tasks().values())


class ShimUnderLoad(ShimCase):
    """What many calls leave behind; WCOW_EXECS says how many processes are added, a multiple of 30."""

    execs = int(os.environ.get("WCOW_EXECS", "60"))
    seconds = 60 + execs

    def add(self, containerd, number):
        """One that ends, one that cannot start, one that its caller has no time for."""
        name, kind = f"e{number}", number % 3
        command = (("cmd", "/c", "exit|0"), ("no-such-program",), ("ping", "-n", "1000", "localhost"))[kind]
        containerd.ok("exec", "load", "load", name, "-", "-", "-", 0,
                      json.dumps(process(*command)).replace(" ", "").replace("C:\\\\", "C:/"))
        started = containerd.say("call", "load", "Start", "load", name)
        self.assertEqual(kind == 1, started.startswith("failed"), started)
        if kind == 2:
            containerd.ok("kill", "load", "load", name, 9, 0)
        containerd.ok("call", "load", "Wait", "load", name)
        self.assertTrue(containerd.ok("call", "load", "State", "load", name).startswith("3 "))
        containerd.ok("call", "load", "Delete", "load", name)

    def weight(self):
        """KiB, threads and handles, when what has nothing to do has ended."""
        time.sleep(6)
        return *weigh(next(processes(self.host, SHIM.name))), self.host.handles(self.shims()[0])

    def test_processes_that_come_and_go_leave_nothing(self):
        containerd = self.containerd()
        self.begin(containerd, "load", "ping", "-n", "100000", "localhost")
        containerd.ok("call", "load", "Start", "load", "-")
        weights, step = [], min(self.execs // 2, 510)
        for number in range(1, self.execs + 1):
            self.add(containerd, number)
            if number % step == 0 or number == self.execs:
                weights.append(self.weight())
                print("execs: {}; private {} KiB, threads {}, handles {}".format(number, *weights[-1]), flush=True)
        for memory, threads, handles in weights[1:]:
            self.assertLess(memory, weights[0][0] * 1.05)
            self.assertLessEqual(threads, weights[0][1])
            self.assertLess(handles, weights[0][2] + 5)
        self.kill_and_finish(containerd, "load")

    def bare_weight(self):
        """KiB without the stacks that Wine clears, when what has nothing to do has ended."""
        time.sleep(6)
        folder = next(processes(self.host, SHIM.name))
        return weigh(folder)[0] - STACK * stacks(folder)

    def test_an_idle_server_and_each_further_container_weigh_little(self):
        """Goals: 3 MiB with one task, and 64 KiB for each further container of a pod."""
        containerd, further = self.containerd(), 4
        self.begin(containerd, "idle", "ping", "-n", "1000", "localhost", kind="params",
                   sandbox="idle", grouping="sandbox")
        containerd.ok("call", "idle", "Start", "idle", "-")
        weights = [self.bare_weight()]
        for number in range(further):
            name = f"further{number}"
            self.begin(containerd, name, "ping", "-n", "1000", "localhost", sandbox="idle",
                       grouping="container", connection="idle")
            containerd.ok("call", "idle", "Start", name, "-")
        weights.append(self.bare_weight())
        print("idle: {} KiB; with {} more containers {} KiB".format(weights[0], further, weights[1]), flush=True)
        self.assertLess(weights[0], 3 * 1024)
        self.assertLess((weights[1] - weights[0]) / further, 64)
        for number in range(further):
            name = f"further{number}"
            containerd.ok("kill", "idle", name, "-", 9, 1)
            containerd.ok("call", "idle", "Wait", name, "-")
            self.finish(containerd, name, connection="idle", shut_down=False)
        self.kill_and_finish(containerd, "idle")

    def test_a_caller_that_does_not_read_stops_no_other(self):
        containerd = self.containerd()
        self.begin(containerd, "parked", "ping", "-n", "1000", "localhost")
        containerd.ok("park", "parked", "parked", 64)
        containerd.ok("call", "parked", "Start", "parked", "-")
        self.assertTrue(containerd.ok("call", "parked", "State", "parked", "-").startswith("2 "))
        self.kill_and_finish(containerd, "parked")

    def test_a_service_that_does_not_answer_holds_up_no_caller_for_long(self):
        containerd = self.containerd()
        self.begin(containerd, "deaf", "ping", "-n", "1000", "localhost")
        containerd.ok("call", "deaf", "Start", "deaf", "-")
        self.host.fault(nth=1, every=True, delay=20000)
        for most, words in ((2, ("call", "deaf", "State", "deaf", "-")), (5, ("call", "deaf", "Pids", "deaf", "-")),
                            (8, ("kill", "deaf", "deaf", "-", 9, 0)), (2, ("call", "deaf", "Shutdown", "deaf", "-"))):
            begin = time.monotonic()
            answer = containerd.say(*words)
            self.assertLess(time.monotonic() - begin, most, (words, answer))
            self.assertTrue(words[0] == "kill" or answer.startswith("ok"), answer)
        self.host.fault()
        self.host.wait_until(lambda: not self.shims(), "the shim's end", 90)
        self.assertEqual(0, containerd.delete("deaf")[0])


class ContainerdKilled(ShimCase):
    """containerd is killed while a call is under way, each in turn; the next one gives the shim up."""

    seconds = 90

    def test_containerd_killed_at_each_call_leaves_nothing(self):
        for nth in range(6):
            name = f"orphan{nth}"
            write_bundle(self.host, name, specification("ping", "-n", "100", "localhost"))
            parents = "[" + ",".join('"' + each.replace("\\", "\\\\") + '"' for each in self.layers) + "]"
            address = rf"\\.\pipe\ProtectedPrefix\Administrators\containerd-shim-default-{name}-pipe"
            steps = (("start", SHIM.name, "default", name, bundle(name), "options"), ("connect", name, address),
                     ("create", name, name, bundle(name), self.snapshot(name), parents, "-", "-", "-", 0),
                     ("call", name, "Start", name, "-"), ("kill", name, name, "-", 9, 1),
                     ("call", name, "Delete", name, "-"))
            first = self.containerd()
            for step in steps[:nth]:
                first.say(*step)
            first.send(*steps[nth])
            first.kill()
            second = self.containerd()
            self.assertEqual(0, second.delete(name)[0])
            self.host.wait_until(lambda: not self.shims(), "the shim's end")
            self.assertEqual(0, second.delete(name)[0])
            self.assertEqual({}, {key: value for key, value in self.host.left().items() if value}, f"call {nth}")
            second.end()


class ShimKilled(ShimCase):
    """The shim is killed at its first call to the service, at its second, … until a life has no more of them."""

    seconds = 60

    def live(self, containerd, name):
        """A whole life, of which every step may fail; whether none did."""
        write_bundle(self.host, name, specification("ping", "-n", "100", "localhost"))
        code, _, address = containerd.start(name)
        if code:
            return False
        parents = "[" + ",".join('"' + each.replace("\\", "\\\\") + '"' for each in self.layers) + "]"
        steps = (("connect", name, address),
                 ("create", name, name, bundle(name), self.snapshot(name), parents, "-", "-", "-", 0),
                 ("call", name, "Start", name, "-"), ("call", name, "Pids", name, "-"),
                 ("kill", name, name, "-", 9, 1), ("call", name, "Wait", name, "-"),
                 ("call", name, "Delete", name, "-"))
        done = all(containerd.say(*step).startswith("ok") for step in steps)
        if done:
            containerd.say("call", name, "Shutdown", name, "-")
        containerd.say("close", name)
        return done

    def test_a_shim_killed_at_each_call_leaves_nothing(self):
        containerd = self.containerd()
        for nth in range(1, 80):
            name = f"torn{nth}"
            self.snapshot(name)
            self.host.fault(nth=nth, kill_client=True)
            done = self.live(containerd, name)
            self.host.fault()
            self.assertEqual(0, containerd.delete(name)[0])
            self.host.wait_until(lambda: not self.shims(), "the shim's end")
            self.assertEqual({}, {key: value for key, value in self.host.left().items() if value}, f"call {nth}")
            if done:
                break
        self.assertTrue(done, "a life has more calls than that")
        self.assertGreater(nth, 8)


class ShimOfPods(ShimCase):
    def test_containers_share_their_pod_s_shim(self):
        containerd = self.containerd()
        address = self.begin(containerd, "pod", "ping", "-n", "100", "localhost", kind="params",
                             sandbox="pod", grouping="sandbox")
        containerd.ok("call", "pod", "Start", "pod", "-")
        self.assertEqual(address, self.begin(containerd, "web", "cmd", "/c", "exit 5", sandbox="pod",
                                             grouping="container", connection="pod"))
        self.assertEqual(1, len(self.shims()))
        program = (self.host.path(bundle("web")) / "shim-binary-path").read_text()
        self.assertTrue(self.host.path(program).samefile(SHIM), program)
        containerd.ok("wait", "pod", "web", "-")
        containerd.ok("call", "pod", "Start", "web", "-")
        containerd.await_news("waited web - 5", "log web there", "log pod there")
        self.finish(containerd, "web", connection="pod", shut_down=False)
        containerd.await_news("log web end")
        self.assertTrue(containerd.ok("call", "pod", "State", "pod", "-").startswith("2 "))
        containerd.ok("wait", "pod", "pod", "-")
        containerd.ok("kill", "pod", "pod", "-", 9, 1)
        containerd.await_news("waited pod - ")
        self.finish(containerd, "pod")
