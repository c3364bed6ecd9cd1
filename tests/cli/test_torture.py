# SPDX-License-Identifier: MIT
"""Each call to the service failed in turn, and each wcow process killed at each call."""

import time

from wcowtest.case import HostCase
from wcowtest.wine import say_again, wine_was_busy

LIMIT = 80  # calls a command may make before we believe that it never ends


class Torture(HostCase):
    """`rm -f` and `system prune` must clean up after whatever happened."""

    images = ("nanoserver",)
    seconds = 300  # about how long a class takes: the longest start first
    counts = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.counts = {"failed": 0, "killed": 0}

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        print(f"torture: {cls.__name__}: {cls.counts['failed']} calls failed in turn, "
              f"{cls.counts['killed']} kills at a call")

    def clean(self):
        self.host.fault()
        for container in self.host.ok("ps", "-aq", "--no-trunc").split():
            self.host.ok("rm", "-f", "-v", container)  # -v: its own volumes, and none of one that is gone
        self.host.ok("system", "prune", "-f")
        self.assertEqual([], self.host.leftovers())
        self.assertEqual("", self.host.ok("service", "ls", "-q"))

    def points(self, kind, prepare, command, every=1, **fault):
        """Runs the command with the fault at its 1st, 2nd… call until one run meets none."""
        for nth in range(1, LIMIT, every):
            result, hit = self.point(nth, prepare, command, fault)
            if not hit and wine_was_busy(result.err):
                say_again(f"{command}, {nth}")
                self.clean()
                result, hit = self.point(nth, prepare, command, fault)
            yield nth, result, hit
            self.clean()
            if not hit:
                return
            self.counts[kind] += 1
        self.fail(f"{command} makes more than {LIMIT} calls")

    def point(self, nth, prepare, command, fault):
        prepare()
        before = len(self.host.calls())
        self.host.fault(nth=nth, **fault)
        result = self.host.wcow(*command, timeout=180)
        hit = self.made(before + nth, result)
        self.host.fault()
        return result, hit

    def made(self, count, result):
        """Whether the service has had so many calls. It notes one only when it is carried out, which may
        be a moment after its caller was killed."""
        for _ in range(1 if result.code in (0, 7) else 20):
            if len(self.host.calls()) >= count:
                return True
            time.sleep(0.1)
        return False

    def fail_each(self, prepare, command):
        for nth, result, hit in self.points("failed", prepare, command, hr="0x80004005"):
            with self.subTest(command=command, nth=nth):
                if result.code in (0, 7):  # a call whose failure need not matter
                    continue
                self.assertTrue(hit, result)
                for word in ("victim", "0x80004005"):
                    self.assertIn(word, result.err.lower(), result)

    def kill_each(self, prepare, command):
        for nth, result, hit in self.points("killed", prepare, command, kill_client=True):
            with self.subTest(command=command, nth=nth):
                self.assertTrue(hit or result.code in (0, 7), result)

    def running(self):
        self.host.ok("run", "-d", "--name", "victim", "microsoft/nanoserver", "ping", "-t",
                     "localhost")

    def nothing(self):
        pass


class TortureRun(Torture):
    COMMAND = ("run", "--name", "victim", "microsoft/nanoserver", "exit", "7")

    def test_with_each_call_failed(self):
        self.fail_each(self.nothing, self.COMMAND)

    def test_killed_at_each_call(self):
        self.kill_each(self.nothing, self.COMMAND)


class TortureRunHyperv(Torture):
    COMMAND = ("run", "--name", "victim", "--isolation=hyperv", "microsoft/nanoserver", "exit", "7")

    def test_with_each_call_failed(self):
        self.fail_each(self.nothing, self.COMMAND)

    def test_killed_at_each_call(self):
        self.kill_each(self.nothing, self.COMMAND)


class TortureRunSchema2(Torture):
    """A namespace more is taken, and an instance of the credential guard, and given back."""

    COMMAND = ("run", "--name", "victim", "--schema", "2", "--security-opt", "credentialspec=raw://{}",
               "microsoft/nanoserver", "exit", "7")

    def test_with_each_call_failed(self):
        self.fail_each(self.nothing, self.COMMAND)

    def test_killed_at_each_call(self):
        self.kill_each(self.nothing, self.COMMAND)


