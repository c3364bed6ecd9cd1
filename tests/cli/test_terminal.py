# SPDX-License-Identifier: MIT
"""`-it`: a real terminal, typed into."""

import time

from wcowtest.case import HostCase

CTRL_C, CTRL_P, CTRL_Q = "\x03", "\x10", "\x11"


class TerminalSession(HostCase):
    def test_the_exit_code_of_a_shell_comes_back(self):
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                with self.terminal("run", "--rm", "-it", f"--isolation={isolation}",
                                   "microsoft/nanoserver", "cmd") as terminal:
                    terminal.expect(">")
                    terminal.type("echo one-%COMPUTERNAME%-two\r")
                    terminal.expect(r"one-[^%\n]+-two")
                    terminal.type("exit 7\r")
                    self.assertEqual(7, terminal.wait())

    def test_all_bits_of_an_exit_code_come_back_through_a_terminal(self):
        for isolation in ("process", "hyperv"):
            for command, code in ((["exit", "0"], 0), (["exit", "3"], 3), (["exit", "255"], 255),
                                  (["exit", "0xC000013A"], 0xC000013A), (["crash"], 0xC0000005)):
                with self.subTest(isolation=isolation, command=command):
                    self.assertEqual(code, self.exit_code_in_terminal(
                        "run", "--rm", "-it", f"--isolation={isolation}", "microsoft/nanoserver",
                        *command))
        self.assertEqual("", self.host.ok("ps", "-aq"))

    def test_the_console_has_the_size_of_the_terminal_and_follows_it(self):
        with self.resizable_terminal("run", "--rm", "-it", "microsoft/nanoserver", "tty",
                                     columns=97, rows=31) as terminal:
            terminal.expect("97x31")
            terminal.resize(110, 40)
            terminal.expect("110x40")
            terminal.type("q")
            self.assertEqual(0, terminal.wait())

    def test_the_detach_keys_leave_the_container_running_and_attach_comes_back(self):
        with self.terminal("run", "-it", "--name", "shell", "microsoft/nanoserver",
                           "cmd") as terminal:
            terminal.expect(">")
            terminal.type(CTRL_P + CTRL_Q)
            terminal.wait()
        self.assertTrue(self.host.inspect("shell")["State"]["Running"])
        with self.terminal("attach", "shell") as terminal:
            time.sleep(2)  # nothing is shown that tells that typing reaches it
            terminal.type("echo back-%COMPUTERNAME%-again\r")
            terminal.expect(r"back-[^%\n]+-again")
            terminal.type("exit 4\r")
            self.assertEqual(4, terminal.wait())

    def test_ctrl_c_goes_to_the_program_inside(self):
        with self.terminal("run", "--rm", "-it", "microsoft/nanoserver", "waiter") as terminal:
            terminal.expect("waiting")
            terminal.type(CTRL_C)
            terminal.expect("CTRL_C")
            terminal.wait()

    def test_exec_opens_a_second_terminal(self):
        self.host.ok("run", "-d", "--name", "web", "microsoft/nanoserver", "ping", "-t",
                     "localhost")
        with self.terminal("exec", "-it", "web", "cmd") as terminal:
            terminal.expect(">")
            terminal.type("exit 9\r")
            self.assertEqual(9, terminal.wait())
        self.assertTrue(self.host.inspect("web")["State"]["Running"])

    def test_long_output_is_shown_at_once_and_whole(self):
        """A byte at a time, these 220 KB took 24 s, and characters of several bytes came torn.

        Nothing beyond U+FFFF: Wine's console shows each half of such a character as U+FFFD.
        """
        line = "Straße für 10 €, Größe ≥ 5 und mehr"
        lines = [f"{number:05} {line}" for number in range(4900)]
        self.host.ok("run", "-i", "--name", "talker", "microsoft/nanoserver", "cat",
                     stdin="".join(f"{each}\n" for each in lines).encode())
        began = time.monotonic()
        with self.terminal("logs", "talker") as terminal:
            self.assertEqual(0, terminal.wait(60))
            took = time.monotonic() - began
            terminal.expect(lines[-1])
            self.assertNotIn("\ufffd", terminal.text)
        self.assertLess(took, 12, "logs are slow on a console")

    def test_a_terminal_without_one_is_refused_in_a_line(self):
        done = self.host.wcow("run", "-it", "microsoft/nanoserver", "cmd", stdin=b"x")
        self.assertNotEqual(0, done.code)
        self.assertRegex(done.err, "(?i)not a (tty|terminal)")
