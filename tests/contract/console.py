#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
What port/console.h promises, on a pseudo-terminal: console.py COMMAND… runs contract_console (as a
program of Linux, or of Windows under Wine, which then has a console on the same terminal).
"""

import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))

from wcowtest.wine import Held, say_again  # noqa: E402 # pylint: disable=wrong-import-position

COMMAND = []
PATIENCE = 20
# Wine's console does not notice that its terminal's size changed, and shows no characters beyond the
# first 65536.
WINE = False
# What a Windows console adds to the text: moves, colours, titles.
SEQUENCES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[=>]")


# What the program ends with when all is well, and wine when it had no process for it (tests/cli/wcowtest/wine.py).
DONE, NOT_RUN = 0, 1


def has_not_run(code, said):
    """Wine had no process for the program: it ended with 1 before the program said a word."""
    return WINE and code == NOT_RUN and not said


class Session:
    """The program on a terminal of its own."""

    def __init__(self, *arguments, columns=100, rows=40):
        self.master, slave = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.process = subprocess.Popen([*COMMAND, *arguments], stdin=slave, stdout=slave,
                                        stderr=slave, start_new_session=True,
                                        preexec_fn=self.take_terminal)
        self.seen = b""

    @staticmethod
    def take_terminal():
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored in a background job

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        if WINE and b"\x03" in keys:
            self.let_ctrl_c_be_a_signal()
        os.write(self.master, keys)

    def let_ctrl_c_be_a_signal(self):
        """Wine 8 leaves it one. Wine 10 takes it as a key, and with it stops reading the terminal,
        which gets its mode back: the key is lost, whatever the program does."""
        mode = termios.tcgetattr(self.master)
        mode[3] |= termios.ISIG
        termios.tcsetattr(self.master, termios.TCSANOW, mode)

    def text(self):
        """What a reader sees: without control sequences, and as one line."""
        return SEQUENCES.sub(b"", self.seen).replace(b"\r", b"").replace(b"\n", b"")

    def wait_until_ready(self):
        """Wine's console takes the terminal over when it is first read from, after "ready"."""
        self.wait_for(b"ready")
        time.sleep(0.5)

    def wait_for(self, expected):
        end = time.monotonic() + PATIENCE
        while expected not in self.text():
            left = end - time.monotonic()
            if left <= 0 or not self.read(left):
                raise AssertionError(f"{expected!r} did not come, but {self.seen!r}")

    def read(self, timeout):
        if not select.select([self.master], [], [], timeout)[0]:
            return False
        try:
            self.seen += os.read(self.master, 4096)
        except OSError:
            return False
        return True

    def end(self):
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(0.05)
        code = self.process.wait(PATIENCE)
        while self.read(0.05):
            pass
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.slave)
        os.close(self.master)


