# SPDX-License-Identifier: MIT
"""A real terminal (pty) with a program in it, typed into and read like a person does."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import tempfile
import termios
import time
import tty

from .host import tool, windows_path


def ctrl_c_as_signal(fd):
    """Wine's console makes its event of the signal. Of the key Wine 8 takes no notice, and Wine 10,
    which wants the key, stops reading the terminal when it comes, so that it is lost."""
    mode = termios.tcgetattr(fd)
    mode[tty.LFLAG] |= termios.ISIG
    mode[tty.CC][termios.VQUIT] = mode[tty.CC][termios.VSUSP] = b"\0"
    termios.tcsetattr(fd, termios.TCSANOW, mode)


def raw_but_ctrl_c():
    """A Windows console has no line discipline that echoes and edits."""
    tty.setraw(0)
    ctrl_c_as_signal(0)


class Terminal:
    """Runs a command on a pty of its own; ends it when the `with` block does."""

    def __init__(self, command, environment, columns=80, rows=24):
        self.command, self.environment = list(map(str, command)), environment
        self.columns, self.rows = columns, rows
        self.seen = b""
        self.code = None

    def __enter__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            raw_but_ctrl_c()
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored in a background job
            self._size(0)
            os.execvpe(self.command[0], self.command, self.environment)
        self._size(self.fd)
        return self

    def __exit__(self, *_):
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    def _size(self, fd):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))

    def type(self, text):
        keys = text if isinstance(text, bytes) else text.encode()
        if b"\x03" in keys:
            ctrl_c_as_signal(self.fd)
        os.write(self.fd, keys)

    def _read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self.fd, 65536)
        except OSError:  # Linux says EIO when the last program on the pty is gone
            return False
        self.seen += piece
        return bool(piece)

    @property
    def text(self):
        """What was shown, without escape sequences."""
        text = self.seen.decode("utf-8", "replace")
        return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[()][A-B0-2]|[=>])", "", text)

    def expect(self, pattern, seconds=20):
        """Waits until the pattern (a regular expression) was shown."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            assert time.monotonic() < end, f"{pattern!r} was not shown:\n{self.text}"
            if not self._read(0.2):
                assert re.search(pattern, self.text), f"ended without {pattern!r}:\n{self.text}"
        return self.text

    def forget(self):
        """Only what comes from now on counts for expect()."""
        self.seen = b""

    def wait(self, seconds=20):
        """Waits for the program's end; its exit code (the low 8 bits, as Linux sees it)."""
        end = time.monotonic() + seconds
        ended, status = 0, 0
        # Not until the pty's end: under Wine a monitor keeps the terminal of who started it open.
        while not ended:
            assert time.monotonic() < end, f"did not end within {seconds} s:\n{self.text}"
            if not self._read(0.2):
                time.sleep(0.05)
            ended, status = os.waitpid(self.pid, os.WNOHANG)
        self.code = os.waitstatus_to_exitcode(status)
        return self.code


class ResizableTerminal(Terminal):
    """A terminal whose window can be given another size."""

    def __init__(self, command, environment, **options):
        self.size = tempfile.NamedTemporaryFile("w", prefix="wcow-size-")
        wine, *rest = command
        super().__init__([wine, tool("resizable.exe"), windows_path(self.size.name), *rest],
                         environment, **options)

    def __exit__(self, *arguments):
        super().__exit__(*arguments)
        self.size.close()

    def resize(self, columns, rows):
        """Wine's console does not follow the pty: a program beside the command changes its size."""
        self.columns, self.rows = columns, rows
        self._size(self.fd)
        self.size.seek(0)
        self.size.write(f"{columns} {rows}\n")
        self.size.flush()
