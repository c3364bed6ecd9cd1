# SPDX-License-Identifier: MIT
"""containerd as a shim meets it: the program fake_containerd.exe in a simulated host, told what to do by lines."""

import json
import os
import pathlib
import queue
import subprocess
import threading
import time

from .host import BUILD, windows_path

FAKE = BUILD / "tests" / "shim" / "fake_containerd.exe"
SHIM = pathlib.Path(os.environ.get("WCOW_SHIM_EXE", BUILD / "containerd-shim-wcow-v1.exe"))  # as WCOW_EXE
ANSWERS = ("ok", "failed", "ran", "closed", "open", "ready")
STATE = r"C:\ctd\state"


class Containerd:
    """One life of containerd; kill() ends it, another one of the same host comes back."""

    def __init__(self, host, space="default"):
        self.host, self.space = host, space
        self.events_address = rf"\\.\pipe\ctd-{space}.ttrpc"
        self.answers, self.news, self.seen = queue.Queue(), queue.Queue(), []
        environment = host.process_environment({
            "TTRPC_ADDRESS": self.events_address, "WINEPATH": windows_path(SHIM.parent)})
        self.process = subprocess.Popen(["wine", FAKE], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, env=environment)
        threading.Thread(target=self.read, daemon=True).start()
        assert self.answers.get(timeout=60) == "ready"
        assert self.say("events", self.events_address) == "ok"

    def read(self):
        for line in self.process.stdout:
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            (self.answers if text.split(" ", 1)[0] in ANSWERS else self.news).put(text)

    def send(self, *words):
        self.process.stdin.write((" ".join(map(str, words)) + "\n").encode())
        self.process.stdin.flush()

    def say(self, *words):
        """Sends one line, and returns the answer."""
        self.send(*words)
        return self.answers.get(timeout=90).rstrip()

    def ok(self, *words):
        answer = self.say(*words)
        assert answer.startswith("ok"), (words, answer)
        return answer[2:].strip()

    def await_news(self, *expected, seconds=60):
        """Waits for lines that begin so, in whatever order, now or earlier."""
        end = time.monotonic() + seconds
        missing = [each for each in expected if not any(line.startswith(each) for line in self.seen)]
        while missing:
            left = end - time.monotonic()
            assert left > 0, f"not within {seconds} s: {missing}; there was {self.seen}"
            try:
                self.seen.append(self.news.get(timeout=left))
            except queue.Empty:
                continue
            missing = [each for each in missing if not self.seen[-1].startswith(each)]

    def heard(self, name):
        """What came through a stream so far."""
        while not self.news.empty():
            self.seen.append(self.news.get())
        mark = f"out {name} "
        return "".join(line.removeprefix(mark) for line in self.seen if line.startswith(mark))

    def events(self):
        """Events so far, in their order."""
        while not self.news.empty():
            self.seen.append(self.news.get())
        return [line.removeprefix("event ") for line in self.seen if line.startswith("event ")]

    def end(self):
        self.process.stdin.close()
        self.process.wait(30)

    def kill(self):
        pids = [pid for pid, name in self.host.tasks().items() if name == "fake_containerd.exe"]
        assert len(pids) == 1, pids
        self.host.kill(pids[0])
        self.process.wait(30)

    # ---- the shim's program ----

    def start(self, name, kind="options"):
        """`start` for a bundle; (exit code, milliseconds, what it said)."""
        answer = self.say("start", SHIM.name, self.space, name, bundle(name), kind).split(" ", 3)
        assert answer[0] == "ran", answer
        return int(answer[1]), int(answer[2]), answer[3] if len(answer) > 3 else ""

    def delete(self, name):
        answer = self.say("delete", SHIM.name, self.space, name, bundle(name)).split(" ", 3)
        assert answer[0] == "ran", answer
        return int(answer[1]), int(answer[2])


def bundle(name):
    return rf"{STATE}\{name}"


def write_bundle(host, name, specification):
    folder = host.path(bundle(name))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(specification))
    return folder


def process(*arguments, terminal=False):
    return {"args": list(arguments), "cwd": "C:\\", "terminal": terminal,
            "env": ["PATH=C:\\Windows\\system32;C:\\Windows"], "user": {"username": "ContainerAdministrator"}}


def specification(*arguments, sandbox=None, grouping=None, annotations=None, hyperv=False):
    """What containerd writes: no root, no layers, which come with the mount."""
    spec = {"ociVersion": "1.1.0", "process": process(*arguments), "hostname": "",
            "windows": {"layerFolders": None}}
    if hyperv:  # ctr run --isolated
        spec["windows"]["hyperv"] = {}
    if annotations:
        spec["annotations"] = annotations
    if sandbox:
        spec["annotations"] = {"io.kubernetes.cri.container-type": grouping,
                               "io.kubernetes.cri.sandbox-id": sandbox}
    return spec


def layers_of(host):
    """Layer folders of an image that was loaded, topmost first, as a mount names them."""
    found = {}
    for folder in host.folders("layers"):
        note = folder / "layer.json"
        if note.exists():
            found[folder.name] = json.loads(note.read_text())
    top = max(found, key=lambda each: len(found[each].get("parents", [])))
    names = [top, *found[top].get("parents", [])]
    return [rf"{host.root}\layers\{name}" for name in names]


__all__ = ["Containerd", "SHIM", "bundle", "layers_of", "pathlib", "process", "specification", "write_bundle"]
