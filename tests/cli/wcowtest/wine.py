# SPDX-License-Identifier: MIT
"""Where Wine is not Windows, and only for a moment.

Wine's CreateProcess fails with ERROR_INTERNAL_ERROR now and then when the machine has much to do. Its
NtCreateUserProcess (ntdll/unix/process.c) says so where the Unix process that it has started ended before it
told Wine's server that it is ready, and left no exit code. That is within Wine's loader, before the first
instruction of the program: no flag and no handle of the caller's has a part in it, and the next attempt goes
well. The simulated service tries again on its own (hcssim/guest/create.h). wcow does not: on Windows that
code means no such thing. Its monitor is the one process that it starts, or has the service manager start.

The same may happen to the program that runs wcow for a test and writes its exit code down (withcode.exe):
then no code was written, wcow has not run, and wine itself ends with 1 and without a word. The same of any
program that a test runs under Wine (tests/contract/console.py).
"""

import re
import traceback

NOT_STARTED = "(wcow was not run: wine ended with {} before withcode.exe wrote a code)\n"
BUSY = re.compile(r"(start wcow|StartService): [^\n]*\(0x8007054F\)")
AGAIN = "once more, since Wine could not make a process: "


class Held:
    """A unittest result that keeps failures back, until it is known whether they count."""

    def __init__(self, result):
        self.result, self.kept = result, []

    def __getattr__(self, name):
        return getattr(self.result, name)

    def addError(self, *what):
        self.kept.append(("addError", what))

    def addFailure(self, *what):
        self.kept.append(("addFailure", what))

    def addSubTest(self, *what):
        if what[-1] is None:
            self.result.addSubTest(*what)
        else:
            self.kept.append(("addSubTest", what))

    def text(self):
        return "".join("".join(traceback.format_exception(*what[-1])) for _, what in self.kept)

    def release(self):
        for name, what in self.kept:
            getattr(self.result, name)(*what)


def wine_was_busy(text):
    """Whether wcow said that it could not start its monitor for this reason."""
    return BUSY.search(text) is not None


def say_again(what):
    print(AGAIN + what, flush=True)


def repeated(text):
    """How often that was said."""
    return text.count(AGAIN)
