# SPDX-License-Identifier: MIT
"""What a container finds on its drives, volumes, in both isolations, and layers of other engines."""

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


class Named(HostCase):
    """Volumes and the other mounts, as users of Docker ask for them."""

    def tearDown(self):
        super().tearDown()
        self.host.ok("volume", "prune", "-af")

    def mapped(self):
        """MappedDirectories of the last compute system."""
        made = [call for call in self.host.calls() if call.get("name") == "HcsCreateComputeSystem"]
        return made[-1]["document"].get("MappedDirectories")

    def names(self):
        return self.host.ok("volume", "ls", "-q").split()

    def test_a_volume_outlives_its_container_and_is_shared(self):
        self.assertEqual("data", self.host.ok("volume", "create", "--label", "a=b", "Data"))
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.host.ok("run", "--rm", "--isolation", isolation, "-v", r"data:C:\kept", CORE,
                             "cmd", "/c", rf"echo by {isolation}>>kept\told.txt")
        self.assertEqual(["by process", "by hyperv"], self.host.ok(
            "run", "--rm", "--mount", r"source=data,target=C:\kept,readonly", CORE,
            "cmd", "/c", r"type kept\told.txt").split("\n"))
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.host.ok("run", "-d", "--name", "one", "--isolation", isolation, "-v",
                             r"data:C:\kept", CORE, "ping", "-t", "localhost")
                self.host.ok("run", "--rm", "--isolation", isolation, "--volumes-from", "one", CORE,
                             "cmd", "/c", r"echo hello>kept\hello.txt")
                self.assertEqual("hello", self.host.ok("exec", "one", "cmd", "/c",
                                                       r"type kept\hello.txt"))
                refused = self.host.wcow("volume", "rm", "data")
                self.assertEqual(1, refused.code, refused)
                self.assertIn("remove data: volume is in use - [", refused.err)
                self.host.ok("rm", "-f", "one")
        self.assertEqual("data", self.host.ok("volume", "rm", "data"))
        self.assertEqual([], self.names())

    def test_what_is_read_only_stays_as_it_is(self):
        folder = self.host.path(r"C:\given")
        folder.mkdir(exist_ok=True)
        (folder / "x.txt").write_text("from the host")
        self.host.ok("volume", "create", "data")
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.assertEqual("from the host", self.host.ok(
                    "run", "--rm", "--isolation", isolation, "-v", r"C:\given:C:\a\b:ro",
                    "-v", r"data:C:\d:ro", CORE, "cmd", "/c",
                    r"type a\b\x.txt & echo no>a\b\x.txt & echo no>d\y.txt & exit 0"))
        self.assertEqual("from the host", (folder / "x.txt").read_text())
        data = self.host.path(rf"{self.host.root}\volumes\data\_data")
        self.assertEqual([], list(data.iterdir()))

    def test_those_without_a_name_go_with_the_container_if_asked_to(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.host.ok("run", "--rm", "--isolation", isolation, "-v", r"C:\x", CORE,
                             "cmd", "/c", r"echo gone>x\gone.txt")
                self.assertEqual([], self.names())
        name = self.host.ok("create", "-v", r"C:\x", "--mount", r"target=C:\y", CORE)
        self.assertEqual(2, len(self.names()))
        self.host.ok("rm", name)
        self.assertEqual(2, len(self.names()))
        self.assertIn("Deleted Volumes:", self.host.ok("system", "prune", "-f", "--volumes"))
        name = self.host.ok("create", "-v", r"C:\x", CORE)
        self.host.ok("rm", "-v", name)
        self.assertEqual([], self.names())

    def test_what_the_image_has_goes_into_the_volume_if_asked_to(self):
        """Which Docker on Windows cannot."""
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                told = self.host.ok("run", "--rm", "--isolation", isolation, "--mount",
                                    r"source=copied,target=C:\Windows\System32\drivers\etc,"
                                    "volume-nocopy=false", CORE, "cmd", "/c",
                                    r"dir /b Windows\System32\drivers\etc")
                self.assertEqual(told.split(), sorted(
                    entry.name for entry in
                    self.host.path(rf"{self.host.root}\volumes\copied\_data").iterdir()))
                self.host.ok("volume", "rm", "copied")

    def test_what_cannot_be_mounted_is_refused_in_docker_s_words(self):
        folder = self.host.path(r"C:\given")
        folder.mkdir(exist_ok=True)
        (folder / "x.txt").write_text("a file")
        for arguments, words in (
                (("-v", r"C:\nothere:C:\d"), r"bind source path does not exist: C:\nothere"),
                (("-v", r"C:\given\x.txt:C:\d"), "source path must be a directory"),
                (("-v", r"C:\given:C:\\"), r"destination path (c:\) cannot be 'c:' or 'c:\'"),
                (("-v", r"data:C:\d", "-v", r"more:c:\D"), r"Duplicate mount point: c:\D"),
                (("--mount", r"type=tmpfs,target=C:\d"), "Windows has no such file system"),
                (("--volumes-from", "nobody"), "No such container: nobody"),
                (("--volume-driver", "nfs", "-v", r"data:C:\d"), 'plugin "nfs" not found')):
            with self.subTest(arguments):
                refused = self.host.wcow("create", *arguments, CORE)
                self.assertNotEqual(0, refused.code)
                self.assertIn(words.lower(), refused.err.lower())
        self.assertEqual([], self.names())


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
        (self.host.path(root) / "base" / "Hives").mkdir()
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
