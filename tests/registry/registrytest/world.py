# SPDX-License-Identifier: MIT
"""Real registries (Debian's docker-registry), images for them, and wcow and skopeo to use them."""

import base64
import fcntl
import hashlib
import json
import os
import pathlib
import pty
import re
import select
import shutil
import socket
import struct
import subprocess
import termios
import time
import urllib.request

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
# What nobody resolves, and a proxy leads to the registry with TLS: only this machine's own addresses
# may be used without a certificate.
SECURE_NAME = "registry.test"
FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port):
    for _ in range(200):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens at port {port}")


class Registry:
    """A docker-registry of its own, on loopback."""

    def __init__(self, folder, secure=False):
        self.folder, self.port = pathlib.Path(folder), free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.folder.mkdir(parents=True)
        http = {"addr": self.host}
        config = {"version": 0.1, "http": http, "log": {"level": "error"},
                  "storage": {"filesystem": {"rootdirectory": str(self.folder / "data")}},
                  "validation": {"manifests": {"urls": {"allow": [".*"]}}}}
        if secure:
            self.make_certificate()
            http["tls"] = {"certificate": str(self.folder / "own.crt"),
                           "key": str(self.folder / "own.key")}
            line = subprocess.run(["htpasswd", "-Bbn", "user", "secret"], check=True,
                                  capture_output=True, text=True).stdout
            (self.folder / "htpasswd").write_text(line.strip() + "\n")
            config["auth"] = {"htpasswd": {"realm": "test",
                                           "path": str(self.folder / "htpasswd")}}
        (self.folder / "config.yml").write_text(json.dumps(config))  # JSON is YAML, too
        self.process = subprocess.Popen(["docker-registry", "serve", self.folder / "config.yml"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)

    def wait(self):
        wait_for_port(self.port)

    def make_certificate(self):
        def openssl(*words):
            subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=self.folder)
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out",
                "ca.crt", "-subj", "/CN=Test CA", "-days", "2",
                "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "own.key", "-out", "own.csr",
                "-subj", "/CN=127.0.0.1")
        (self.folder / "extensions").write_text(
            f"subjectAltName=IP:127.0.0.1,DNS:{SECURE_NAME}\n")
        openssl("x509", "-req", "-in", "own.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                "-CAcreateserial", "-out", "own.crt", "-days", "2", "-extfile", "extensions")

    def close(self):
        self.process.terminate()
        self.process.wait(10)

    # ---- putting things in, without any client of the tests' subject ----

    def request(self, method, path, data=None, media_type=None):
        url = path if path.startswith("http") else f"http://{self.host}/v2/{path}"
        request = urllib.request.Request(url, data, method=method)
        request.add_header("Content-Type", media_type or "application/octet-stream")
        with urllib.request.urlopen(request) as response:
            return dict(response.headers), response.read()

    def put_blob(self, repository, data):
        headers, _ = self.request("POST", f"{repository}/blobs/uploads/", b"")
        location = headers["Location"]
        mark = "&" if "?" in location else "?"
        self.request("PUT", f"{location}{mark}digest={digest(data)}", data)
        return digest(data)

    def put_manifest(self, repository, name, manifest):
        data = json.dumps(manifest).encode()
        self.request("PUT", f"{repository}/manifests/{name}", data, manifest["mediaType"])
        return data

    def put_image(self, repository, tag, layers, os_version="10.0.17763.5329", **changes):
        """An image of layers (bytes, or a dictionary for a foreign one); its manifest's bytes.

        Its build is one that Wine, as Windows 10, takes for runnable.
        """
        diffs = [digest(b"diff" + str(n).encode()) for n in range(len(layers))]
        config = json.dumps({"architecture": "amd64", "os": "windows", "os.version": os_version,
                             "config": {}, "rootfs": {"type": "layers", "diff_ids": diffs},
                             **changes}).encode()
        self.put_blob(repository, config)
        items = []
        for layer in layers:
            if isinstance(layer, dict):
                items.append(layer)
            else:
                self.put_blob(repository, layer)
                items.append({"mediaType": LAYER, "size": len(layer), "digest": digest(layer)})
        return self.put_manifest(repository, tag, {
            "schemaVersion": 2, "mediaType": MANIFEST, "layers": items,
            "config": {"mediaType": CONFIG, "size": len(config), "digest": digest(config)}})


class Terminal:
    """wcow on a terminal of its own."""

    SEQUENCES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[=>]")

    def __init__(self, words, environment, columns=80):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))
        self.process = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave,
                                        env=environment, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.seen = b""

    def text(self):
        return self.SEQUENCES.sub(b"", self.seen).decode(errors="replace")

    def read(self, timeout):
        if not select.select([self.master], [], [], timeout)[0]:
            return False
        try:
            data = os.read(self.master, 4096)
        except OSError:  # nobody has the other end any more
            return False
        self.seen += data
        return bool(data)

    def answer(self, question, line):
        end = time.monotonic() + 60
        while not self.text().rstrip().endswith(question):
            if time.monotonic() > end or self.process.poll() is not None:
                raise AssertionError(f"{question!r} did not come, but {self.text()!r}")
            self.read(0.1)
        time.sleep(0.5)  # Wine's console takes the terminal over when it is first read from
        os.write(self.master, line.encode() + b"\r")

    def end(self):
        end = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.05)
        while self.read(0.05):
            pass
        return self.process.wait(1)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)


