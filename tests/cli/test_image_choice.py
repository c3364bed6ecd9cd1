# SPDX-License-Identifier: MIT
"""Which image a name stands for: the one that was chosen when it came, until a load succeeds."""

import copy
import hashlib
import io
import json
import tarfile

from test_images import NANO, ImageCase
from wcowtest.host import archive

OCI = "application/vnd.oci.image."
NOWHERE = "Files/gcc-10-base:amd64.list"  # names a stream, as containerd's issue 9071 tells of


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as written:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            written.addfile(entry, io.BytesIO(data))
    return out.getvalue()


class ImageChoice(ImageCase):
    @staticmethod
    def nano():
        """The config and layers of the archive that the host has loaded."""
        with tarfile.open(archive("nanoserver")) as outer:
            listed = json.load(outer.extractfile("manifest.json"))[0]
            config = json.load(outer.extractfile(listed["Config"]))
            return config, [outer.extractfile(name).read() for name in listed["Layers"]]

    def docker_archive(self, name, tags, config, layers):
        config = copy.deepcopy(config)
        config["rootfs"]["diff_ids"] = [digest(layer) for layer in layers]
        files = {f"{n}/layer.tar": layer for n, layer in enumerate(layers)}
        listed = [{"Config": "config.json", "RepoTags": tags, "Layers": list(files)}]
        files.update({"config.json": json.dumps(config).encode(),
                      "manifest.json": json.dumps(listed).encode()})
        (self.folder / name).write_bytes(tar(files))
        return self.file(name)

    def archive_of_builds(self, name, tag, versions):
        """An OCI archive whose index.json leads to an index, as buildx writes it."""
        files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}

        def put(data, kind, **more):
            files["blobs/sha256/" + digest(data).removeprefix("sha256:")] = data
            return {"mediaType": OCI + kind, "digest": digest(data), "size": len(data), **more}

        config, layers = self.nano()
        items = []
        for version in versions:
            manifest = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
                        "config": put(json.dumps({**config, "os.version": version}).encode(),
                                      "config.v1+json"),
                        "layers": [put(layer, "layer.v1.tar") for layer in layers]}
            items.append(put(json.dumps(manifest).encode(), "manifest.v1+json", platform={
                "os": "windows", "architecture": "amd64", "os.version": version}))
        index = {"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": items}
        files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [
            put(json.dumps(index).encode(), "index.v1+json",
                annotations={"org.opencontainers.image.ref.name": tag})]}).encode()
        (self.folder / name).write_bytes(tar(files))
        return self.file(name)

    def test_a_load_that_fails_leaves_every_name_where_it_was(self):
        config, layers = self.nano()
        bad = self.docker_archive("bad.tar", ["app:1", "fresh:1"], config,
                                  [*layers, tar({NOWHERE: b"x"})])
        self.host.ok("tag", NANO, "app:1")
        before = self.image("app:1")["Id"]
        done = self.host.wcow("load", "-i", bad)
        self.assertNotEqual(0, done.code, done)
        self.assertIn("cannot import the layers of 'app:1'", done.err)
        self.assertEqual(before, self.image("app:1")["Id"])
        self.assertNotIn("fresh:1", self.names())
        self.assertEqual([], self.names("--filter", "dangling=true"))
        self.assertEqual("fine", self.host.ok("run", "--rm", "app:1", "cmd", "/c", "echo fine"))

    def test_of_an_archive_with_several_builds_the_one_that_fits_is_loaded(self):
        several = self.archive_of_builds("several.tar", "arc/multi:1", [
            "10.0.17763.5", "10.0.20348.5", "10.0.26100.5"])
        self.host.ok("load", "-q", "-i", several)
        self.assertEqual("10.0.20348.5", self.image("arc/multi:1")["OsVersion"])
        self.host.ok("tag", "arc/multi:1", "kept:1")
        self.host.ok("load", "-q", "--platform", "windows(10.0.17763)", "-i", several)
        self.assertEqual("10.0.17763.5", self.image("arc/multi:1")["OsVersion"])
        self.assertEqual("10.0.20348.5", self.image("kept:1")["OsVersion"])
        done = self.host.wcow("load", "--platform", "windows(10.0.14393)", "-i", several)
        self.assertNotEqual(0, done.code, done)
        self.assertIn("the platform that was asked for", done.err)

    def test_a_platform_must_fit(self):
        for words in (["history"], ["save", "-o", self.file("x.tar")], ["image", "inspect"],
                      ["rmi"], ["push"]):
            with self.subTest(words):
                done = self.host.wcow(*words, "--platform", "windows(10.0.17763)/amd64", NANO)
                self.assertNotEqual(0, done.code, done)
                self.assertIn("does not match the specified platform (windows(10.0.17763)/amd64)",
                              done.err)
        self.host.ok("history", "--platform", "windows(10.0.20348)", NANO)
        self.host.ok("save", "--platform", "windows/amd64", "-o", self.file("x.tar"), NANO)

    def test_an_entrypoint_of_nothing_is_none(self):
        config, layers = self.nano()
        config["config"].update(Entrypoint=[""], Cmd=["cmd", "/c", "echo fine"])
        self.host.ok("load", "-q", "-i",
                     self.docker_archive("empty.tar", ["cfg/empty:1"], config, layers))
        self.assertEqual("fine", self.host.ok("run", "--rm", "cfg/empty:1"))

    def test_an_image_tells_when_it_was_tagged(self):
        self.assertEqual("0001-01-01T00:00:00Z", self.image(NANO)["Metadata"]["LastTagTime"])
        self.host.ok("tag", NANO, "mine:1")
        self.assertRegex(self.image(NANO)["Metadata"]["LastTagTime"], r"^20\d\d-\d\d-\d\dT.*Z$")

    def test_a_folder_where_a_file_was_meant_is_called_so(self):
        folder = self.file(".")
        for words in (["load", "-i", folder], ["import", folder], ["save", "-o", folder, NANO],
                      ["run", "--env-file", folder, NANO, "cmd"]):
            with self.subTest(words):
                done = self.host.wcow(*words)
                self.assertNotEqual(0, done.code, done)
                self.assertIn("it is a folder, not a file", done.err)
