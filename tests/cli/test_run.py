# SPDX-License-Identifier: MIT
"""`wcow run` without a terminal: output, input, environment, exit codes."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from wcowtest.case import HostCase
from wcowtest.host import windows_path

ISOLATIONS = ("process", "hyperv")


class Run(HostCase):
    def run_in(self, isolation, *arguments, **options):
        return self.host.wcow("run", "--rm", f"--isolation={isolation}", *arguments, **options)

    def test_the_output_and_the_exit_code_are_the_programs_own(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                done = self.run_in(isolation, "microsoft/nanoserver", "cmd", "/c", "echo hi")
                self.assertEqual((0, "hi\n", ""), (done.code, done.out, done.err), done)

    def test_every_exit_code_comes_through_with_all_its_bits(self):
        for isolation in ISOLATIONS:
            for code in (0, 3, 255, 256, 0xC000013A, 0xFFFFFFFF):
                with self.subTest(isolation=isolation, code=hex(code)):
                    done = self.run_in(isolation, "microsoft/nanoserver", "exit", str(code))
                    self.assertEqual(code, done.code, done)

    def test_a_crash_is_an_exit_code_too(self):
        done = self.run_in("process", "microsoft/nanoserver", "crash")
        self.assertEqual(0xC0000005, done.code, done)

    def test_standard_error_stays_apart(self):
        done = self.run_in("process", "microsoft/nanoserver", "cmd", "/c", "echo out& echo err>&2")
        self.assertEqual(("out", "err"), (done.out.strip(), done.err.strip()), done)

    def test_input_passes_through_binary_clean_and_ends(self):
        data = bytes(range(256)) * 1024
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                done = self.run_in(isolation, "-i", "microsoft/nanoserver", "cat", stdin=data)
                self.assertEqual(0, done.code, done.err)
                self.assertEqual(hashlib.sha256(data).hexdigest(),
                                 hashlib.sha256(done.raw_out).hexdigest(), len(done.raw_out))

    def test_no_byte_of_a_flood_is_lost_at_the_end(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                done = self.run_in(isolation, "microsoft/nanoserver", "flood", "3000001")
                self.assertEqual(0, done.code, done.err)
                self.assertEqual(3000001, len(done.raw_out))

    def test_the_environment_the_folder_and_the_name_arrive(self):
        with tempfile.NamedTemporaryFile("w", suffix=".env") as file:
            file.write("# a comment\nFROM_FILE=yes\n")
            file.flush()
            done = self.run_in("process", "-e", "A=b c", "--env-file", windows_path(file.name),
                               "-w", r"C:\Windows", "-h", "winhost", "microsoft/nanoserver", "env")
        for line in ("A=b c", "FROM_FILE=yes", "COMPUTERNAME=WINHOST"):
            self.assertIn(line.lower(), done.out.lower(), done)

    def test_a_folder_to_start_in_is_made(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                done = self.run_in(isolation, "-w", r"C:\made\here", "microsoft/nanoserver", "cmd", "/c", "cd")
                self.assertEqual(0, done.code, done)
                self.assertRegex(done.out.rstrip(), r"(?i)^[a-z]:\\(.*\\)?made\\here$")
                done = self.run_in(isolation, "-w", "/up/../../../made/there", "microsoft/nanoserver", "cmd", "/c", "cd")
                self.assertEqual(0, done.code, done)
                self.assertRegex(done.out.rstrip(), r"(?i)^[a-z]:\\(.*\\)?made\\there$")
        self.assertFalse(self.host.path("C:\\made").exists(), "made outside of a container's volume")

    def test_what_is_made_to_start_in_stays_and_exec_makes_its_own(self):
        self.host.ok("run", "-d", "--name", "web", "--isolation=hyperv", "-w", r"C:\a", "microsoft/nanoserver", "ping",
                     "-t", "localhost")
        done = self.host.wcow("exec", "-w", r"C:\a\b", "web", "cmd", "/c", "cd")
        self.assertRegex(done.out.rstrip(), r"(?i)\\a\\b$", done)
        self.host.ok("stop", "-t", "0", "web")
        self.host.ok("start", "web")
        self.assertEqual("b", self.host.ok("exec", "web", "cmd", "/c", r"dir /b C:\a"))

    def test_no_folder_is_made_where_a_file_is_or_through_a_link(self):
        """A mapped folder is a link here, and what a simulated service makes stays in the volume."""
        with tempfile.TemporaryDirectory() as folder:
            for isolation in ISOLATIONS:
                for where in (r"C:\Windows\System32\cmd.exe\x", r"C:\data\x"):
                    with self.subTest(isolation=isolation, where=where):
                        done = self.run_in(isolation, "-v", windows_path(folder) + r":C:\data", "-w", where,
                                           "microsoft/nanoserver", "cmd", "/c", "cd")
                        self.assertNotEqual(0, done.code, done)
                self.assertEqual([], os.listdir(folder))

    def test_rm_waits_for_the_end_though_nobody_reads_any_more(self):
        """`run --rm … | head`: what nobody reads ends no container. With -t its session ends alone, else that waits."""
        with self.host.start("run", "--rm", "--name", "web", "microsoft/nanoserver", "ping", "-t",
                             "localhost", stderr=subprocess.DEVNULL) as reader:
            self.assertIn(b"1", reader.stdout.readline() + reader.stdout.readline())
            reader.stdout.close()
            with self.assertRaises(subprocess.TimeoutExpired):
                reader.wait(3)
            self.assertEqual("running", self.host.ok("ps", "-a", "--filter", "name=web", "--format", "{{.State}}"))
            self.host.ok("kill", "web")
            self.assertEqual(125, reader.wait(60))
        self.assertEqual("", self.host.ok("ps", "-aq"))

    def test_rm_ends_with_who_waits_for_it(self):
        """Its compute system goes with the process that watches it; the rest, and it, with the next who looks."""
        for isolation in ISOLATIONS:
            with self.subTest(isolation=isolation):
                with self.host.start("run", "--rm", "--name", "web", f"--isolation={isolation}", "-v", r"C:\data",
                                     "microsoft/nanoserver", "ping", "-t", "localhost", stderr=subprocess.DEVNULL) as client:
                    self.assertIn(b"1", client.stdout.readline() + client.stdout.readline())
                    self.assertEqual("web", self.host.ok("ps", "--format", "{{.Names}}"))
                    client.kill()
                    client.wait(60)
                self.assertEqual(3, self.run_in(isolation, "--name", "web", "microsoft/nanoserver", "exit", "3").code)
                self.assertEqual(("", ""), (self.host.ok("ps", "-aq"), self.host.ok("volume", "ls", "-q")))
                self.assertEqual([], self.host.leftovers())

    def test_arguments_are_quoted_so_that_the_program_sees_the_same(self):
        words = ["plain", "two words", "", 'quo"te', "back\\slash\\", "tail\\ sp\\", '\\"both\\"',
                 "tab\there"]
        done = self.run_in("process", "microsoft/nanoserver", "args", *words)
        self.assertEqual([f"[{word}]" for word in words], done.out.splitlines()[-len(words):], done)

    def test_a_command_that_is_not_there_is_127(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                done = self.run_in(isolation, "microsoft/nanoserver", "nosuchprogram")
                self.assertEqual(127, done.code, done)
                self.assertIn("nosuchprogram", done.err)

    def test_the_entrypoint_comes_before_the_command(self):
        done = self.run_in("process", "--entrypoint", "args", "microsoft/nanoserver", "x", "y")
        self.assertEqual(["[x]", "[y]"], done.out.splitlines()[-2:], done)

    def test_the_cidfile_holds_the_id_and_is_never_overwritten(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "cid"
            container = self.host.ok("run", "-d", "--cidfile", windows_path(path),
                                     "microsoft/nanoserver", "ping", "-t", "localhost")
            self.assertEqual(container, path.read_text())
            again = self.host.wcow("run", "--cidfile", windows_path(path), "microsoft/nanoserver",
                                   "cmd")
            self.assert_refused(again, 125, "cid")

    def test_rm_leaves_nothing(self):
        self.assertEqual(0, self.run_in("process", "microsoft/nanoserver", "exit", "0").code)
        self.assertEqual("", self.host.ok("ps", "-aq"))

    def test_a_dry_run_prints_the_documents_and_touches_nothing(self):
        before = len(self.host.calls())
        plan = json.loads(self.host.ok("run", "--dry-run", "--isolation=hyperv",
                                       "microsoft/nanoserver", "cmd", "/c", "echo", "hi"))
        self.assertTrue(plan["system"]["HvPartition"])
        self.assertEqual("cmd /c echo hi", plan["process"]["CommandLine"])
        made = [call for call in self.host.calls()[before:]]
        self.assertFalse([call for call in made if call["call"] != "NameToGuid" and
                          call.get("method") != "GET"], made)
        self.assertEqual("", self.host.ok("ps", "-aq"))

    def test_a_mapped_folder_is_the_hosts(self):
        host = self.host.path("C:\\hostdata")
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                host.mkdir()
                try:
                    (host / "given").write_text("from the host\n")
                    done = self.run_in(isolation, "-v", "C:\\hostdata:C:\\some\\data",
                                       "microsoft/nanoserver", "cmd", "/c", "type some\\data\\given"
                                       "&& mkdir some\\data\\sub&& echo inside>some\\data\\sub\\made")
                    self.assertEqual((0, "from the host\n"), (done.code, done.out), done)
                    self.assertEqual("inside\r\n", (host / "sub/made").read_bytes().decode())
                    self.assertEqual("from the host\n", (host / "given").read_text())
                finally:
                    shutil.rmtree(host)

    def test_nothing_is_written_through_a_read_only_folder(self):
        host = self.host.path("C:\\hostdata")
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                host.mkdir()
                try:
                    (host / "given").write_text("from the host\n")
                    done = self.run_in(isolation, "-v", "C:\\hostdata:C:\\data:ro",
                                       "microsoft/nanoserver", "cmd", "/c", "type data\\given"
                                       "& echo x>data\\new& echo x>data\\given& del data\\given")
                    self.assertIn("from the host\n", done.out, done)
                    self.assertEqual(["given"], [path.name for path in host.iterdir()])
                    self.assertEqual("from the host\n", (host / "given").read_text())
                finally:
                    shutil.rmtree(host)

    def test_a_mapped_folder_is_no_change_of_the_container(self):
        host = self.host.path("C:\\hostdata")
        host.mkdir()
        self.addCleanup(shutil.rmtree, host)
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                container = self.host.ok("create", f"--isolation={isolation}",
                                         "-v", "C:\\hostdata:C:\\data", "microsoft/nanoserver",
                                         "cmd", "/c", "type mine& echo again>mine"
                                         "& echo host>data\\theirs")
                self.host.wcow("start", "-a", container)
                self.assertEqual("again", self.host.ok("start", "-a", container).strip())
                self.host.ok("rm", container)
                self.assertEqual("host\r\n", (host / "theirs").read_bytes().decode())
                kept = self.host.path(self.host.root) / "containers"
                self.assertEqual([], list(kept.rglob("theirs")))
