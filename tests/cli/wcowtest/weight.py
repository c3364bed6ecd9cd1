# SPDX-License-Identifier: MIT
"""What a program of a simulated host weighs, by what Linux says of its process."""

import pathlib

STACK = 960  # KiB that Wine 8 clears of the stack of each thread, which Windows does not


def processes(host, name):
    """Unix processes of a program in this host."""
    mark = f"WINEPREFIX={host.prefix}".encode() + b"\0"
    for folder in pathlib.Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and mark in (folder / "environ").read_bytes() + b"\0" and \
                    name.encode() in (folder / "cmdline").read_bytes():
                yield folder
        except OSError:
            pass


def dirty_pages(folder):
    """KiB of each piece of its memory."""
    return [int(line.split()[1]) for line in (folder / "smaps").read_text().splitlines()
            if line.startswith("Private_Dirty:")]


def weigh(folder):
    """Private dirty KiB and threads."""
    return sum(dirty_pages(folder)), len(list((folder / "task").iterdir()))


def stacks(folder):
    """How many: of a thread that has ended Wine keeps one until the next ends."""
    return sum(STACK <= each < STACK + 64 for each in dirty_pages(folder))
