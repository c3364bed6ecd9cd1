# SPDX-License-Identifier: MIT
"""Each call to the service failed in turn, and each wcow process killed at each call."""

from wcowtest.case import HostCase

POINTS = {"failed": 0, "killed": 0}
LIMIT = 80  # calls a command may make before we believe that it never ends


class Torture(HostCase):
    """`rm -f` and `system prune` must clean up after whatever happened."""

    images = ("nanoserver",)

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        print(f"torture: {POINTS['failed']} calls failed in turn, "
              f"{POINTS['killed']} kills at a call")

    def clean(self):
        self.host.fault()
        for container in self.host.ok("ps", "-aq", "--no-trunc").split():
            self.host.ok("rm", "-f", container)
        self.host.ok("system", "prune", "-f")
        self.assertEqual([], self.host.leftovers())

    def points(self, kind, prepare, command, **fault):
        """Runs the command with the fault at its 1st, 2nd… call until one run meets none."""
        for nth in range(1, LIMIT):
            prepare()
            before = len(self.host.calls())
            self.host.fault(nth=nth, **fault)
            result = self.host.wcow(*command, timeout=180)
            self.host.fault()
            hit = any("fault" in call for call in self.host.calls()[before:])
            yield nth, result, hit
            self.clean()
            if not hit:
                return
            POINTS[kind] += 1
        self.fail(f"{command} makes more than {LIMIT} calls")

    def fail_each(self, prepare, command, container="victim"):
        for nth, result, hit in self.points("failed", prepare, command, hr="0x80004005"):
            with self.subTest(command=command[0], nth=nth):
                if hit and result.code not in (0, 7):
                    self.assertIn(container, result.err, result)
                    self.assertIn("0x80004005", result.err, result)
                elif not hit:
                    self.assertIn(result.code, (0, 7), result)

    def kill_each(self, prepare, command):
        for nth, result, hit in self.points("killed", prepare, command, kill_client=True):
            with self.subTest(command=command[0], nth=nth):
                if not hit:
                    self.assertIn(result.code, (0, 7), result)

    def nothing(self):
        pass

    def running(self):
        self.host.ok("run", "-d", "--name", "victim", "microsoft/nanoserver", "ping", "-t",
                     "localhost")

    def stopped(self):
        self.host.ok("create", "--name", "victim", "microsoft/nanoserver", "cmd")

    RUN = ("run", "--name", "victim", "microsoft/nanoserver", "exit", "7")
    RUN_HYPERV = ("run", "--name", "victim", "--isolation=hyperv", "microsoft/nanoserver", "exit",
                  "7")
    EXEC = ("exec", "victim", "exit", "7")
    STOP = ("stop", "-t", "1", "victim")
    RM = ("rm", "-f", "victim")

    def test_run_with_each_call_failed(self):
        self.fail_each(self.nothing, self.RUN)

    def test_run_hyperv_with_each_call_failed(self):
        self.fail_each(self.nothing, self.RUN_HYPERV)

    def test_exec_with_each_call_failed(self):
        self.fail_each(self.running, self.EXEC)

    def test_stop_with_each_call_failed(self):
        self.fail_each(self.running, self.STOP)

    def test_rm_with_each_call_failed(self):
        self.fail_each(self.running, self.RM)

    def test_run_killed_at_each_call(self):
        self.kill_each(self.nothing, self.RUN)

    def test_run_hyperv_killed_at_each_call(self):
        self.kill_each(self.nothing, self.RUN_HYPERV)

    def test_exec_killed_at_each_call(self):
        self.kill_each(self.running, self.EXEC)

    def test_stop_killed_at_each_call(self):
        self.kill_each(self.running, self.STOP)

    def test_rm_killed_at_each_call(self):
        self.kill_each(self.running, self.RM)
