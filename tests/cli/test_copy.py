# SPDX-License-Identifier: MIT
"""Files in and out of containers, stopped and running, in both isolations; what they changed."""

import io
import pathlib
import subprocess
import tarfile
import tempfile
import time

from wcowtest.case import HostCase

NANO, CORE = "microsoft/nanoserver:latest", "microsoft/windowsservercore:latest"
ISOLATIONS = ("process", "hyperv")
WAIT = ("ping", "-t", "localhost")


def tar_of(**files):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name.replace("__", "/"))
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


class Copy(HostCase):
    def setUp(self):
        self.here = self.host.path(r"C:\copies")
        self.here.mkdir(exist_ok=True)

    def put(self, name, content):
        path = self.here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return rf"C:\copies\{name}".replace("/", "\\")

    def assert_unmounted(self):
        self.assertEqual([], [what for what in self.host.leftovers() if what.startswith("mounted")])

    def round_trip(self, name):
        """A folder with a folder in it, there and back; and a file on top of one that is there."""
        self.put("tree/a.txt", b"first")
        self.put("tree/deep/b.bin", bytes(range(256)) * 4096)
        self.host.ok("cp", r"C:\copies\tree", rf"{name}:C:\Users\Public")
        self.host.ok("cp", rf"{name}:C:/Users/Public/tree/.", rf"C:\copies\back-{name}")
        back = self.here / f"back-{name}"
        self.assertEqual(b"first", (back / "a.txt").read_bytes())
        self.assertEqual(bytes(range(256)) * 4096, (back / "deep" / "b.bin").read_bytes())
        self.put("a.txt", b"second")
        self.host.ok("cp", r"C:\copies\a.txt", rf"{name}:\Users\Public\tree\a.txt")
        self.host.ok("cp", rf"{name}:\Users\Public\tree\a.txt", rf"C:\copies\{name}.txt")
        self.assertEqual(b"second", (self.here / f"{name}.txt").read_bytes())
        self.assert_refused(self.host.wcow("cp", rf"{name}:C:\none", r"C:\copies"), 1,
                            f"Could not find the file C:\\none in container {name}")
        self.assert_refused(self.host.wcow("cp", r"C:\copies\tree", rf"{name}:C:\License.txt"), 1,
                            "cannot copy directory")
        self.assert_refused(self.host.wcow("cp", r"C:\copies\a.txt", rf"{name}:C:\no\such"), 1,
                            f"Could not find the file C:\\no in container {name}")

    def piped(self, name):
        self.host.ok("cp", "-", rf"{name}:C:\Users\Public",
                     stdin=tar_of(piped__x=b"through a pipe", y=b"too"))
        with tempfile.TemporaryFile() as out:
            with self.host.start("cp", rf"{name}:C:\Users\Public\piped", "-",
                                 stdout=out) as done:
                self.assertEqual(0, done.wait(60), done.stderr.read())
            out.seek(0)
            piped = out.read()
        with tarfile.open(fileobj=io.BytesIO(piped)) as tar:
            self.assertEqual(["piped", "piped/x"], [entry.name for entry in tar])
            self.assertEqual(b"through a pipe", tar.extractfile("piped/x").read())
        self.assert_refused(self.host.wcow("cp", "-", rf"{name}:C:\License.txt", stdin=b""), 1,
                            "must be a directory")

    def test_stopped_containers(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.host.ok("create", "--name", isolation, "--isolation", isolation, CORE, *WAIT)
                self.round_trip(isolation)
                self.piped(isolation)
                self.assert_unmounted()
                lines = self.host.ok("diff", isolation).splitlines()
                self.assertIn(r"A C:\Users\Public\tree\deep\b.bin", lines)
                self.assertIn(r"C C:\Users\Public", lines)
                self.assert_unmounted()

    def test_running_containers(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.host.ok("run", "-d", "--name", isolation, "--isolation", isolation, CORE,
                             *WAIT)
                self.round_trip(isolation)
                self.piped(isolation)
                self.assert_refused(self.host.wcow("diff", isolation), 1,
                                    "while it is running")
                self.host.ok("rm", "-f", isolation)

    def test_a_whole_root_comes_out(self):
        """Of a utility VM only its beginning: its C: has all of Wine in it, a gigabyte and a half."""
        self.host.ok("run", "-d", "--name", "process", CORE, *WAIT)
        self.host.ok("run", "-d", "--name", "hyperv", "--isolation", "hyperv", CORE, *WAIT)
        (self.here / "root").mkdir()
        self.host.ok("cp", "process:C:\\", r"C:\copies\root")
        names = {path.name for path in (self.here / "root").iterdir()}
        self.assertLessEqual({"License.txt", "Users", "Windows"}, names)
        self.assertFalse({"System Volume Information", "WcSandboxState"} & names)
        with self.host.start("cp", "hyperv:C:\\", "-") as done:
            with tarfile.open(fileobj=done.stdout, mode="r|") as tar:
                for entry in tar:
                    if entry.name.endswith("License.txt"):
                        break
                self.assertIn(b"windowsservercore", tar.extractfile(entry).read())
            done.stdout.close()
            self.assertNotEqual(0, done.wait(60))
        self.assert_no_tar("hyperv")

    def assert_no_tar(self, name):
        """What a copy left in a utility VM ends with its pipes, a moment later."""
        for _ in range(50):
            found = self.host.ok("top", name)
            if "tar.exe" not in found:
                return
            time.sleep(0.1)
        self.fail(found)

    def test_nothing_goes_into_itself(self):
        folder = self.host.path(r"C:\itself")
        folder.mkdir(exist_ok=True)
        (folder / "f.txt").write_bytes(b"kept")
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.host.ok("run", "-d", "--name", "web", "--isolation", isolation,
                             "-v", r"C:\itself:C:\data", CORE, *WAIT)
                self.assert_refused(self.host.wcow("cp", r"C:\itself", r"web:C:\data"), 1, "into itself")
                self.assert_refused(self.host.wcow("cp", r"web:C:\data", r"C:\itself"), 1, "into itself")
                self.assert_refused(self.host.wcow("cp", r"C:\itself\f.txt", r"web:C:\data"), 1,
                                    "the same file")
                self.assertEqual(["f.txt"], [path.name for path in folder.iterdir()])
                self.assertEqual(b"kept", (folder / "f.txt").read_bytes())
                self.host.ok("rm", "-f", "web")

    def test_a_copy_that_is_killed_leaves_what_was_there(self):
        """Half an archive on its input, and then its end: nothing half written stays, nor any program."""
        half = tar_of(**{"old.txt": b"x" * 200000})[:150000]
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.host.ok("run", "-d", "--name", isolation, "--isolation", isolation, CORE,
                             *WAIT)
                self.put("old.txt", b"old")
                self.host.ok("cp", r"C:\copies\old.txt", rf"{isolation}:C:\Users\Public")
                with self.host.start("cp", "-", rf"{isolation}:C:\Users\Public",
                                     stdin=subprocess.PIPE) as done:
                    done.stdin.write(half)
                    done.stdin.flush()
                    time.sleep(2)
                    done.kill()
                    done.wait(60)
                self.assert_no_tar(isolation)
                names = self.host.ok("exec", isolation, "cmd", "/c", r"dir /b Users\Public")
                self.assertNotIn(".tmp", names)
                if isolation == "process":  # tar.exe in the other one has removed it first
                    self.host.ok("cp", rf"{isolation}:C:\Users\Public\old.txt", r"C:\copies\now.txt")
                    self.assertEqual(b"old", (self.here / "now.txt").read_bytes())

    def test_what_is_deleted_and_changed_is_told(self):
        self.host.ok("run", "--name", "web", CORE, "cmd", "/c",
                     r"del License.txt&echo x>Windows\Temp\new.txt&echo more>>ProgramData\log")
        lines = self.host.ok("diff", "web").splitlines()
        self.assertIn(r"D C:\License.txt", lines)
        self.assertIn(r"A C:\Windows\Temp\new.txt", lines)
        self.assertIn(r"C C:\Windows\Temp", lines)

    def test_what_is_mounted_is_reached_at_its_place(self):
        folder = self.host.path(r"C:\shared")
        folder.mkdir(exist_ok=True)
        self.put("f.txt", b"into the mount")
        for isolation in ISOLATIONS:
            for running in (False, True):
                with self.subTest(isolation, running=running):
                    self.host.ok("create", "--name", "web", "--isolation", isolation,
                                 "-v", r"C:\shared:C:\data", CORE, *WAIT)
                    if running:
                        self.host.ok("start", "web")
                    self.host.ok("cp", r"C:\copies\f.txt", r"web:C:\data")
                    self.assertEqual(b"into the mount", (folder / "f.txt").read_bytes())
                    (folder / "f.txt").write_bytes(b"changed")
                    self.host.ok("cp", r"web:C:\data\f.txt", r"C:\copies\g.txt")
                    self.assertEqual(b"changed", (self.here / "g.txt").read_bytes())
                    self.host.ok("rm", "-f", "web")

    def test_a_container_does_not_lead_out(self):
        """Its junction C:\\Documents and Settings -> C:\\Users is its own, not the host's."""
        self.host.ok("create", "--name", "web", CORE, *WAIT)
        self.put("f.txt", b"inside")
        self.host.ok("cp", r"C:\copies\f.txt", r"web:C:\Documents and Settings\Public")
        self.assertFalse(self.host.path(r"C:\Users\Public\f.txt").exists())
        self.host.ok("cp", r"web:C:\Users\Public\f.txt", r"C:\copies\h.txt")
        self.assertEqual(b"inside", (self.here / "h.txt").read_bytes())
        self.assert_refused(self.host.wcow(
            "cp", "-", r"web:C:\\", stdin=tar_of(**{"../out.txt": b"x"})), 1, "'..' component")

    def test_a_kill_while_it_is_mounted_leaves_nothing(self):
        self.put("f.txt", b"x")
        self.host.ok("create", "--name", "web", CORE, *WAIT)
        for call in ("ActivateLayer", "PrepareLayer", "GetLayerMountPath", "UnprepareLayer",
                     "DeactivateLayer"):
            with self.subTest(call):
                self.host.fault(call=call, nth=1, kill_client=True)
                self.host.wcow("cp", r"C:\copies\f.txt", r"web:C:\Users\Public")
                self.host.ok("cp", r"C:\copies\f.txt", r"web:C:\Users\Public")
                self.assert_unmounted()

    def test_what_a_utility_vm_answers_is_a_stranger_s(self):
        self.host.ok("run", "-d", "--name", "web", "--isolation", "hyperv", CORE, *WAIT)
        self.host.ok("exec", "web", "cmd", "/c", r"copy /y Windows\System32\args.exe "
                     r"Windows\System32\tar.exe")
        self.assertEqual(1, self.host.wcow("cp", r"web:C:\License.txt", r"C:\copies\l").code)
        self.assertFalse((self.here / "l").exists())
        self.host.ok("exec", "web", "cmd", "/c", r"del Windows\System32\tar.exe")
        self.assert_refused(self.host.wcow("cp", r"web:C:\License.txt", r"C:\copies\l"), 1,
                            r"it has no C:\Windows\System32\tar.exe", "wcow stop web")
        self.host.ok("pause", "web")
        self.assert_refused(self.host.wcow("cp", r"web:C:\License.txt", r"C:\copies\l"), 1,
                            "is paused")

    def test_events_tell_of_copies(self):
        self.host.ok("create", "--name", "web", CORE, *WAIT)
        self.host.ok("cp", r"web:C:\License.txt", r"C:\copies\l.txt")
        self.host.ok("cp", r"C:\copies\l.txt", r"web:C:\l.txt")
        time.sleep(1)  # as in Docker, "0s" ago is where this second began
        told = self.host.ok("events", "--since", "1h", "--until", "0s", "--filter", "container=web",
                            "--format", "{{.Action}} {{.Actor.Attributes.name}}")
        self.assertEqual(["archive-path web", "extract-to-dir web"], told.splitlines()[-2:])

    def peak_memory(self, *arguments):
        """Of the process of a command, as Linux counts it, in MiB."""
        peak = 0
        with self.host.start(*arguments) as done:
            while done.poll() is None:
                for folder in pathlib.Path("/proc").iterdir():  # glob() asks each whether it is there yet
                    try:
                        words = (folder / "cmdline").read_bytes().split(b"\0")
                        if words[0].endswith(b"wcow.exe") and arguments[-1].encode() in words:
                            text = (folder / "status").read_text()
                            peak = max(peak, int(text.split("VmHWM:")[1].split()[0]) >> 10)
                    except (OSError, IndexError):
                        pass  # it has ended
                time.sleep(0.02)
            self.assertEqual(0, done.wait())
        return peak

    def test_a_large_file_is_streamed(self):
        size = 100 << 20
        self.put("small", b"x" * (1 << 20))
        with open(self.here / "large", "wb") as large:
            large.truncate(size)
        self.host.ok("run", "-d", "--name", "web", "--isolation", "hyperv", CORE, *WAIT)
        small = self.peak_memory("cp", r"C:\copies\small", r"web:C:\Users\Public\small")
        peaks = [self.peak_memory("cp", r"C:\copies\large", r"web:C:\Users\Public\large"),
                 self.peak_memory("cp", r"web:C:\Users\Public\large", r"C:\copies\larger")]
        self.assertLess(max(peaks), small + 16, (small, peaks))
        self.assertEqual(size, (self.here / "larger").stat().st_size)
        for name in ("large", "larger"):
            pathlib.Path(self.here / name).unlink()
