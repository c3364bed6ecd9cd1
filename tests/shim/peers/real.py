# SPDX-License-Identifier: MIT
"""containerd.exe, ctr.exe and crictl.exe, built by `build`, in a simulated host with our shim."""

import importlib.machinery
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path[:0] = [str(TESTS / "cli"), str(TESTS / "images")]

import imagearchive  # noqa: E402 # pylint: disable=wrong-import-position
from wcowtest.host import BUILD, Host, windows_path  # noqa: E402 # pylint: disable=wrong-import-position

BIN = pathlib.Path(os.environ.get("WCOW_PEERS", BUILD.parent / "peers")) / "bin"
SHIM = pathlib.Path(os.environ.get("WCOW_SHIM_EXE", BUILD / "containerd-shim-wcow-v1.exe"))
CNI = BUILD / "tests" / "shim" / "cni"
IMAGE, PAUSE, WEB = (f"docker.io/peer/{name}:1" for name in ("nano", "pause", "web"))
FOLDER = r"C:\Program Files\containerd"
ENDPOINT = "npipe:////./pipe/containerd-containerd"
CONFIG = r"""
version = 3
root = 'C:\ctd\root'
state = 'C:\ctd\state'
[debug]
  level = 'debug'
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = 'docker.io/peer/pause:1'
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['C:\cni\bin']
  conf_dir = 'C:\cni\conf'
[plugins.'io.containerd.cri.v1.runtime'.containerd]
  default_runtime_name = 'wcow'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.wcow]
  runtime_type = 'io.containerd.runhcs.v1'
  runtime_path = 'C:\Program Files\containerd\SHIM'
  container_annotations = ['io.microsoft.container.*']
"""
NETWORK = '{"cniVersion":"1.0.0","name":"pods","type":"wcow-cni","capabilities":{"portMappings":true,"dns":true}}'


def recipe():
    """tests/images/make, as a module."""
    loader = importlib.machinery.SourceFileLoader("make", str(TESTS / "images" / "make"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("make", loader))
    loader.exec_module(module)
    return module


def write_images(folder):
    """Images with what critest wants of one: to run what one likes, to wait, to serve."""
    make = recipe()
    programs = {f"{name}.exe": (BUILD / "tests" / "images" / f"{name}.exe").read_bytes() for name in make.PROGRAMS}
    programs |= {name: make.wine_program(name) for name in ("cmd.exe", "ipconfig.exe", "hostname.exe")}
    programs["powershell.exe"] = (BIN.parent / "wine" / "powershell.exe").read_bytes()
    layer, written = make.base_layer(programs, "nano"), []
    for name, entry in ((IMAGE, None), (PAUSE, ["ping", "-n", "100000", "localhost"]), (WEB, ["web", "80"])):
        configuration = make.configuration("ContainerAdministrator", ["IMAGE=nano"])
        if entry:
            configuration["config"] |= {"Cmd": None, "Entrypoint": entry}
        image = imagearchive.Image(name.removeprefix("docker.io/"), configuration, [layer])
        written.append(folder / (re.sub(r"\W", "_", name) + ".tar"))
        written[-1].write_bytes(imagearchive.oci_archive(image))
    return written


def put_libraries(host):
    """What Go programs want of Windows, and Wine lacks."""
    for each in (BIN.parent / "wine").glob("*.dll"):
        (host.path(r"C:\windows\system32") / each.name).write_bytes(each.read_bytes())


class Node(Host):
    """A simulated host with containerd."""

    containerd = None

    def __init__(self, *options, shim=SHIM, environment=None):
        super().__init__(*options)
        self.shim, self.more, self.log = shim, environment or {}, None

    def __enter__(self):
        super().__enter__()
        self.log = self.faults.with_name("containerd.log")
        folder = self.path(FOLDER)
        put_libraries(self)
        for place in (folder, self.path(r"C:\cni\bin"), self.path(r"C:\cni\conf"), self.path(r"C:\ctd")):
            place.mkdir(parents=True)
        for each in (*BIN.glob("*.exe"), self.shim):
            (folder / each.name).write_bytes(each.read_bytes())
        for each in CNI.glob("*.exe"):
            self.path(rf"C:\cni\bin\{each.name}").write_bytes(each.read_bytes())
        self.path(r"C:\cni\conf\10-pods.conf").write_text(NETWORK)
        self.path(r"C:\ctd\config.toml").write_text(CONFIG.replace("SHIM", self.shim.name))
        self.path(rf"{FOLDER}\crictl.yaml").write_text(
            f'runtime-endpoint: "{ENDPOINT}"\nimage-endpoint: "{ENDPOINT}"\ntimeout: 60\n')
        self.ok("network", "create", "-d", "nat", "pods")
        self.boot()
        for image in write_images(self.faults.parent):
            self.ctr("images", "import", windows_path(image))
            self.ctr("-n", "k8s.io", "images", "import", windows_path(image))
            image.unlink()
        return self

    def __exit__(self, *_):
        if self.containerd and self.containerd.poll() is None:
            self.power_off()
        kept = os.environ.get("WCOW_PEERS_LOG")
        if kept and self.log.exists():
            with open(kept, "ab") as log:
                log.write(self.log.read_bytes())
        self.log.unlink(missing_ok=True)
        super().__exit__()

    def process_environment(self, extra=None):
        return super().process_environment({"WINEPATH": FOLDER, **self.more, **(extra or {})})

    def program(self, name, *arguments, timeout=120, **options):
        return subprocess.run(["wine", rf"{FOLDER}\{name}.exe", *map(str, arguments)], timeout=timeout, check=False,
                              env=self.process_environment(), stdin=options.pop("stdin", subprocess.DEVNULL),
                              capture_output=True, **options)

    def ctr(self, *arguments, code=0, **options):
        """What it wrote, without the end of line."""
        done = self.program("ctr", *arguments, **options)
        text = (done.stdout + done.stderr).decode("utf-8", "replace").replace("\r\n", "\n").strip()
        assert done.returncode == code, (arguments, done.returncode, text)
        return text

    # ---- containerd's lives ----

    def boot(self):
        with open(self.log, "ab") as log:
            self.containerd = subprocess.Popen(  # pylint: disable=consider-using-with
                ["wine", rf"{FOLDER}\containerd.exe", "--config", r"C:\ctd\config.toml"], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=self.process_environment())
        self.wait_until(lambda: self.program("ctr", "version").returncode == 0, "containerd's start", 60)

    def power_off(self):
        """Killed, as TerminateProcess does it."""
        self.containerd.kill()
        self.containerd.wait(30)

    def shims(self):
        return [pid for pid, name in self.tasks().items() if name == self.shim.name]

    def kill_shims(self):
        for pid in self.shims():
            self.kill(pid)

    def bundles(self):
        folder = self.path(r"C:\ctd\state\io.containerd.runtime.v2.task")
        return sorted(each.name for each in folder.glob("*/*"))

    def await_end(self):
        """Nothing is left: no shim, no bundle, nothing of the service's."""
        clean = {"systems": 0, "processes": 0, "endpoints": 0, "namespaces": 0, "guards": 0, "handles": 0, "mounted": []}
        end = time.monotonic() + 30
        while (found := (self.left(), self.bundles(), self.shims())) != (clean, [], []):
            assert time.monotonic() < end, found
            time.sleep(0.2)

    def warnings(self):
        """What containerd and the shims complain of."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if re.search("level=(warning|error)", line)]
