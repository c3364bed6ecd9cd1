# SPDX-License-Identifier: MIT
"""A simulated Windows host and the real wcow.exe in it."""

import contextlib
import itertools
import json
import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import time

from .wine import NOT_STARTED, say_again, wine_was_busy

TOP = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("WCOW_BUILD", TOP / "build" / "mingw-release"))
WCOW = pathlib.Path(os.environ.get("WCOW_EXE", BUILD / "wcow.exe"))  # another one, for ci/coverage
WITHCODE = BUILD / "tests" / "hcssim" / "service" / "withcode.exe"
NUMBERS = itertools.count(1)


class Result:
    """What a command left: its exit code (all 32 bits) and what it wrote."""

    def __init__(self, command, code, out, err):
        self.command, self.code = command, code
        self.raw_out, self.raw_err = out, err
        self.out = out.decode("utf-8", "replace").replace("\r\n", "\n")
        self.err = err.decode("utf-8", "replace").replace("\r\n", "\n")

    def __repr__(self):
        return (f"{' '.join(map(str, self.command))}\n  exit code {self.code} ({self.code:#x})\n"
                f"  stdout: {self.out!r}\n  stderr: {self.err!r}")


class Host:
    """One simulated host of its own; ends with everything in it when its `with` block does."""

    def __init__(self, *options, name=None):
        self.name = name or f"cli-{os.getpid()}-{next(NUMBERS)}"
        self.options = options
        self.faults = pathlib.Path(tempfile.mkdtemp(prefix="wcow-cli-")) / "faults"
        self.faults.write_text("")
        self.journal = self.faults.with_name("journal")
        self.root = r"C:\wcow"
        self.environment = {}
        self.wine_was_busy = False  # a command said so

    def __enter__(self):
        subprocess.run([TOP / "ci" / "sim", "--name", self.name, "--faults", self.faults,
                        "--journal", self.journal, "--parent", str(os.getpid()),
                        *self.options],
                       check=True, stdin=subprocess.DEVNULL)
        lines = subprocess.run([TOP / "ci" / "sim", "--name", self.name, "--env"], check=True,
                               capture_output=True, text=True).stdout
        for line in lines.splitlines():
            words = shlex.split(line.removeprefix("export "))
            if words and "=" in words[0]:
                key, value = words[0].split("=", 1)
                self.environment[key] = value
        return self

    def __exit__(self, *_):
        subprocess.run([TOP / "ci" / "sim", "--name", self.name, "--stop"], check=True,
                       stdin=subprocess.DEVNULL)
        for path in (self.faults, self.journal):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
        self.faults.parent.rmdir()

    def reboot(self):
        """The power fails, and comes back."""
        subprocess.run([TOP / "ci" / "sim", "--name", self.name, "--faults", self.faults,
                        "--journal", self.journal, *self.options, "--reboot"],
                       check=True, stdin=subprocess.DEVNULL)

    # ---- programs in the host ----

    @property
    def prefix(self):
        return pathlib.Path(self.environment["WINEPREFIX"])

    def path(self, windows):
        """The Linux path of a Windows path of the host."""
        drive, rest = windows[:2].lower(), windows[2:].replace("\\", "/")
        return self.prefix / "dosdevices" / drive / rest.lstrip("/")

    def process_environment(self, extra=None):
        environment = {**os.environ, "LANG": "C.UTF-8", "WINEDEBUG": "-all", **self.environment,
                       "WCOW_ROOT": self.root, "WCOW_MONITOR": "service"}
        environment.update(extra or {})
        return environment

    def command(self, *arguments):
        return ["wine", WCOW, *map(str, arguments)]

    def wcow(self, *arguments, stdin=b"", timeout=120, environment=None):
        """Runs wcow to its end and tells everything of it.

        Files rather than pipes: under Wine a monitor keeps the standard error of who started it open,
        so that the end of a pipe would not come before the container's.
        """
        with contextlib.ExitStack() as stack:
            code, out, err, typed = (stack.enter_context(tempfile.NamedTemporaryFile("w+b"))
                                     for _ in range(4))
            typed.write(stdin)
            typed.seek(0)
            command = ["wine", WITHCODE, windows_path(code.name),
                       WCOW, *map(str, arguments)]
            done = subprocess.run(command, stdin=typed, stdout=out, stderr=err, timeout=timeout,
                                  env=self.process_environment(environment), check=False)
            text, out, err = (pathlib.Path(each.name).read_bytes() for each in (code, out, err))
        if not text.strip():  # nobody has run wcow: see wine.py
            self.wine_was_busy = True
            err += NOT_STARTED.format(done.returncode).encode()
        number = int(text) if text.strip() else done.returncode
        result = Result(["wcow", *arguments], number, out, err)
        self.wine_was_busy = self.wine_was_busy or wine_was_busy(result.err)
        return result

    def ok(self, *arguments, **options):
        """The same for a command that must succeed; its standard output without the end of line."""
        result = self.wcow(*arguments, **options)
        assert result.code == 0, result
        return result.out.rstrip("\n")

    def start(self, *arguments, **options):
        """Starts wcow and returns the Popen, for pipelines and killing."""
        return subprocess.Popen(self.command(*arguments), env=self.process_environment(),
                                stdin=options.pop("stdin", subprocess.DEVNULL),
                                stdout=options.pop("stdout", subprocess.PIPE),
                                stderr=options.pop("stderr", subprocess.PIPE), **options)

    def tasks(self):
        """The host's processes: {pid: name}."""
        command = ["wine", tool("tasks.exe")]
        done = None
        for last in (False, True):
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                                  env=self.process_environment(), stdin=subprocess.DEVNULL)
            if done.returncode == 0 or last:
                break
            say_again(f"tasks.exe, {done.returncode}: {done.stdout}{done.stderr}")
        if done.returncode:
            raise AssertionError(f"tasks.exe ended with {done.returncode}: {done.stdout}{done.stderr}")
        rows = (line.split(" ", 2) for line in done.stdout.splitlines())
        return {int(pid): name for pid, _, name in rows}

    def kill(self, pid, code=1):
        subprocess.run(["wine", tool("tasks.exe"), "--kill", str(pid), str(code)], timeout=60,
                       env=self.process_environment(), check=True, stdin=subprocess.DEVNULL)

    def handles(self, pid):
        """How many handles a process of the host has open."""
        done = subprocess.run(["wine", tool("tasks.exe"), "--handles", str(pid)], capture_output=True, timeout=60,
                              env=self.process_environment(), check=True, stdin=subprocess.DEVNULL)
        return int(done.stdout)

    # ---- the simulated service ----

    def calls(self):
        """The journal: every call of any client, as it was made and answered."""
        if not self.journal.exists():
            return []
        lines = self.journal.read_text(errors="replace").splitlines()
        return [entry for entry in map(json.loads, lines) if "call" in entry]

    def fault(self, **fault):
        """Replaces the injected faults by this one; no argument: none."""
        temporary = self.faults.with_suffix(".new")
        temporary.write_text(json.dumps(fault) + "\n" if fault else "")
        temporary.replace(self.faults)

    def load(self, *images):
        for image in images or ("nanoserver", "windowsservercore"):
            self.ok("load", "-q", "-i", windows_path(archive(image)))

    def inspect(self, reference):
        return json.loads(self.ok("inspect", reference))[0]

    def wait_until(self, condition, what, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"not within {seconds} s: {what}"
            time.sleep(0.1)

    def leftovers(self):
        """Everything that a clean host must not have, as a list of words."""
        found = [f"process {pid} {name}" for pid, name in self.tasks().items()
                 if re.match(r"(?i)(ping|wcow|vmwp|waiter|stuck|sleep|cat|flood|cmd)\.exe$", name)]
        found += [f"container folder {path.name}" for path in self.folders("containers")]
        found += [f"{key}: {value}" for key, value in self.left().items() if value]
        return found

    def left(self):
        """What the service still has: numbers of systems, endpoints and so on."""
        command = [TOP / "ci" / "sim", "--name", self.name, "--leftovers"]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
        if done.returncode:  # on a busy machine Wine has no process for it, as for tasks()
            say_again(f"ci/sim --leftovers, {done.returncode}")
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout)

    def folders(self, name):
        folder = self.path(self.root) / name
        return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def tool(name):
    return BUILD / "tests" / "cli" / "tools" / name


def archive(name):
    return BUILD.parent / "images" / f"{name}.tar"


def windows_path(path):
    return "Z:" + str(path).replace("/", "\\")
