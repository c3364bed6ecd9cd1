#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The simulated host as others than wcow see it: ci/sim, vmcompute.dll by its raw calls (hcsrun.exe),
real processes of both isolations, and that nothing is left.

usage: test_host.py BUILD [unittest arguments]
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WCOW_BUILD", TOP / "build" / "mingw-release"))
PROGRAMS = ("cat", "crash", "env", "exit", "flood", "ping", "sleep", "spawn", "tty", "waiter")
SIMS = pathlib.Path(os.environ.get("WCOW_SIM_HOSTS", TOP / "build" / "sim"))


def sim(*arguments, **options):
    options = {"stdin": subprocess.DEVNULL, "capture_output": True, "timeout": 180, **options}
    return subprocess.run([TOP / "ci" / "sim", *map(str, arguments)], check=False,
                          env={**os.environ, "WCOW_BUILD": str(BUILD)}, **options)


def processes(text):
    """Processes of this machine whose environment mentions the text."""
    found = []
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (place / "environ").read_bytes():
                found.append((place / "cmdline").read_bytes())
        except OSError:
            pass
    return found


class Host:
    def __init__(self, *options):
        Host.count = getattr(Host, "count", 0) + 1
        self.name = f"host-{os.getpid()}-{Host.count}"
        self.folder = SIMS / self.name
        self.options = options

    def __enter__(self):
        done = sim("--name", self.name, *self.options)
        assert done.returncode == 0, done
        drive = self.folder / "prefix" / "drive_c"
        files = drive / "base" / "Files" / "Windows" / "System32"
        (files / "config").mkdir(parents=True)
        for hive in ("DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"):
            (files / "config" / hive).write_text("hive")
        for program in PROGRAMS:
            shutil.copy(BUILD / "tests" / "images" / f"{program}.exe", files)
        shutil.copy(drive / "windows" / "system32" / "cmd.exe", files)
        boot = drive / "base" / "UtilityVM" / "Files" / "EFI" / "Microsoft" / "Boot"
        boot.mkdir(parents=True)
        (boot / "BCD").write_text("hive")
        for client in ("hcsrun.exe", "hcslayer.exe"):
            shutil.copy(BUILD / "tests" / "hcssim" / "dll" / client, drive)
        return self

    def __exit__(self, *_):
        done = sim("--name", self.name, "--stop")
        assert done.returncode == 0, done

    def run(self, *command, **options):
        return sim("--name", self.name, *command, **options)

    def container(self, *command, **options):
        """Runs a command in a container; result with the exit code of all 32 bits as .code."""
        with tempfile.NamedTemporaryFile(prefix="hcsrun-") as code:
            done = sim("--name", self.name, "--code", code.name, r"C:\hcsrun.exe", *command,
                       **options)
            done.code = int(code.read() or -1)
        return done

    def start(self, *command):
        return subprocess.Popen([TOP / "ci" / "sim", "--name", self.name, r"C:\hcsrun.exe",
                                 *command], env={**os.environ, "WCOW_BUILD": str(BUILD)},
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def tasks(self):
        text = self.run(BUILD / "tests" / "cli" / "tools" / "tasks.exe").stdout.decode()
        return {int(line.split()[0]): line.split(" ", 2)[2] for line in text.splitlines()}

    def kill(self, pid):
        self.run(BUILD / "tests" / "cli" / "tools" / "tasks.exe", "--kill", pid, 1)

    def leftovers(self):
        return json.loads(sim("--name", self.name, "--leftovers").stdout)

    def wait_clean(self, seconds=20):
        end = time.monotonic() + seconds
        while any(self.leftovers().values()) or list((self.folder / "vms").iterdir()):
            if time.monotonic() > end:
                return self.leftovers(), list((self.folder / "vms").iterdir())
            time.sleep(0.1)
        return None


class Isolation:
    """What is the same for both isolations; the class's `options` choose."""

    options = ()

    @classmethod
    def setUpClass(cls):
        cls.host = Host()
        cls.host.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.host.__exit__()

    def tearDown(self):
        self.assertIsNone(self.host.wait_clean())

    def container(self, *command, **options):
        return self.host.container(*self.options, r"C:\base", *command, **options)

    def test_output_and_exit_code_come_back(self):
        done = self.container("cmd", "/c", "echo hello&exit 3")
        self.assertEqual((3, b"hello\r\n"), (done.code, done.stdout), done)

    def test_exit_codes_have_all_their_bits(self):
        for code in (0, 255, 0xC0000005, 0xC000013A):
            self.assertEqual(code, self.container("exit", str(code)).code)

    def test_a_crash_is_an_exit_code(self):
        self.assertGreaterEqual(self.container("crash").code, 0xC0000000)

    def test_a_program_that_is_not_there_is_not_found(self):
        done = self.container("nonesuch")
        self.assertEqual(127, done.code, done)
        self.assertIn(b"0x80070002", done.stderr)

    def test_input_is_passed_on_to_its_last_byte(self):
        for size in (0, 1, 65536, 1000003):
            data = os.urandom(size)
            done = self.container("cat", stdin=None, input=data)
            self.assertEqual(0, done.code, done.stderr)
            self.assertTrue(data == done.stdout, f"{size} bytes became {len(done.stdout)}")

    def test_a_folder_can_be_mapped_by_the_name_of_its_volume(self):
        folder = self.host.folder / "prefix" / "drive_c" / "shared"
        folder.mkdir(exist_ok=True)
        (folder / "note").write_bytes(b"from the host")
        done = self.host.container(*self.options, "-m", r"C:\shared", r"C:\base", "cmd", "/c",
                                   r"type mapped\note & echo back> mapped\back")
        self.assertIn(b"from the host", done.stdout, done)
        self.assertEqual(b"back\r\n", (folder / "back").read_bytes())

    def test_the_environment_is_the_container_s(self):
        os.environ["WCOW_OF_THE_HOST"] = "secret"
        done = self.container("env")
        text = done.stdout.decode()
        self.assertIn("systemroot=c:\\windows\r\n", text.lower())
        self.assertRegex(text, r"COMPUTERNAME=hcsrun-\d+")
        self.assertNotIn("WCOW_OF_THE_HOST", text)

    def test_programs_start_programs_of_the_container(self):
        done = self.container("cmd", "/c", "ping -n 1 localhost")
        self.assertIn(b"TTL=128", done.stdout)

    def test_a_console_is_a_console(self):
        client = self.host.start(*self.options, "-t", r"C:\base", "tty")
        seen = b""
        while b"100x30" not in seen:
            piece = os.read(client.stdout.fileno(), 4096)
            self.assertTrue(piece, seen)
            seen += piece
        client.stdin.write(b"q")
        client.stdin.flush()
        out, err = client.communicate(timeout=60)
        self.assertEqual(0, client.returncode, (out, err))
        self.assertIn(b"key 0x0071", out)

    def test_a_client_that_dies_takes_its_container_with_it(self):
        client = self.host.start(*self.options, r"C:\base", "sleep", "1000")
        self.started(client)
        for pid, name in self.host.tasks().items():
            if name == "hcsrun.exe":
                self.host.kill(pid)
        client.communicate(timeout=60)
        self.wait_gone()

    def started(self, client):
        """The process id that the client prints when its container's process runs."""
        line = client.stderr.readline().decode()
        found = re.match(r"hcsrun: process (\d+)", line)
        self.assertTrue(found, line)
        return int(found[1])

    def wait_gone(self):
        """The scratch of a dead client stays attached, as on Windows; it must be a leftover only
        of storage."""
        end = time.monotonic() + 20
        while self.host.leftovers()["systems"] or self.host.leftovers()["processes"]:
            self.assertLess(time.monotonic(), end, self.host.leftovers())
            time.sleep(0.1)
        for path in self.host.leftovers()["mounted"]:
            self.detach(path)

    def detach(self, path):
        done = self.host.run(r"C:\hcsrun.exe", "--release", path)
        self.assertEqual(0, done.returncode, done)


class ProcessIsolation(Isolation, unittest.TestCase):
    def test_the_host_sees_the_process_with_the_same_id(self):
        client = self.host.start(r"C:\base", "ping", "-t", "localhost")
        pid = self.started(client)
        tasks = self.host.tasks()
        self.assertEqual("ping.exe", tasks.get(pid), tasks)
        self.assertNotIn("vmwp.exe", tasks.values())
        self.host.kill(pid)
        client.communicate(timeout=60)
        self.assertEqual(1, client.returncode)


class HyperVIsolation(Isolation, unittest.TestCase):
    options = ("-v",)

    def test_the_host_sees_the_worker_only(self):
        client = self.host.start("-v", r"C:\base", "ping", "-t", "localhost")
        self.started(client)
        tasks = self.host.tasks()
        self.assertNotIn("ping.exe", tasks.values())
        self.assertEqual(1, list(tasks.values()).count("vmwp.exe"), tasks)
        (worker,) = (pid for pid, name in tasks.items() if name == "vmwp.exe")
        self.host.kill(worker)
        client.communicate(timeout=60)
        self.assertEqual(0x06, client.returncode)  # 0xC0370106: it exited unexpectedly

    def test_drive_c_is_the_container_s(self):
        done = self.container("cmd", "/c", r"cd C:\ & dir /b C:\ & dir /b Z:\ ")
        self.assertNotIn(b"hcsrun", done.stdout)
        self.assertNotIn(b"work", done.stdout)


    def test_many_virtual_machines_start_at_once(self):
        self.container("exit", "0")  # it has the base layer processed
        for _ in range(2):
            clients = [self.host.start("-v", r"C:\base", "cmd", "/c", "echo hello")
                       for _ in range(8)]
            done = [client.communicate(timeout=300) for client in clients]
            self.assertEqual([0] * 8, [client.returncode for client in clients], done)


class Disks(unittest.TestCase):
    """Layers by the raw calls, as the field's clients make them."""

    @classmethod
    def setUpClass(cls):
        cls.host = Host()
        cls.host.__enter__()
        cls.processed = cls.host.container(r"C:\base", "cmd", "/c", "exit 0")

    @classmethod
    def tearDownClass(cls):
        cls.host.__exit__()

    def layer(self, *arguments, code=0):
        done = self.host.run(r"C:\hcslayer.exe", *arguments)
        self.assertEqual(code, done.returncode, done)
        return done.stdout.decode().split("\r\n")[0]

    def test_a_scratch_grows_as_hcsshim_grows_it(self):
        self.layer("make", r"C:\base", r"C:\grown")
        self.assertEqual(str(127 << 30), self.layer("grow", r"C:\grown", str(127 << 30)))
        self.assertEqual([], self.host.leftovers()["mounted"])
        self.assertRegex(self.layer("mount", r"C:\base", r"C:\grown"), r"^\\\\\?\\Volume\{[0-9a-f-]+\}$")
        self.layer("unmount", r"C:\grown")

    def test_the_folder_of_an_attached_disk_stays(self):
        (self.host.folder / "prefix/drive_c/root").mkdir()
        self.layer("make", r"C:\base", r"C:\root\held")
        self.layer("mount", r"C:\base", r"C:\root\held")
        self.assertEqual("rename: 5", self.layer("rename", r"C:\root\held", r"C:\root\other", code=1))
        self.assertEqual("rename: 5", self.layer("rename", r"C:\root", r"C:\other", code=1))
        self.assertEqual("delete: 32", self.layer("delete", r"C:\root\held\sandbox.vhdx", code=1))
        self.layer("unmount", r"C:\root\held")
        self.layer("rename", r"C:\root\held", r"C:\root\other")
        self.layer("delete", r"C:\root\other\sandbox.vhdx")


class Hosts(unittest.TestCase):
    def test_a_host_says_which_windows_it_is(self):
        with Host("--build", "17763", "--client") as host:
            text = host.run("cmd", "/c", "ver").stdout
            self.assertIn(b"10.0.17763", text)

    def test_old_builds_have_the_old_library(self):
        with Host("--build", "14393") as old, Host() as new:
            sizes = [(host.folder / "prefix/drive_c/windows/system32/vmcompute.dll").read_bytes()
                     for host in (old, new)]
            self.assertNotIn(b"HcsSignalProcess\0", sizes[0].split(b"vmcompute.dll\0")[1][:4000])
            self.assertIn(b"HcsSignalProcess\0", sizes[1])

    def test_hosts_do_not_see_each_other(self):
        with Host() as one, Host() as other:
            client = one.start(r"C:\base", "ping", "-t", "localhost")
            client.stderr.readline()
            self.assertIn("ping.exe", one.tasks().values())
            self.assertNotIn("ping.exe", other.tasks().values())
            self.assertEqual(1, one.leftovers()["systems"])
            self.assertEqual(0, other.leftovers()["systems"])
        client.communicate(timeout=60)

    def test_nothing_is_left_of_a_host_that_is_stopped_while_busy(self):
        with Host() as host:
            clients = [host.start(*options, r"C:\base", "sleep", "1000")
                       for options in ((), ("-v",))]
            for client in clients:
                client.stderr.readline()
            sockets = {path.read_text() for path in host.folder.glob("**/wineserver")}
        for client in clients:
            client.communicate(timeout=60)
        self.assertFalse(host.folder.exists())
        self.assertEqual([], processes(f"/{host.name}/"))
        for name in sockets:
            self.assertFalse(pathlib.Path("/tmp", name).exists())

    def test_a_host_ends_with_its_parent(self):
        parent = subprocess.Popen(["sleep", "1000"])
        with Host("--parent", parent.pid) as host:
            parent.kill()
            parent.wait()
            end = time.monotonic() + 30
            while host.folder.exists() or processes(f"/{host.name}/"):
                self.assertLess(time.monotonic(), end)
                time.sleep(0.2)

    def interrupt(self, name, seconds, **environment):
        """Starts a host, and interrupts that like a terminal does; its exit code."""
        starting = subprocess.Popen([TOP / "ci" / "sim", "--name", name], stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                    start_new_session=True,
                                    env={**os.environ, "WCOW_BUILD": str(BUILD), **environment})
        time.sleep(seconds)
        os.killpg(starting.pid, signal.SIGINT)
        return starting.wait(30)

    def test_nothing_is_left_of_a_start_that_is_interrupted(self):
        ended = 0
        for step in range(14):
            name = f"interrupted-{os.getpid()}-{step}"
            ended += self.interrupt(name, 0.06 * step) != 0
            if (SIMS / name / "running").exists():  # it was faster
                self.assertEqual(0, sim("--name", name, "--stop").returncode)
            for _ in range(50):
                if not processes(name):
                    break
                time.sleep(0.1)
            self.assertEqual([], processes(name), step)
            self.assertEqual([], list(SIMS.glob(f"{name}*")), step)
        self.assertGreater(ended, 3)

    def test_nothing_is_left_of_a_template_whose_making_is_interrupted(self):
        with tempfile.TemporaryDirectory() as sims:
            self.assertEqual(130, self.interrupt("first", 2, WCOW_SIM_HOSTS=sims))
            for _ in range(50):
                if not processes(sims):
                    break
                time.sleep(0.1)
            self.assertEqual([], processes(sims))
            self.assertEqual([], [path.name for path in pathlib.Path(sims).iterdir()
                                  if path.suffix not in (".lock", ".log")])

    def test_faults_and_the_journal_are_files(self):
        with tempfile.TemporaryDirectory() as folder:
            faults, journal = pathlib.Path(folder, "faults"), pathlib.Path(folder, "journal")
            faults.write_text('{"call":"HcsStartComputeSystem","nth":1,"hr":"0xC0370106"}\n')
            with Host("--faults", faults, "--journal", journal) as host:
                done = host.container(r"C:\base", "cmd", "/c", "echo hello")
                self.assertEqual(125, done.code, done)
                self.assertIn(b"HcsStartComputeSystem: 0xC0370106", done.stderr)
            lines = [json.loads(line) for line in journal.read_text().splitlines()]
            calls = [line["call"] for line in lines if "call" in line]
            self.assertIn("HcsCreateComputeSystem", calls)
            self.assertNotIn("HcsCreateProcess", calls)

    def test_without_the_service_calls_fail_as_rpc_does(self):
        with Host() as host:
            host.run(r"C:\hcssim\hcssim.exe", "--stop")
            time.sleep(0.5)
            done = host.container(r"C:\base", "cmd", "/c", "echo hello")
            self.assertEqual(125, done.code, done)
            self.assertIn(b"0x800706BA", done.stderr)


if __name__ == "__main__":
    if len(sys.argv) > 1 and os.path.isdir(sys.argv[1]):
        BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