class TortureVolumes(Torture):
    COMMAND = ("run", "--rm", "--name", "victim", "-v", r"C:\anonymous", "-v", r"named:C:\named", "--mount",
               r"target=C:\Windows\System32\drivers\etc,volume-nocopy=false", "microsoft/nanoserver",
               "exit", "7")

    def clean(self):
        super().clean()
        for name in self.host.ok("volume", "ls", "-q").split():
            self.assertEqual("named", name, "an anonymous volume is left")
        self.host.ok("volume", "rm", "-f", "named")
        folder = self.host.path(rf"{self.host.root}\volumes")
        self.assertEqual([], list(folder.iterdir()) if folder.exists() else [])

    def test_with_each_call_failed(self):
        self.fail_each(self.nothing, self.COMMAND)

    def test_killed_at_each_call(self):
        self.kill_each(self.nothing, self.COMMAND)


class TortureExec(Torture):
    COMMAND = ("exec", "victim", "exit", "7")

    def test_with_each_call_failed(self):
        self.fail_each(self.running, self.COMMAND)

    def test_killed_at_each_call(self):
        self.kill_each(self.running, self.COMMAND)


class TortureStop(Torture):
    COMMAND = ("stop", "-t", "1", "victim")

    def test_with_each_call_failed(self):
        self.fail_each(self.running, self.COMMAND)

    def test_killed_at_each_call(self):
        self.kill_each(self.running, self.COMMAND)


class TortureUpdate(Torture):
    """All is changed or nothing, whoever dies at it."""

    COMMAND = ("update", "-m", "512m", "--cpus", "1", "victim")

    def limited(self):
        self.host.ok("run", "-d", "--name", "victim", "-m", "256m", "microsoft/nanoserver", "ping", "-t", "localhost")

    def limits(self):
        shown = self.host.inspect("victim")["HostConfig"]
        return shown["Memory"] >> 20, shown["NanoCpus"]

    def test_with_each_call_failed(self):
        for nth, result, _ in self.points("failed", self.limited, self.COMMAND, hr="0x80004005"):
            with self.subTest(nth=nth):
                self.assertEqual((0, (512, 1000000000)), (result.code, self.limits()), result)

    def test_killed_at_each_call(self):
        for nth, result, hit in self.points("killed", self.limited, self.COMMAND, kill_client=True):
            with self.subTest(nth=nth):
                self.assertTrue(hit or result.code == 0, result)
                self.assertIn(self.limits(), ((256, 0), (512, 1000000000)), result)


class TortureRestart(Torture):
    """Two monitors, one after the other: at every third of their calls."""

    def test_killed_at_each_call(self):
        for nth, result, hit in self.points("killed", self.running, ("restart", "-t", "0", "victim"), every=3,
                                            kill_client=True):
            with self.subTest(nth=nth):
                self.assertTrue(hit or result.code == 0, result)


class TortureHealth(Torture):
    """A monitor that dies at a call of a probe, of which there is always another."""

    def checked(self):
        self.host.ok("run", "-d", "--name", "victim", "--health-cmd", "exit 0", "--health-interval", "200ms",
                     "microsoft/nanoserver", "ping", "-t", "localhost")

    def test_killed_at_each_call(self):
        for nth in range(1, 8):
            with self.subTest(nth=nth):
                result, hit = self.point(nth, self.checked, ("wait", "victim"), {"kill_client": True})
                self.assertTrue(hit, result)
                self.assertEqual("exited", self.host.inspect("victim")["State"]["Status"])
                self.counts["killed"] += 1
            self.clean()