class Wcow:
    """wcow with a store and a Docker configuration of its own."""

    def __init__(self, command, folder):
        self.command, self.folder = command, pathlib.Path(folder)
        self.root = self.folder / "root"
        self.docker = self.folder / "docker"
        self.root.mkdir(parents=True)
        self.docker.mkdir()
        self.environment = {**os.environ, "DOCKER_CONFIG": self.path(self.docker)}
        for name in list(self.environment):
            if name.lower().endswith("_proxy"):
                del self.environment[name]

    def path(self, path):
        """A path as this wcow has it: Wine's Z: is the root of the file system."""
        if len(self.command) == 1:
            return str(path)
        return "Z:" + str(path).replace("/", "\\")

    def words(self, *words):
        return [*self.command, "--root", self.path(self.root), *words]

    def start(self, *words):
        return subprocess.Popen(self.words(*words), env=self.environment, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, start_new_session=True)

    def run(self, *words, input=None, timeout=120):
        """Exit code and all that it printed."""
        done = subprocess.run(self.words(*words), env=self.environment, text=True, input=input or "",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout)
        return done.returncode, done.stdout.replace("\r\n", "\n")

    def blobs(self):
        """What the store shows; each is checked against its name."""
        folder = self.root / "images" / "blobs" / "sha256"
        found = {}
        for path in folder.iterdir() if folder.exists() else ():
            data = path.read_bytes()
            if digest(data) != "sha256:" + path.name:
                raise AssertionError(f"the store holds a damaged blob {path.name}")
            found["sha256:" + path.name] = data
        return found

    def settings(self, **members):
        names = {name.replace("_", "-"): value for name, value in members.items()}
        (self.root / "daemon.json").write_text(json.dumps(names))

    def trust(self, registry, name=None):
        folder = self.root / "certs.d" / (name or registry.host).replace(":", "")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(registry.folder / "ca.crt", folder / "ca.crt")

    def use_proxy(self, proxy, **others):
        # On Windows these names have no case; the library reads the small one of http alone.
        for name in ("https_proxy", "http_proxy"):
            self.environment[name] = f"http://{proxy.host}"
        self.environment.update(others)

    def use_helper(self, **environment):
        """The credential helper of the tests is found, and knows nobody yet."""
        paths = {"HELPER_STORE": self.folder / "helper-store", "HELPER_LOG": self.helper_log}
        self.environment.update({name: self.path(path) for name, path in paths.items()})
        self.environment.update(environment)
        if len(self.command) == 1:
            self.environment["PATH"] = f"{self.helper.parent}:{os.environ['PATH']}"
        else:
            self.environment["WINEPATH"] = self.path(self.helper.parent)
        (self.docker / "config.json").write_text('{"credsStore":"test"}')

    @property
    def helper(self):
        return pathlib.Path(self.command[-1]).parent / "tests" / "registry" / "docker-credential-test"

    @property
    def helper_log(self):
        return self.folder / "helper-log"

    def on_terminal(self, *words, **options):
        return Terminal(self.words(*words), self.environment, **options)


def skopeo(*words):
    done = subprocess.run(["skopeo", *words], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise AssertionError(f"skopeo {' '.join(words)}: {done.stderr}")
    return done.stdout


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
