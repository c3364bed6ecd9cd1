# SPDX-License-Identifier: MIT
"""Images from a registry, imported by the service of a host, and run there."""

import json

from wcowtest.case import HostCase
from wcowtest.host import archive
from wcowtest.registry import Registry

NANO = "microsoft/nanoserver"


class FromRegistry(HostCase):
    """The registry stands in for Docker Hub, as a mirror of it."""

    images = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.host.__exit__)
        cls.registry = cls.enterClassContext(Registry())
        cls.registry.put(archive("nanoserver"), f"{NANO}:latest")
        root = cls.host.path(cls.host.root)
        root.mkdir(exist_ok=True)
        mirrors = {"registry-mirrors": [f"http://{cls.registry.host}"]}
        (root / "daemon.json").write_text(json.dumps(mirrors))

    @classmethod
    def tearDownClass(cls):
        """The host ends after the registry: addClassCleanup."""

    def tearDown(self):
        super().tearDown()
        for image in set(self.host.ok("images", "-aq", "--no-trunc").split()):
            self.host.ok("rmi", "-f", image)
        self.assertEqual("", self.host.ok("layer", "ls", "-q"), "layers without an image")

    def test_run_pulls_and_imports_what_is_not_here(self):
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                done = self.host.wcow("run", "--rm", f"--isolation={isolation}", NANO, "exit", "5")
                self.assertEqual(5, done.code, done)
                self.assertIn(f"Unable to find image '{NANO}:latest' locally\n", done.err, done)
                self.assertIn(f"Status: Downloaded newer image for {NANO}:latest\n", done.err, done)
                self.host.ok("rmi", NANO)
                self.assertEqual("", self.host.ok("layer", "ls", "-q"))

    def test_a_layer_that_cannot_be_imported_is_told_and_the_next_pull_goes_on(self):
        self.host.fault(call="ProcessBaseImage", every=True, hr="0x80070070")
        self.assert_refused(self.host.wcow("pull", "-q", NANO), 1, "ProcessBaseImage", "0x80070070")
        self.assertEqual("", self.host.ok("images", "-aq"))
        self.host.fault()
        self.assertIn(NANO, self.host.ok("pull", "-q", NANO))
        self.assertEqual(3, self.host.wcow("run", "--rm", NANO, "exit", "3").code)

    def test_what_was_changed_here_is_pushed_and_comes_back(self):
        name = f"{self.registry.host}/changed:1"
        self.host.ok("run", "--name", "build", NANO, "cmd", "/c", "echo It works. > hello.txt")
        self.host.ok("commit", "-c", "CMD cmd /c type hello.txt", "build", name)
        self.host.ok("push", "-q", name)
        self.host.ok("rm", "build")
        self.host.ok("rmi", name)
        self.assertIn("It works.", self.host.ok("run", "--rm", "-q", name))