class TortureService(Torture):
    """A container whose monitor is a service that comes back with the host."""

    RUN = ("run", "-d", "--name", "victim", "--restart", "always", "microsoft/nanoserver", "ping", "-t", "localhost")

    def always(self):
        self.host.ok(*self.RUN)

    def killed(self, prepare, command, each):
        for nth, result, hit in self.points("killed", prepare, command, kill_client=True):
            with self.subTest(command=command, nth=nth):
                self.assertTrue(hit or result.code == 0, result)
                each(result)

    def services(self):
        return self.host.ok("service", "ls", "--format", "{{.Names}} {{.Start}} {{.State}}")

    def assert_told(self, _):
        """Who looks next finds it at rest, and its service is as its policy and its end want it."""
        state = self.host.inspect("victim")["State"]["Status"] if self.host.ok("ps", "-aq") else "gone"
        expected = {"running": ("victim with the host running",), "gone": ("",)}
        self.assertIn(self.services(), expected.get(state, ("", "victim with the host stopped")), state)

    def test_run_killed_at_each_call(self):
        self.killed(self.nothing, self.RUN, self.assert_told)

    def test_stop_killed_at_each_call(self):
        self.killed(self.always, ("stop", "-t", "1", "victim"), self.assert_told)

    def test_rm_killed_at_each_call(self):
        self.killed(self.always, ("rm", "-f", "victim"), self.assert_told)


class TortureBoot(Torture):
    """A monitor that Windows starts with the host dies at a call of its own."""

    HOW = ("--name", "victim", "--restart", "unless-stopped", "microsoft/nanoserver", "ping", "-t", "localhost")

    def status(self):
        return self.host.inspect("victim")["State"]["Status"]

    def boot(self, nth):
        """Whether the monitor came to its nth call, and died of it."""
        self.host.ok("run", "-d", *self.HOW)
        before = len(self.host.calls())
        self.host.fault(nth=nth, kill_client=True)
        self.host.reboot()
        self.host.wait_until(lambda: len(self.host.calls()) >= before + nth or self.status() == "running",
                             "it comes back, or dies", 60)
        hit = len(self.host.calls()) >= before + nth
        self.host.fault()
        return hit

    def test_killed_at_each_call_it_is_started_by_the_next_boot(self):
        for nth in range(1, LIMIT, 2):
            with self.subTest(nth=nth):
                hit = self.boot(nth)
                if hit:
                    self.counts["killed"] += 1
                    self.assertEqual("victim with the host", self.host.ok("service", "ls", "--format",
                                                                          "{{.Names}} {{.Start}}"))
                    self.host.reboot()
                    self.host.wait_until(lambda: self.status() == "running", "it comes back", 60)
                    self.assertEqual("", self.host.inspect("victim")["State"]["Error"])
            self.clean()
            if not hit:
                return
        self.fail("a boot makes too many calls")


class TortureMoments(Torture):
    """Not only calls to the service of containers count: those to the manager and the files come between them."""

    COMMANDS = (("update", "--restart", "no", "victim"), ("start", "idle"), ("stop", "-t", "0", "victim"),
                ("rm", "-f", "victim"))
    MOMENTS = 5

    def both(self):
        how = ("--restart", "always", "microsoft/nanoserver", "ping", "-t", "localhost")
        self.host.ok("run", "-d", "--name", "victim", *how)
        self.host.ok("create", "--name", "idle", *how)

    def test_a_command_is_killed_at_any_moment_of_its_dealing_with_a_service(self):
        for command in self.COMMANDS:
            self.both()
            begin = time.monotonic()
            self.host.ok(*command)
            takes = time.monotonic() - begin
            self.clean()
            for number in range(self.MOMENTS):
                with self.subTest(command=command, number=number):
                    self.both()
                    started = self.host.start(*command)
                    time.sleep(takes * (number + 1) / (self.MOMENTS + 1))
                    started.kill()
                    started.communicate(timeout=60)
                    self.counts["killed"] += 1
                    again = self.host.wcow(*command)
                    if again.code:
                        self.assertIn("No such container", again.err)
                    elif command[0] == "update":
                        self.assertIn("victim on demand running", self.host.ok(
                            "service", "ls", "--format", "{{.Names}} {{.Start}} {{.State}}"))
                self.clean()


class TortureRemove(Torture):
    COMMAND = ("rm", "-f", "victim")

    def test_with_each_call_failed(self):
        self.fail_each(self.running, self.COMMAND)

    def test_killed_at_each_call(self):
        self.kill_each(self.running, self.COMMAND)


