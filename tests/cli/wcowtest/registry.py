# SPDX-License-Identifier: MIT
"""A registry on loopback (Debian's docker-registry), filled from archives with skopeo."""

import ctypes
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time


def end_with_parent():
    """In a child before it begins: whatever ends this program ends it, too (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Registry:
    """Runs until its `with` block ends, or this process does, however that comes.

    With a password only the user `user` may do anything.
    """

    def __init__(self, password=None):
        self.password = password

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wcow-registry-"))
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.host = f"127.0.0.1:{s.getsockname()[1]}"
        config = {"version": 0.1, "http": {"addr": self.host}, "log": {"level": "error"},
                  "storage": {"filesystem": {"rootdirectory": str(self.folder / "data")}}}
        if self.password:
            users = self.folder / "htpasswd"
            users.write_text(subprocess.run(["htpasswd", "-Bbn", "user", self.password], check=True,
                                            stdout=subprocess.PIPE, text=True).stdout.strip() + "\n")
            config["auth"] = {"htpasswd": {"realm": "test", "path": str(users)}}
        (self.folder / "config.yml").write_text(json.dumps(config))  # JSON is YAML, too
        self.process = subprocess.Popen(["docker-registry", "serve", self.folder / "config.yml"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, preexec_fn=end_with_parent)
        try:
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait(self):
        address, port = self.host.split(":")
        for _ in range(200):
            with socket.socket() as s:
                if s.connect_ex((address, int(port))) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"docker-registry does not listen at {self.host}")

    def put(self, archive, name):
        """Puts the image of a docker-archive into it."""
        subprocess.run(["skopeo", "copy", "--quiet", "--dest-tls-verify=false",
                        f"docker-archive:{archive}", f"docker://{self.host}/{name}"],
                       check=True, stdin=subprocess.DEVNULL)
