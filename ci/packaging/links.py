# SPDX-License-Identifier: MIT
"""
Links of the documents in a zip. They are written for the tree, and a zip has part of it, elsewhere: what is in the
zip is led to there, everything else to the project's page.
"""

import pathlib
import posixpath
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"(\[[^]]*\]\()([^)\s]+)(\))")
# Where what is in a zip comes from; what is not named has the same place in both.
PLACES = {
    "LICENSE.txt": "LICENSE",
    "install.ps1": "win32/install/install.ps1",
    "uninstall.ps1": "win32/install/uninstall.ps1",
    "guide/": "src/cli/guide/",
    "Wcow/": "win32/powershell/Wcow/",
}


def place(name):
    """The path in the tree of what the zip has as `name`."""
    for ours, theirs in PLACES.items():
        if name == ours or (ours.endswith("/") and name.startswith(ours)):
            return theirs + name[len(ours):]
    return name


def targets(files):
    """{path in the tree: name in the zip} of files and of the folders that they are in."""
    found = {}
    for name in files:
        found[place(name)] = name
        folder = posixpath.dirname(name)
        while folder:
            found[place(f"{folder}/").rstrip("/")] = folder
            folder = posixpath.dirname(folder)
    return found


def leads(link, name, inside, home, version):
    """What a link of the document `name` is in the zip."""
    path, mark, anchor = link.partition("#")
    if not path or "://" in link or link.startswith("mailto:"):
        return link
    path = posixpath.normpath(posixpath.join(posixpath.dirname(place(name)), path))
    if path in inside:
        return posixpath.relpath(inside[path], posixpath.dirname(name) or ".") + mark + anchor
    if not (TOP / path).exists():
        sys.exit(f"package: {place(name)}: nothing is at {link}")
    kind = "tree" if (TOP / path).is_dir() else "blob"
    return f"{home}/{kind}/v{version}/{path}{mark}{anchor}"


def relink(files, home, version):
    """The files of a zip, the links of whose documents lead on."""
    inside = targets(files)
    done = dict(files)
    for name in files:
        if name.endswith(".md"):
            lines = files[name].decode().split("\n")
            done[name] = "\n".join(
                line if line.startswith("    ") else
                LINK.sub(lambda m, name=name: m[1] + leads(m[2], name, inside, home, version) + m[3], line)
                for line in lines).encode()
    return done