class Console(unittest.TestCase):
    sessions = ()
    wine_was_busy = False
    again = 0

    def run(self, result=None):
        """A case that failed is run once more if Wine had no process for the program, and for no other reason."""
        held = Held(result or self.defaultTestResult())
        self.wine_was_busy, self.sessions = False, []
        super().run(held)
        busy = self.wine_was_busy or any(has_not_run(each.process.returncode, each.text()) for each in self.sessions)
        if held.kept and busy:
            say_again(self.id())
            Console.again += 1
            super().run(held.result)
        else:
            held.release()
        return held.result

    def start(self, *arguments, **sizes):
        session = Session(*arguments, **sizes)
        self.sessions.append(session)
        self.addCleanup(session.close)
        return session

    def test_a_terminal_is_known_with_its_size_and_obeys_sequences(self):
        session = self.start("tell", columns=100, rows=40)
        session.wait_for(b"terminals 111")
        session.wait_for(b"size 100x40")
        session.wait_for(b"sequences 11")
        self.assertEqual(session.end(), 0)

    def test_without_a_terminal_there_is_no_size(self):
        done = subprocess.run([*COMMAND, "tell"], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=PATIENCE, check=False)
        self.wine_was_busy = has_not_run(done.returncode, done.stdout + done.stderr)
        self.assertEqual((DONE, b"terminals 000\r\nno size\r\nsequences 00\r\n"),
                         (done.returncode, done.stdout), done)

    def test_raw_keys_arrive_one_by_one_without_echo(self):
        session = self.start("raw")
        session.wait_until_ready()
        session.type(b"a")
        session.wait_for(b"<61>")
        session.type(b"\x03")
        session.wait_for(b"<03>")
        session.type(b"\r")
        session.wait_for(b"<0d>")
        session.type(b"q")
        session.wait_for(b"end")
        self.assertEqual(session.end(), 0)
        self.assertNotIn(b"a<", session.text())

    def test_raw_keys_are_utf8(self):
        session = self.start("raw")
        session.wait_until_ready()
        session.type("ü€".encode())
        session.wait_for(b"<c3><bc><e2><82><ac>")
        session.type(b"q")
        self.assertEqual(session.end(), 0)

    def test_a_new_size_is_seen(self):
        session = self.start("raw", columns=80, rows=25)
        session.wait_until_ready()
        session.resize(123, 45)
        expected = b"size 80x25" if WINE else b"size 123x45"
        deadline = time.monotonic() + PATIENCE
        while expected not in session.text():
            self.assertLess(time.monotonic(), deadline, session.seen)
            session.type(b"s")
            session.read(0.3)
        session.type(b"q")
        self.assertEqual(session.end(), 0)

    def test_the_terminal_is_as_before_at_the_end(self):
        session = self.start("raw")
        session.wait_until_ready()
        session.type(b"q")
        self.assertEqual(session.end(), 0)
        self.assertEqual(termios.tcgetattr(session.slave)[3] & (termios.ECHO | termios.ICANON),
                         session.before[3] & (termios.ECHO | termios.ICANON))

    def test_lines_come_when_they_are_entered(self):
        session = self.start("lines")
        session.wait_until_ready()
        session.type(b"xyq\r")
        session.wait_for(b"<78><79><71>")
        session.wait_for(b"end")
        self.assertEqual(session.end(), 0)

    def echoes(self, session):
        flags = termios.tcgetattr(session.slave)[3] & (termios.ECHO | termios.ICANON)
        return flags == session.before[3] & (termios.ECHO | termios.ICANON)

    def test_a_hidden_line_arrives_and_is_not_shown(self):
        session = self.start("hidden")
        session.wait_until_ready()
        session.type("geh€im\r".encode())
        session.wait_for("<geh€im>".encode())
        session.wait_for(b"end")
        self.assertEqual(session.end(), 0)
        self.assertEqual(session.text().count("geh€im".encode()), 1)
        self.assertTrue(self.echoes(session))

    def test_ctrl_c_at_a_hidden_line_ends_the_program_and_shows_again_what_is_typed(self):
        session = self.start("hidden")
        session.wait_until_ready()
        session.type(b"abc\x03")
        code = session.end()
        if not WINE:  # whose default handler ends with 0, where Windows says 0xC000013A
            self.assertNotEqual(code, 0)
        self.assertNotIn(b"end", session.text())
        self.assertTrue(self.echoes(session))

    def test_the_console_is_handed_back_after_ctrl_c(self):
        session = self.start("handed-back")
        session.wait_until_ready()
        session.type(b"\x03")
        session.wait_for(b"handed back")
        self.assertEqual(session.end(), 0)

    def test_a_read_is_given_up_and_cancelled(self):
        session = self.start("cancelled")
        session.wait_for(b"timeout")
        session.wait_for(b"aborted")
        self.assertEqual(session.end(), 0)

    def test_ctrl_c_is_an_event(self):
        session = self.start("interrupts")
        session.wait_until_ready()
        session.type(b"\x03")
        session.wait_for(b"interruptedended")
        self.assertEqual(session.end(), 0)

    def test_who_takes_the_handler_of_ctrl_c_away_waits_for_it(self):
        session = self.start("removals")
        session.wait_until_ready()
        session.type(b"\x03")
        session.wait_for(b"still runs")
        session.wait_for(b"runs no more")
        self.assertEqual(session.end(), 0)

    def test_characters_survive_being_written_in_pieces(self):
        session = self.start("text")
        session.wait_for("grüß".encode())
        session.wait_for("€".encode())
        if not WINE:
            session.wait_for("grüß € 🐄.".encode())
        session.wait_for(b"end")
        self.assertEqual(session.end(), 0)


if __name__ == "__main__":
    COMMAND = sys.argv[1:]
    WINE = COMMAND[-1].endswith(".exe")
    ended = unittest.main(argv=[sys.argv[0], "-v"], exit=False)
    print(f"console: {Console.again} repeated, since Wine could not make a process")
    sys.exit(0 if ended.result.wasSuccessful() else 1)
