# SPDX-License-Identifier: MIT
"""A real Windows host in place of the simulated one (tests/cli/run --real, .github/workflows/windows.yml).

The programs that cases run in containers are put into Microsoft's own images, by wcow itself. A root of its own keeps
these apart from what the host has; it stays, so that images are pulled once for all cases.
"""

import csv
import json
import os
import pathlib
import subprocess
import tempfile

from .host import Host, Result

WCOW = os.environ.get("WCOW_EXE", r"C:\Program Files\wcow\wcow.exe")
PROGRAMS = os.environ.get("WCOW_TEST_PROGRAMS", "")
NOT_REPLACED = ("ping.exe", "tar.exe")  # Windows' own
IMAGES = {"nanoserver": "NANOSERVER", "windowsservercore": "SERVERCORE"}
# What needs neither injected faults, nor the journal, a terminal of Linux, nor Hyper-V, which a runner may lack.
CASES = (
    "test_bad_input.BadInput",
    "test_concurrency.Concurrency",
    "test_health.Health.test_a_probe_that_takes_too_long_is_ended",
    "test_health.Health.test_none_is_none",
    "test_images.NewImages.test_a_stopped_container_becomes_an_image_that_runs",
    "test_images.NewImages.test_a_running_container_is_not_committed",
    "test_lifecycle.Lifecycle.test_create_start_stop_restart_rm",
    "test_lifecycle.Lifecycle.test_a_stuck_program_is_terminated_when_the_time_is_over",
    "test_lifecycle.Lifecycle.test_wait_prints_the_exit_code",
    "test_lifecycle.Lifecycle.test_kill_ends_it_at_once",
    "test_lifecycle.Lifecycle.test_a_name_is_unique_and_can_be_changed",
    "test_lifecycle.Lifecycle.test_attach_shows_what_comes_and_ends_with_it",
    "test_lifecycle.Lifecycle.test_inspect_speaks_dockers_json",
    "test_lifecycle.Lifecycle.test_a_running_container_is_not_removed_without_force",
    "test_run.Run.test_a_crash_is_an_exit_code_too",
    "test_run.Run.test_standard_error_stays_apart",
    "test_run.Run.test_arguments_are_quoted_so_that_the_program_sees_the_same",
    "test_run.Run.test_the_entrypoint_comes_before_the_command",
    "test_run.Run.test_rm_leaves_nothing",
    "test_services.Services.test_an_update_of_the_policy_is_one_of_the_service",
    "test_services.Services.test_in_the_pause_before_a_restart_it_can_be_stopped_and_removed",
)
# Of the doctor's checks those that tell of what a case has left.
LEFT = ("systems", "endpoints", "services", "scratches", "folders")


class RealHost(Host):
    def __init__(self, *options, name=None):
        super().__init__(*options, name=name)
        self.root = r"C:\wcow-test"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.faults.unlink()
        self.faults.parent.rmdir()

    def reboot(self):
        raise AssertionError("this is no case for a real host")

    def path(self, windows):
        return pathlib.Path(windows)

    def process_environment(self, extra=None):
        return {**os.environ, "WCOW_ROOT": self.root, "WCOW_MONITOR": "service", **(extra or {})}

    def command(self, *arguments):
        return [WCOW, *map(str, arguments)]

    def wcow(self, *arguments, stdin=b"", timeout=600, environment=None):
        """Files rather than pipes, as in the simulated host: no monitor can hold the end of one open."""
        with tempfile.TemporaryDirectory(prefix="wcow-cli-") as folder:
            out, err, typed = (pathlib.Path(folder) / name for name in ("out", "err", "in"))
            typed.write_bytes(stdin)
            with open(out, "wb") as output, open(err, "wb") as errors, open(typed, "rb") as given:
                done = subprocess.run(self.command(*arguments), stdin=given, stdout=output, stderr=errors,
                                      timeout=timeout, env=self.process_environment(environment), check=False)
            return Result(["wcow", *arguments], done.returncode & 0xFFFFFFFF, out.read_bytes(), err.read_bytes())

    def tasks(self):
        listed = subprocess.run(["tasklist", "/fo", "csv", "/nh"], capture_output=True, text=True, check=True)
        return {int(row[1]): row[0] for row in csv.reader(listed.stdout.splitlines()) if len(row) > 1}

    def kill(self, pid, code=1):
        subprocess.run(["taskkill", "/f", "/pid", str(pid)], check=True, stdout=subprocess.DEVNULL)

    def calls(self):
        raise AssertionError("a real service keeps no journal")

    def fault(self, **fault):
        assert not fault, "a real service has no faults to order"

    def load(self, *images):
        """Microsoft's images with our programs, under the names that cases use."""
        for image in images or IMAGES:
            name = f"microsoft/{image}"
            if self.wcow("image", "inspect", name).code == 0:
                continue
            self.ok("pull", "-q", os.environ[IMAGES[image]], timeout=3600)
            self.ok("create", "--name", "programs", os.environ[IMAGES[image]], "cmd")
            for program in sorted(pathlib.Path(PROGRAMS).glob("*.exe")):
                if program.name not in NOT_REPLACED:
                    self.ok("cp", program, rf"programs:C:\Windows\System32\{program.name}")
            self.ok("commit", "programs", name)
            self.ok("rm", "programs")

    def leftovers(self):
        lines = self.wcow("doctor", "--format", "json").out.splitlines()
        found = [f"container folder {path.name}" for path in self.folders("containers")]
        return found + [f"{each['ID']}: {each['Found']}" for each in map(json.loads, lines)
                        if each["ID"] in LEFT and each["Verdict"] not in ("fine", "unknown")]