class TortureNetwork(Torture):
    """A network that wcow made, or half made, is always known as wcow's: a prune takes it."""

    CREATE = ("network", "create", "--subnet", "172.40.0.0/16", "victim")
    REMOVE = ("network", "rm", "victim")

    def clean(self):
        super().clean()
        self.assertEqual("", self.host.ok("network", "ls", "-q", "-f", "name=victim"))

    def there(self):
        self.host.ok(*self.CREATE)

    def test_create_with_each_call_failed(self):
        self.fail_each(self.nothing, self.CREATE)

    def test_create_killed_at_each_call(self):
        self.kill_each(self.nothing, self.CREATE)

    def test_rm_with_each_call_failed(self):
        self.fail_each(self.there, self.REMOVE)

    def test_rm_killed_at_each_call(self):
        self.kill_each(self.there, self.REMOVE)


class TortureConnect(Torture):
    """Whatever happened to it, the same again does it, and no endpoint is there twice."""

    CONNECT = ("network", "connect", "back", "victim")
    DISCONNECT = ("network", "disconnect", "back", "victim")

    def apart(self):
        self.host.ok("network", "create", "--subnet", "172.41.0.0/16", "back")
        self.running()

    def together(self):
        self.apart()
        self.host.ok(*self.CONNECT)

    def each(self, kind, prepare, command, **fault):
        """After each fault the command is given again: then it is done, if it was not."""
        for nth, result, hit in self.points(kind, prepare, command, **fault):
            with self.subTest(command=command, nth=nth):
                self.assertTrue(hit or result.code == 0, result)
                again = self.host.wcow(*command)
                if again.code:
                    self.assertRegex(again.err, "already exists in network back|is not connected to network back")
                networks = {"nat"} | ({"back"} if command is self.CONNECT else set())
                self.assertEqual(networks, set(self.host.inspect("victim")["NetworkSettings"]["Networks"]))
                self.assertEqual(len(networks), self.host.left()["endpoints"])

    def test_connect_with_each_call_failed(self):
        self.each("failed", self.apart, self.CONNECT, hr="0x80004005")

    def test_connect_killed_at_each_call(self):
        self.each("killed", self.apart, self.CONNECT, kill_client=True)

    def test_disconnect_killed_at_each_call(self):
        self.each("killed", self.together, self.DISCONNECT, kill_client=True)


class TortureCopy(Torture):
    """Into and out of a utility VM. The container is nobody's victim: it runs on, and stays the same."""

    INTO = ("cp", r"C:\torture\new.txt", r"victim:C:\Users\Public\f.txt")
    OUT = ("cp", r"victim:C:\License.txt", r"C:\torture")

    def setUp(self):
        super().setUp()
        self.here = self.host.path(r"C:\torture")
        self.here.mkdir(exist_ok=True)
        (self.here / "new.txt").write_bytes(b"new")
        self.host.ok("run", "-d", "--name", "victim", "--isolation", "hyperv", "microsoft/nanoserver",
                     "ping", "-t", "localhost")
        self.host.ok(*self.OUT)
        self.whole = (self.here / "License.txt").read_bytes()

    def clean(self):
        """Nothing is left of the copy; the next one goes well."""
        self.host.fault()
        for _ in range(50):
            programs = self.host.ok("top", "victim")
            if "tar.exe" not in programs:
                break
            time.sleep(0.1)
        self.assertNotIn("tar.exe", programs)
        for path in self.here.iterdir():
            if path.suffix == ".tmp":  # killed between the mark's removal and the rename: whole, then
                self.assertEqual(self.whole, path.read_bytes())
                path.unlink()

    def tearDown(self):
        self.host.ok(*self.INTO)
        self.host.ok("cp", r"victim:C:\Users\Public\f.txt", r"C:\torture\back.txt")
        self.assertEqual(b"new", (self.here / "back.txt").read_bytes())
        super().tearDown()

    def test_into_with_each_call_failed(self):
        self.fail_each(self.nothing, self.INTO)

    def test_into_killed_at_each_call(self):
        self.kill_each(self.nothing, self.INTO)

    def test_out_killed_at_each_call(self):
        self.kill_each(self.nothing, self.OUT)
