# SPDX-License-Identifier: MIT
"""What a program of a simulated host weighs, by what Linux says of its process."""

import pathlib


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


def weigh(folder):
    """Private dirty KiB and threads."""
    dirty = sum(int(line.split()[1]) for line in (folder / "smaps").read_text().splitlines()
                if line.startswith("Private_Dirty:"))
    return dirty, len(list((folder / "task").iterdir()))
