# SPDX-License-Identifier: MIT
"""Images from a registry, imported by the service of a host, and run there."""

import json
import pathlib
import sys

from wcowtest.case import HostCase
from wcowtest.host import archive
from wcowtest.registry import Registry

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "registry"))

from registrytest.proxy import Proxy  # noqa: E402

NANO = "microsoft/nanoserver"
CORE = "microsoft/windowsservercore"


class FromRegistry(HostCase):
    """The registry stands in for Docker Hub, as a mirror of it."""

    images = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.host.__exit__)
        cls.registry = cls.enterClassContext(Registry())
        cls.registry.put(archive("nanoserver"), f"{NANO}:latest")
        cls.registry.put(archive("windowsservercore"), f"{CORE}:latest")
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

    def rows(self):
        return [json.loads(line)
                for line in self.host.ok("layer", "ls", "--format", "json").splitlines()]

    def test_a_pull_killed_while_it_imports_leaves_nothing_after_a_prune(self):
        self.host.fault(call="ImportLayer", nth=1, kill_client=True)
        self.assertNotEqual(0, self.host.wcow("pull", "-q", CORE).code)
        self.host.fault()
        self.assertEqual("", self.host.ok("images", "-aq"))
        self.assertEqual(["leftover", "unused"], sorted(row["Status"] for row in self.rows()))
        usage = self.host.ok("system", "df", "--format", "{{.Size}} {{.Reclaimable}}")
        size, reclaimable = usage.splitlines()[0].split()[:2]
        self.assertNotEqual("0B", size)
        self.assertEqual(size, reclaimable)
        pruned = self.host.ok("system", "prune", "-f")
        self.assertRegex(pruned, r"Deleted layers: 2\n")
        self.assertNotIn("reclaimed space: 0B", pruned)
        self.assertEqual("", self.host.ok("layer", "ls", "-q"))
        store = self.host.path(self.host.root) / "images"
        left = {path.name for path in store.rglob("*") if path.is_file() and path.suffix != ".lock"}
        self.assertEqual(set(), left - {"oci-layout", "index.json", "reserve"})
        self.assertEqual("1", self.host.ok("run", "--rm", "-q", CORE, "cmd", "/c", "echo 1").strip())

    def test_an_rmi_in_the_middle_of_a_pull_leaves_it_the_layers_it_needs(self):
        changed = f"{self.registry.host}/meeting:1"
        self.host.ok("run", "--name", "build", NANO, "cmd", "/c", "echo It works. > hello.txt")
        self.host.ok("commit", "-c", "CMD cmd /c type hello.txt", "build", changed)
        self.host.ok("push", "-q", changed)
        self.host.ok("rm", "build")
        self.host.ok("rmi", changed)
        proxy, done = Proxy(self.registry.host), []
        self.addCleanup(proxy.close)

        def fault(_, request):
            if len(proxy.seen("GET", "/blobs/")) == 2 and not done:  # the config, and now the layer
                for words in (("rmi", NANO), ("system", "prune", "-f")):
                    done.append(self.host.wcow(*words))
            return False

        proxy.fault = fault
        self.host.ok("pull", "-q", NANO)
        before = len(self.imports())
        self.assertIn("It works.", self.host.ok("run", "--rm", "-q", f"{proxy.host}/meeting:1"))
        self.assertEqual([0, 0], [result.code for result in done], done)
        self.assertNotIn(NANO, self.host.ok("images"))
        self.assertEqual(before, len(self.imports()), "the base was imported again")

    def imports(self):
        return [call for call in self.host.calls() if call["call"] == "ProcessBaseImage"]
