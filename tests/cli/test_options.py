# SPDX-License-Identifier: MIT
"""What users of Docker type: what is refused says why, what is checked is checked before anything is made."""

import tempfile

from wcowtest.case import HostCase
from wcowtest.host import windows_path

NANO = "microsoft/nanoserver"
CORE = "microsoft/windowsservercore"


class Options(HostCase):
    def names(self, *filters):
        words = [word for each in filters for word in ("--filter", each)]
        return set(self.host.ok("ps", "-a", "--format", "{{.Names}}", *words).split())

    def test_what_docker_has_and_wcow_has_not_says_why(self):
        for words, code, said in (
                (("run", "--cap-add", "--privileged", NANO), 125, "--cap-add has no meaning on Windows"),
                (("create", "-it", "--link", "other", NANO), 125, "--link"),
                (("-H", "tcp://other", "ps"), 125, "-H, --host has no meaning for wcow"),
                (("compose",), 1, "'wcow compose' is not supported yet: start the services"),
                (("search", "x"), 1, "'wcow search'"),
                (("swarm", "init"), 1, "'wcow swarm' has no meaning for wcow"),
                (("run", "--detatch", NANO), 125, "did you mean --detach?"),
                (("conatiner", "ls"), 1, "did you mean 'container'?")):
            with self.subTest(words):
                self.assert_refused(self.host.wcow(*words), code, said)
        self.assertEqual("", self.host.ok("ps", "-aq"))

    def test_what_is_mounted_is_looked_at_before_anything_is_made(self):
        folder = self.host.path("C:\\own")
        folder.mkdir()
        self.addCleanup(folder.rmdir)
        (folder / "file").write_text("x")
        self.addCleanup((folder / "file").unlink)
        for command, code in (("create", 1), ("run", 125)):
            self.assert_refused(self.host.wcow(command, "-v", r"C:\own\nosuch:C:\in", NANO), code,
                                r"bind source path does not exist: C:\own\nosuch")
            self.assert_refused(self.host.wcow(command, "-v", r"C:\own\file:C:\in", NANO), code,
                                r"source path must be a directory: C:\own\file")
        self.assertEqual("", self.host.ok("ps", "-aq"))
        for source in (r"C:\own", "C:\\own\\", "C:/own", "C:\\"):
            with self.subTest(source):
                self.host.ok("rm", self.host.ok("create", "-v", source + r":C:\in", NANO))

    def test_an_image_of_another_platform_is_not_taken(self):
        for command, code in (("create", 1), ("run", 125)):
            self.assert_refused(
                self.host.wcow(command, "--pull=never", "--platform=windows(10.0.17763)/amd64", NANO),
                code, "does not match the specified platform (windows(10.0.17763)/amd64)")
            self.assert_refused(self.host.wcow(command, "--platform=linux/amd64", NANO), code,
                                "not linux/amd64 ones")
        self.host.ok("rm", self.host.ok("create", "--platform=windows/amd64", NANO))

    def test_a_network_is_named_once(self):
        self.assert_refused(self.host.wcow("create", "--network", "none", "--network", "nat", NANO),
                            125, "cannot attach both user-defined and non-user-defined")
        made = self.host.ok("create", "--network", "", NANO)
        self.assertEqual("nat", self.host.inspect(made)["HostConfig"]["NetworkMode"])
        self.host.ok("rm", made)

    def test_a_folder_where_a_file_was_meant_is_called_one(self):
        with tempfile.TemporaryDirectory() as folder:
            for option in ("--env-file", "--label-file"):
                done = self.host.wcow("create", option, windows_path(folder), NANO)
                self.assert_refused(done, 125, "it is a folder, not a file")
                self.assertNotIn("elevated", done.err)

    def test_ps_finds_by_expression_image_and_mount(self):
        self.host.ok("create", "--name", "web-1", "--label", "tier=front", NANO)
        self.host.ok("create", "--name", "web-12", "-v", r"C:\windows:C:\in", NANO)
        self.host.ok("create", "--name", "db", CORE)
        image = self.host.inspect(NANO)["Id"]
        self.assertEqual({"web-1"}, self.names(r"name=^web-\d$"))
        self.assertEqual({"web-1", "db"}, self.names("name=^/(db|web-1)$"))
        self.assertEqual({"web-1", "web-12"}, self.names(f"ancestor={image}"))
        self.assertEqual({"web-1", "web-12"}, self.names(f"ancestor={image[7:19]}"))
        self.assertEqual({"db"}, self.names(f"ancestor={CORE}:latest"))
        self.assertEqual(set(), self.names("ancestor=nosuch"))
        self.assertEqual({"web-12"}, self.names(r"volume=c:\in"))
        self.assertEqual({"db"}, self.names("since=web-12"))
        self.assertEqual({"web-1", "web-12", "db"}, self.names("health=none", "is-task=false"))
        for wrong in ("status=foo", "exited=x", "since=nope", "name=(", "publish=1:2", "health=ill"):
            with self.subTest(wrong):
                self.assert_refused(self.host.wcow("ps", "-a", "--filter", wrong), 1)
        self.host.ok("rm", "web-1", "web-12", "db")

    def test_a_descendant_by_its_layers(self):
        self.host.ok("create", "--name", "source", NANO, "cmd")
        self.host.ok("commit", "source", "mine:1")
        self.host.ok("create", "--name", "child", "mine:1", "cmd")
        self.assertEqual({"source", "child"}, self.names(f"ancestor={NANO}"))
        self.assertEqual({"child"}, self.names("ancestor=mine:1"))
        self.host.ok("rm", "source", "child")
        self.host.ok("rmi", "mine:1")

    def test_prune_goes_by_labels_and_tells_what_went(self):
        keep = self.host.ok("create", "--label", "keep=1", NANO)
        gone = self.host.ok("create", NANO)
        self.assertRegex(self.host.ok("container", "prune", "-f", "--filter", "label!=keep"),
                         rf"^Deleted Containers:\n{gone}\n\nTotal reclaimed space: \d")
        self.host.ok("commit", keep, "mine:1")
        told = self.host.ok("system", "prune", "-a", "-f", "--volumes", "--filter", "label=keep")
        self.assertIn(f"Deleted Containers:\n{keep}\n", told)
        self.assertIn("Deleted Images:\nuntagged: mine:1\ndeleted: sha256:", told)
        self.assertEqual("", self.host.ok("ps", "-aq"))
        self.assertNotIn("mine", self.host.ok("images"))

    def test_stop_sends_the_signal_that_it_is_given(self):
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                made = self.host.ok("run", "-d", f"--isolation={isolation}", NANO, "ping", "-t",
                                    "localhost")
                self.assert_refused(self.host.wcow("stop", "-s", "NOSUCH", made), 1,
                                    "Invalid signal: NOSUCH")
                self.host.ok("stop", "-s", "INT", "-t", "20", made)
                self.assertEqual("exited", self.host.inspect(made)["State"]["Status"])
                self.host.ok("rm", made)
