# SPDX-License-Identifier: MIT
"""Real registries (Debian's docker-registry), images for them, and wcow and skopeo to use them."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time
import urllib.request

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
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
        (self.folder / "extensions").write_text("subjectAltName=IP:127.0.0.1\n")
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

    def trust(self, registry):
        folder = self.root / "certs.d" / registry.host.replace(":", "")
        folder.mkdir(parents=True)
        shutil.copy(registry.folder / "ca.crt", folder / "ca.crt")


def skopeo(*words):
    done = subprocess.run(["skopeo", *words], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise AssertionError(f"skopeo {' '.join(words)}: {done.stderr}")
    return done.stdout


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
