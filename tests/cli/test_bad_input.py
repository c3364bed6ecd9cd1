# SPDX-License-Identifier: MIT
"""Bad input and a bad host: one line, Docker's exit code, nothing left behind."""

import pathlib
import tempfile

from wcowtest.case import HostCase
from wcowtest.host import Host, windows_path


class BadInput(HostCase):
    images = ("nanoserver",)

    def test_unknown_flags_and_commands(self):
        self.assert_refused(self.host.wcow("run", "--nosuch", "x"), 125, "--nosuch", "--help")
        self.assert_refused(self.host.wcow("nosuch"), 1, "nosuch", "--help")

    def test_missing_arguments(self):
        self.assert_refused(self.host.wcow("run"), 1, "run --help")

    def test_bad_names_and_values(self):
        for flags in (["--name", "bad name"], ["--name", "-x"], ["--isolation=jail"],
                      ["--env-file", r"C:\nosuch"], ["-m", "lots"], ["--stop-timeout", "x"]):
            with self.subTest(flags):
                self.assert_refused(
                    self.host.wcow("run", *flags, "microsoft/nanoserver", "cmd"), 125)

    def test_a_missing_image(self):
        for image, flags in (("nosuch/image", ["--pull=never"]), ("127.0.0.1:1/nosuch", [])):
            with self.subTest(image):
                self.assert_refused(self.host.wcow("run", *flags, image, "cmd"), 125, image)

    def test_corrupt_archives(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "bad.tar"
            for content in (b"", b"not a tar at all" * 100, b"\x1f\x8b\x08broken", bytes(10240)):
                with self.subTest(content[:16]):
                    path.write_bytes(content)
                    self.assert_refused(self.host.wcow("load", "-i", windows_path(path)), 1)
            self.assert_refused(self.host.wcow("load", "-i", windows_path(path) + "x"), 1)
        self.assertEqual(["microsoft/nanoserver"],
                         self.host.ok("images", "--format", "{{.Repository}}").splitlines())

    def test_unknown_containers(self):
        for command in ("start", "stop", "rm", "logs", "top", "inspect", "wait", "kill"):
            with self.subTest(command):
                done = self.host.wcow(command, "nosuch")
                self.assertEqual(1, done.code, done)
                self.assertIn("nosuch", done.err)

    def test_a_store_that_cannot_be_written(self):
        done = self.host.wcow("run", "microsoft/nanoserver", "cmd",
                              environment={"WCOW_ROOT": r"C:\windows\system.ini\store"})
        self.assert_refused(done, 125)

    def test_a_caller_who_is_not_elevated(self):
        self.host.fault(every=True, hr="0x80070005")
        done = self.host.wcow("run", "microsoft/nanoserver", "cmd")
        self.assert_refused(done, 125, "0x80070005", "dministrator")

    def test_a_service_that_is_not_there(self):
        with Host() as host:
            host.load("nanoserver")
            for pid, name in host.tasks().items():
                if name == "hcssim.exe":
                    host.kill(pid)
            done = host.wcow("run", "microsoft/nanoserver", "cmd")
            self.assert_refused(done, 125, "service")
            self.assertEqual("", host.ok("ps", "-aq"))

    def test_a_service_that_dies_under_a_container_is_said_so(self):
        self.host.ok("run", "-d", "--name", "orphan", "microsoft/nanoserver", "ping", "-t",
                     "localhost")
        self.host.fault(kill=True)
        done = self.host.wcow("exec", "orphan", "cmd")
        self.assertNotEqual(0, done.code, done)
        self.host.fault()
        self.host.ok("rm", "-f", "orphan")
