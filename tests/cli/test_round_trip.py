# SPDX-License-Identifier: MIT
"""The reference's layers, there and back: imported, changed as a container would, committed, imported again."""

import json
import os
import pathlib
import shutil
import sys
import tarfile
import tempfile

from wcowtest.case import HostCase
from wcowtest.host import TOP, windows_path

sys.path.insert(0, str(TOP / "tests" / "images"))
import imagearchive  # noqa: E402  pylint: disable=wrong-import-position

VECTORS = TOP / "tests" / "unit" / "layer" / "data"
CONFIGURATION = {"architecture": "amd64", "os": "windows", "os.version": "10.0.20348.2031",
                 "config": {"Cmd": ["cmd"]}}
GONE = "\ufeffVersion 1.0\n\\streams.txt\n"
# What Wine keeps of attributes: read-only (of files), hidden, system, folder, reparse point.
KEPT, READ_ONLY, FOLDER = 0x417, 1, 0x10
CHANGED = ("again.exe", "cmd2.exe", "data.txt", "hello.exe")


class RoundTrip(HostCase):
    images = ()

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wcow-round-trip-"))
        self.addCleanup(shutil.rmtree, self.folder)
        # The vectors' hives are no hives: without the library for them, nobody reads them.
        self.host.path(r"C:\windows\system32\offreg.dll").unlink(missing_ok=True)
        base, diff = ((VECTORS / f"{name}.tar").read_bytes() for name in ("base", "diff"))
        for name, layers in (("base", [base]), ("diff", [base, diff])):
            image = imagearchive.Image(f"vector:{name}", CONFIGURATION, layers)
            (self.folder / name).write_bytes(imagearchive.docker_archive(image))
            self.host.ok("load", "-q", "-i", windows_path(self.folder / name))

    def layer_of(self, image):
        """The folder of the image's topmost layer."""
        count = len(json.loads(self.host.ok("inspect", image))[0]["RootFS"]["Layers"])
        layers = self.host.path(self.host.root) / "layers"
        return next(path.parent for path in layers.glob("*/layer.json")
                    if len(json.loads(path.read_text())["parents"]) == count - 1)

    def inspect(self, tar):
        """What an import would restore, by name; of two names of a file both have it."""
        entries = {entry["name"]: entry for entry in json.loads(
            self.host.ok("layer", "inspect", "--format", "json", "-", stdin=tar))}
        told = {}
        for name, entry in entries.items():
            entry = entries.get(entry.get("hardLink"), entry)
            attributes = entry.get("fileAttributes", 0)
            folder = attributes & FOLDER
            told[name] = (attributes & (KEPT & ~READ_ONLY if folder else KEPT),
                          entry.get("backupStreamLength"), entry.get("backupStreamSha256"),
                          None if folder else entry.get("lastWriteTime"))
        return told

    def tree(self, image):
        """Everything that a container of the image sees; no container changes the utility VM."""
        container = self.host.ok("create", image)
        self.host.ok("export", "-o", windows_path(self.folder / "tree"), container)
        self.host.ok("rm", container)
        told = self.inspect((self.folder / "tree").read_bytes())
        return {name: entry for name, entry in told.items() if name.startswith("Files")}

    def change(self, container, layer):
        """Does in the container what the layer has in its folder app, and removes something."""
        scratch = self.host.path(self.host.root) / "containers" / container / "scratch" / container
        (scratch / "Files" / "app").mkdir(parents=True)
        for name in CHANGED:  # what is known of a file belongs to all its names
            os.link(layer / "Files" / "app" / name, scratch / "Files" / "app" / name)
        (scratch / "tombstones.txt").write_text(GONE, encoding="utf-8")

    def last_layer(self, image):
        self.host.ok("save", "-o", windows_path(self.folder / "saved"), image)
        with tarfile.open(self.folder / "saved") as outer:
            name = json.load(outer.extractfile("manifest.json"))[0]["Layers"][-1]
            return outer.extractfile(name).read()

    def test_what_is_committed_is_imported_as_the_same_tree(self):
        expected = self.inspect((VECTORS / "diff.tar").read_bytes())
        first = self.tree("vector:diff")
        container = self.host.ok("create", "vector:base")
        self.change(container, self.layer_of("vector:diff"))
        self.host.ok("commit", container, "made:1")
        committed = self.inspect(self.last_layer("made:1"))
        for name in CHANGED[2:]:
            self.assertEqual(expected[f"Files/app/{name}"], committed[f"Files/app/{name}"])
        self.assertLessEqual({"Files/.wh.streams.txt", "Hives/System_Delta"}, set(committed))
        self.host.ok("rm", container)
        self.host.ok("rmi", "made:1")
        self.host.ok("load", "-i", windows_path(self.folder / "saved"))
        second = self.tree("made:1")
        self.assertIn("Files/Documents and Settings", first)
        self.assertNotIn("Files/streams.txt", first)
        for name in ("Files/app", "Files/app/j", "Files/Windows/System32/ea.dll"):
            first.pop(name, None)  # of these the container had nothing
            second.pop(name, None)
        self.assertEqual(first, second)
        self.host.ok("rmi", "made:1", "vector:diff", "vector:base")
