# SPDX-License-Identifier: MIT
"""No room on the disk for what a command writes: it says so, leaves nothing half-made, and works with more room."""

import pathlib
import subprocess
import tempfile

from wcowtest.case import HostCase
from wcowtest.host import archive
from wcowtest.registry import Registry

NANO = "microsoft/nanoserver:latest"
TOOL = pathlib.Path(__file__).parent / "tools" / "full_disk.c"


class FullDisk(HostCase):
    images = ("nanoserver",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.host.__exit__)
        cls.tool = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory())) / "full_disk.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-o", cls.tool, TOOL, "-ldl"], check=True)

    @classmethod
    def tearDownClass(cls):
        """The host ends last: addClassCleanup."""

    def with_room(self, size, *command):
        return self.host.wcow(*command, environment={
            "LD_PRELOAD": str(self.tool), "WCOW_TEST_ROOM": str(size),
            "WCOW_TEST_DISK": str(self.host.path("C:\\").resolve())})

    def fails_until_there_is_room(self, sizes, *command):
        for size in sizes:
            with self.subTest(command=command, size=size):
                done = self.with_room(size, *command)
                self.assertEqual(1, done.code, done)
                self.assertIn("0x80070070", done.err, done)
                self.assertEqual(1, done.err.count("wcow: "), done)
        done = self.with_room(1 << 30, *command)
        self.assertEqual(0, done.code, done)

    def test_a_pull_says_so_and_goes_on_with_more_room(self):
        with Registry() as registry:
            registry.put(archive("windowsservercore"), "core:latest")
            name = f"{registry.host}/core:latest"
            self.fails_until_there_is_room((0, 300, 20_000, 400_000), "pull", name)
            self.assertEqual(3, self.host.wcow("run", "--rm", name, "exit", "3").code)
            self.host.ok("rmi", name)

    def test_a_commit_leaves_no_image(self):
        self.host.ok("create", "--name", "web", NANO, "exit")
        before = self.host.ok("layer", "ls", "-q")
        self.fails_until_there_is_room((0, 300, 3000), "commit", "web", "made:1")
        self.assertNotEqual(before, self.host.ok("layer", "ls", "-q"))
        self.host.ok("rmi", "made:1")
        self.assertEqual(before, self.host.ok("layer", "ls", "-q"))

    def test_a_copy_names_the_file_and_can_be_done_again(self):
        here = self.host.path(r"C:\copies")
        here.mkdir(exist_ok=True)
        (here / "big.bin").write_bytes(b"x" * 300_000)
        self.host.ok("create", "--name", "web", NANO, "exit")
        self.fails_until_there_is_room((0, 100_000), "cp", r"C:\copies\big.bin", r"web:C:\big.bin")
        self.fails_until_there_is_room((0, 100_000), "cp", r"web:C:\big.bin", r"C:\copies\back.bin")
        self.assertEqual(b"x" * 300_000, (here / "back.bin").read_bytes())
        self.assertEqual({"big.bin", "back.bin"}, {path.name for path in here.iterdir()})
