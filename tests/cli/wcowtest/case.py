# SPDX-License-Identifier: MIT
"""Base of the test cases: one simulated host a class, images loaded, nothing left after each test."""

import os
import tempfile
import unittest

from .host import Host, WITHCODE, windows_path
from .real import RealHost
from .wine import Held, say_again, wine_was_busy

try:
    from .terminal import ResizableTerminal, Terminal
except ImportError:  # on Windows, which has no pseudoterminals of this kind: see real.CASES
    ResizableTerminal = Terminal = None


class HostCase(unittest.TestCase):
    """A class of cases that share a host. Each must leave it as clean as it found it."""

    host_options = ()
    images = ("nanoserver", "windowsservercore")
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        kind = RealHost if os.environ.get("WCOW_REAL_HOST") else Host
        cls.host = kind(*cls.host_options)
        cls.host.__enter__()
        try:
            if cls.images:
                cls.host.load(*cls.images)
        except BaseException:
            cls.host.__exit__()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.host.__exit__()

    def run(self, result=None):
        """A case that failed is run once more if Wine had no process for wcow, and for no other reason."""
        held = Held(result or self.defaultTestResult())
        self.host.wine_was_busy = False
        super().run(held)
        if held.kept and (self.host.wine_was_busy or wine_was_busy(held.text())):
            say_again(self.id())
            self.remove_containers()  # of the first run: its tearDown may have been what could not
            super().run(held.result)
        else:
            held.release()
        return held.result

    def remove_containers(self):
        listed = self.host.wcow("ps", "-aq", "--no-trunc")
        for container in listed.out.split():
            self.host.wcow("rm", "-f", container)
        return listed

    def tearDown(self):
        self.host.fault()
        listed = self.remove_containers()
        assert listed.code == 0, listed
        left = self.host.leftovers()
        self.assertEqual([], left, "left on the host")

    def terminal(self, *arguments, **options):
        return Terminal(self.host.command(*arguments), self.host.process_environment(), **options)

    def exit_code_in_terminal(self, *arguments):
        """All 32 bits of the exit code of a wcow that has a terminal."""
        with tempfile.NamedTemporaryFile(prefix="wcow-code-") as code:
            wine, *command = self.host.command(*arguments)
            command = [wine, WITHCODE, windows_path(code.name), *command]
            with Terminal(command, self.host.process_environment()) as terminal:
                terminal.wait()
            return int(code.read())

    def resizable_terminal(self, *arguments, **options):
        return ResizableTerminal(self.host.command(*arguments), self.host.process_environment(),
                                 **options)

    def assert_refused(self, result, code, *words):
        """Failed with this exit code and one line on stderr that has these words."""
        self.assertEqual(code, result.code, result)
        self.assertEqual(1, len(result.err.splitlines()), result)
        for word in words:
            self.assertIn(word, result.err, result)
