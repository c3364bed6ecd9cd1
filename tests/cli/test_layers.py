# SPDX-License-Identifier: MIT
"""Layers: listed, inspected, removed through the service, shared by everybody at once."""

import concurrent.futures
import json
import pathlib
import shutil
import tarfile
import tempfile

from wcowtest.case import HostCase
from wcowtest.host import archive, windows_path

NANO, CORE = "microsoft/nanoserver:latest", "microsoft/windowsservercore:latest"


class Layers(HostCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wcow-layers-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def layers(self):
        rows = self.host.ok("layer", "ls", "--no-trunc", "--format", "json").splitlines()
        return {row["ID"]: row for row in map(json.loads, rows)}

    def destroyed(self):
        """Folders of layers that the service destroyed, by the last parts of their names."""
        return [pathlib.PureWindowsPath(call["id"]).name
                for call in self.host.calls() if call["call"] == "DestroyLayer"]

    def test_ls_tells_who_stands_on_a_layer(self):
        rows = self.host.ok("layer", "ls").splitlines()
        self.assertRegex(rows[0], r"^LAYER ID +PARENT +SIZE +IMAGES +CONTAINERS +STATUS$")
        self.assertEqual(3, len(rows) - 1)
        layers = self.layers()
        upper = [row for row in layers.values() if row["Parent"]]
        self.assertEqual(1, len(upper))
        self.assertIn(upper[0]["Parent"], layers)
        self.host.ok("create", "--name", "user", CORE, "cmd")
        counts = sorted((row["Images"], row["Containers"]) for row in self.layers().values())
        self.assertEqual([("1", "0"), ("1", "1"), ("1", "1")], counts)

    def test_inspect_shows_what_a_tar_would_restore(self):
        with tarfile.open(archive("nanoserver")) as outer:
            name = json.load(outer.extractfile("manifest.json"))[0]["Layers"][0]
            layer = outer.extractfile(name).read()
        (self.folder / "layer.tar").write_bytes(layer)
        entries = json.loads(self.host.ok("layer", "inspect", "--format", "json",
                                          windows_path(self.folder / "layer.tar")))
        names = [entry["name"] for entry in entries]
        self.assertIn("Files/Windows/System32/ping.exe", names)
        self.assertIn("UtilityVM/Files", names)
        piped = self.host.ok("layer", "inspect", "-", stdin=layer)
        self.assertRegex(piped, r"^NAME +TYPE +ATTRIBUTES +SIZE ")
        (self.folder / "layer.tar").write_bytes(layer[:5000])
        self.assert_refused(self.host.wcow("layer", "inspect",
                                           windows_path(self.folder / "layer.tar")), 1)

    def test_what_is_needed_stays_and_what_is_left_goes(self):
        used = next(iter(self.layers()))
        self.assert_refused(self.host.wcow("layer", "rm", "-f", used), 1, "is used by an image")
        self.assert_refused(self.host.wcow("layer", "rm", "-f", "nosuch"), 1, "nosuch")
        left = "ab" * 32
        folder = self.host.path(self.host.root) / "layers" / left
        folder.mkdir()
        self.assertEqual("leftover", self.layers()[left]["Status"])
        refused = self.host.wcow("layer", "rm", left[:12], stdin=b"n\n")
        self.assertEqual(0, refused.code, refused)
        self.assertIn("WARNING! This will destroy", refused.out)
        self.assertTrue(folder.is_dir())
        self.assertEqual(left, self.host.ok("layer", "rm", left[:12], stdin=b"y\n").split()[-1])
        self.assertFalse(folder.exists())
        self.assertIn(left, "".join(self.destroyed()))

    def test_zap_destroys_what_other_tools_left_and_nothing_else(self):
        docker = r"C:\docker\windowsfilter"
        folder = self.host.path(docker) / "deadbeef"
        folder.mkdir(parents=True)
        refused = self.host.wcow("layer", "zap", docker + r"\deadbeef")
        self.assertEqual(0, refused.code, refused)
        self.assertTrue(folder.is_dir())
        self.assertEqual(docker + r"\deadbeef",
                         self.host.ok("layer", "zap", "--force", docker + r"\deadbeef"))
        self.assertFalse(folder.exists())
        self.assert_refused(self.host.wcow("layer", "zap", "-f", docker + r"\nosuch"), 1, "nosuch")
        letter = self.host.path(r"C:\shares") / "team" / "Files" / "letter.txt"
        letter.parent.mkdir(parents=True)
        letter.write_text("Dear")
        for path, problem in ((r"C:\shares", "no layers"), (r"C:\shares\team", "no layers"),
                              (r"C:\shares\team\Files\letter.txt", "is a file")):
            self.assert_refused(self.host.wcow("layer", "zap", "-f", path), 1, problem)
        self.assertEqual("Dear", letter.read_text())
        for path in ("C:\\", r"C:\Windows\System32", r"C:\wcow\layers", "relative"):
            with self.subTest(path):
                self.assert_refused(self.host.wcow("layer", "zap", "-f", path), 1)

    def test_layers_go_with_their_last_image_through_the_service(self):
        mine = [key for key, row in self.layers().items()
                if row["Parent"] or row["ID"] in {other["Parent"] for other in
                                                  self.layers().values()}]
        before = len(self.destroyed())
        self.host.ok("rmi", CORE)
        gone = self.destroyed()[before:]
        self.assertEqual(2, len(gone), gone)
        for layer in mine:
            self.assertTrue(any(name.startswith(layer) for name in gone), (layer, gone))
        self.assertEqual(1, len(self.layers()))
        self.host.ok("load", "-q", "-i", windows_path(archive("windowsservercore")))

    # Whatever comes first: who finds the image there can run it.
    def test_loads_and_removals_at_once_lose_nothing(self):
        def load(name):
            return self.host.wcow("load", "-q", "-i", windows_path(archive(name)), timeout=300)

        def remove(_):
            return self.host.wcow("rmi", CORE, timeout=300)

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            loads = [pool.submit(load, f"windowsservercore{kind}") for kind in ("", "-oci", "")]
            removals = [pool.submit(remove, number) for number in range(2)]
            loads = [future.result() for future in loads]
            removals = [future.result() for future in removals]
        for done in loads:
            if done.code:
                self.assert_refused(done, 1, "was removed while its layers were being imported")
        for done in removals:
            if done.code:
                self.assert_refused(done, 1, "No such image")
        self.host.ok("load", "-q", "-i", windows_path(archive("windowsservercore")))
        self.assertEqual("1", self.host.ok("run", "--rm", CORE, "cmd", "/c", "echo 1").strip())
        self.assertEqual("1", self.host.ok("run", "--rm", NANO, "cmd", "/c", "echo 1").strip())
        self.host.ok("system", "prune", "-f")
        store = self.host.path(self.host.root) / "images"
        self.assertEqual([], list((store / "ingest").iterdir()))
        self.assertEqual({"ready"}, {row["Status"] for row in self.layers().values()})
