# SPDX-License-Identifier: MIT
"""What a container finds on its drives, in both isolations, and layers of other engines."""

import json
import shutil
import subprocess
import time

from wcowtest.case import HostCase
from wcowtest.host import BUILD, archive, windows_path

NANO, CORE = "microsoft/nanoserver:latest", "microsoft/windowsservercore:latest"
ISOLATIONS = ("process", "hyperv")


class Volumes(HostCase):
    def test_what_a_layer_removed_is_gone(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.assertEqual("", self.host.ok(
                    "run", "--rm", "--isolation", isolation, CORE,
                    "cmd", "/c", r"if exist Windows\obsolete.txt echo it is there"))

    def test_a_container_starts_again_and_again(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.host.ok("create", "--name", isolation, "--isolation", isolation, CORE,
                             "cmd", "/c", r"echo once more>>kept.txt&type kept.txt")
                for count in range(1, 4):
                    self.assertEqual(["once more"] * count,
                                     self.host.ok("start", "-a", isolation).split("\n"))
                self.host.ok("rm", isolation)

    def test_a_folder_is_mapped_to_a_drive(self):
        folder = self.host.path(r"C:\shared")
        folder.mkdir(exist_ok=True)
        (folder / "x.txt").write_text("from the host")
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.assertEqual("from the host", self.host.ok(
                    "run", "--rm", "--isolation", isolation, "-v", r"C:\shared:d:", CORE,
                    "cmd", "/c", r"type d:\x.txt & echo back>d:\back.txt"))
                self.assertEqual("back", (folder / "back.txt").read_text().strip())
                (folder / "back.txt").unlink()
        self.assertEqual("from the host", (folder / "x.txt").read_text())

    def test_the_time_of_a_process_is_its_own(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                begun = time.monotonic()
                self.host.ok("run", "-d", "--name", isolation, "--isolation", isolation, CORE,
                             "ping", "-t", "localhost")
                row = self.host.ok("top", isolation).splitlines()[1]
                hours, minutes, seconds = row.split()[2].split(":")
                used = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
                self.assertLess(used, time.monotonic() - begun, row)
                self.host.ok("rm", "-f", isolation)


    def test_the_end_of_a_container_is_a_shutdown_for_the_rest_of_it(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                name = self.host.ok("run", "-d", "--isolation", isolation, NANO,
                                    "ping", "-n", "5", "localhost")
                self.host.ok("exec", "-d", name, "cmd", "/c", "waiter 7 >told.txt")
                self.host.ok("wait", name)
                told = self.host.path(rf"{self.host.root}\containers\{name}\scratch\{name}\Files"
                                      r"\told.txt")
                self.host.wait_until(told.exists, "the scratch to be kept")
                self.assertIn("shutdown", told.read_text().lower())
                self.host.ok("rm", name)

    def test_imports_leave_the_host_as_small_as_it_was(self):
        store = self.host.path(r"C:\hcssim\sidecar.store")
        sizes = []
        for _ in range(5):
            self.host.ok("rmi", CORE)
            self.host.ok("load", "-q", "-i", windows_path(archive("windowsservercore")))
            sizes.append(store.stat().st_blocks * 512)
        self.assertLess(sizes[4], sizes[1] + 200000, sizes)


class Foreign(HostCase):
    """Layers of another engine, made by the calls that it makes."""

    images = ()

    def layer(self, *arguments):
        client = self.host.path(r"C:\hcslayer.exe")
        if not client.exists():
            shutil.copy(BUILD / "tests/hcssim/dll/hcslayer.exe", client)
        done = subprocess.run(["wine", r"C:\hcslayer.exe", *arguments], check=False, timeout=60,
                              capture_output=True, env=self.host.process_environment())
        self.assertEqual(0, done.returncode, done)

    def test_zap_unmounts_and_destroys_each(self):
        root = r"C:\docker\windowsfilter"
        files = self.host.path(root) / "base" / "Files" / "Windows" / "System32" / "config"
        files.mkdir(parents=True)
        for hive in ("DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"):
            (files / hive).write_text("hive")
        (self.host.path(root) / "base" / "layout").write_text("")
        for name in ("idle", "busy"):
            self.layer("make", root + r"\base", root + "\\" + name)
        self.layer("mount", root + r"\base", root + r"\busy")
        rows = map(json.loads, self.host.ok("layer", "ls", "--foreign", root, "--format",
                                            "json").splitlines())
        self.assertEqual([("base", "layer", "no"), ("busy", "scratch", "yes"),
                          ("idle", "scratch", "no")],
                         [(row["ID"], row["Kind"], row["Mounted"]) for row in rows])
        self.assertEqual([rf"Unmounted: {root}\busy", rf"Destroyed: {root}\busy",
                          rf"Destroyed: {root}\idle", rf"Destroyed: {root}\base", root],
                         self.host.ok("layer", "zap", "-f", root).splitlines())
        self.assertFalse(self.host.path(root).exists())
