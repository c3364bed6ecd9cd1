# SPDX-License-Identifier: MIT
"""Images: loaded, listed, named, saved, made of containers and of tars, removed."""

import gzip
import io
import json
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

from wcowtest.case import HostCase
from wcowtest.host import archive, windows_path

NANO, CORE = "microsoft/nanoserver:latest", "microsoft/windowsservercore:latest"


class ImageCase(HostCase):
    """Cases with a folder of their own; the images are as they were after each."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wcow-images-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def tearDown(self):
        super().tearDown()
        for line in self.host.ok("images", "-a", "--no-trunc", "--format",
                                 "{{.ID}} {{.Repository}}:{{.Tag}}").splitlines():
            image, name = line.split(" ")
            if name not in (NANO, CORE):
                self.host.ok("rmi", "-f", image if "<none>" in name else name)

    def file(self, name):
        return windows_path(self.folder / name)

    def image(self, reference):
        return json.loads(self.host.ok("image", "inspect", reference))[0]

    def names(self, *filters):
        return self.host.ok("images", *filters, "--format", "{{.Repository}}:{{.Tag}}").split()


# A process-isolated container of the simulated host has its files at relative paths only.
class Images(ImageCase):
    def test_images_has_dockers_columns_flags_and_filters(self):
        self.host.ok("tag", NANO, "mine:1")
        rows = self.host.ok("images").splitlines()
        self.assertRegex(rows[0], r"^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$")
        self.assertEqual(3, len(rows) - 1)
        nano = self.image("mine:1")["Id"]
        self.assertRegex(nano, r"^sha256:[0-9a-f]{64}$")
        self.assertEqual({nano[7:19], self.image(CORE)["Id"][7:19]},
                         set(self.host.ok("images", "-q").split()))
        self.assertIn(nano, self.host.ok("images", "-a", "-q", "--no-trunc").split())
        self.assertRegex(self.host.ok("images", "--digests", "mine"),
                         r"DIGEST[^\n]*\n[^\n]*sha256:[0-9a-f]{64}")
        self.assertEqual(["mine:1"], self.names("mine"))
        self.assertEqual(["mine:1"], self.names("--filter", "reference=mine:*"))
        self.assertEqual([], self.names("--filter", "dangling=true"))
        row = json.loads(self.host.ok("images", "mine", "--format", "json"))
        self.assertEqual(("mine", "1", nano[7:19]), (row["Repository"], row["Tag"], row["ID"]))
        self.assertEqual(3, len(self.names("-a")))
        self.assert_refused(self.host.wcow("images", "--filter", "nosuch=1"), 1, "nosuch")

    def test_inspect_and_history_tell_what_an_image_is(self):
        core = self.image(CORE)
        self.assertEqual([CORE], core["RepoTags"])
        self.assertEqual(("windows", "amd64", "10.0.20348.2031"),
                         (core["Os"], core["Architecture"], core["OsVersion"]))
        self.assertEqual(2, len(core["RootFS"]["Layers"]))
        self.assertEqual("ContainerAdministrator",
                         self.host.ok("image", "inspect", "-f", "{{.Config.User}}", CORE))
        rows = self.host.ok("history", CORE).splitlines()
        self.assertRegex(rows[0], r"^IMAGE +CREATED +CREATED BY +SIZE +COMMENT$")
        self.assertIn("Apply image", "\n".join(rows))
        self.assertEqual(core["Id"], self.host.ok("history", "-q", "--no-trunc", CORE).split()[0])
        self.assert_refused(self.host.wcow("history", "nosuch"), 1, "No such image: nosuch")
        refused = self.host.wcow("image", "inspect", "nosuch")
        self.assertEqual((1, "[]\n"), (refused.code, refused.out), refused)
        self.assertIn("No such image: nosuch", refused.err)

    def test_what_is_saved_loads_again_from_files_and_pipes(self):
        before = self.image(CORE)
        self.host.ok("tag", NANO, "kept/nano:1")
        self.host.ok("save", "-o", self.file("two.tar"), CORE, "kept/nano:1")
        piped = self.host.wcow("save", CORE)
        self.assertEqual(0, piped.code, piped.err)
        with tarfile.open(self.folder / "two.tar") as tar:
            self.assertLessEqual({"oci-layout", "index.json", "manifest.json"},
                                 set(tar.getnames()))
        self.host.ok("rmi", CORE, "kept/nano:1")
        self.assertEqual([NANO], self.names())
        done = self.host.ok("load", "-i", self.file("two.tar"))
        self.assertEqual({f"Loaded image: {CORE}", "Loaded image: kept/nano:1"},
                         set(done.splitlines()))
        self.assertEqual(before["Id"], self.image(CORE)["Id"])
        self.host.ok("rmi", CORE)
        self.assertIn(f"Loaded image: {CORE}", self.host.ok("load", stdin=gzip.compress(
            piped.raw_out, 1)))
        self.assertEqual(before["Id"], self.image(CORE)["Id"])
        self.assertEqual("1", self.host.ok("run", "--rm", CORE, "cmd", "/c", "echo 1").strip())
        self.assert_refused(self.host.wcow("save", "-o", self.file("x.tar"), "nosuch"), 1,
                            "No such image: nosuch")
        self.assertFalse((self.folder / "x.tar").exists())

    def test_oci_archives_load_as_the_same_image(self):
        done = self.host.ok("load", "-i", windows_path(archive("windowsservercore-oci")))
        self.assertIn("Loaded image", done)
        self.assertEqual(1, len(set(self.host.ok("images", "-q", CORE).split())))

    def test_skopeo_reads_the_store_and_the_store_reads_skopeo(self):
        store = self.host.path(self.host.root).resolve() / "images"  # no ":" in it
        copied = self.folder / "layout"
        for name in (NANO, CORE):
            subprocess.run(["skopeo", "copy", "--quiet", f"oci:{store}:{name}",
                            f"oci:{copied}:{name}"], check=True, stdin=subprocess.DEVNULL)
        subprocess.run(["skopeo", "inspect", "--raw", f"oci:{store}:{NANO}"], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        with tempfile.TemporaryDirectory(prefix="wcow-", dir=self.host.path("C:\\")) as root:
            shutil.copytree(copied, pathlib.Path(root) / "images")
            there = {"WCOW_ROOT": "C:\\" + pathlib.Path(root).name}
            listed = self.host.ok("images", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}",
                                  environment=there)
            self.assertEqual({NANO, CORE}, {line.split()[0] for line in listed.splitlines()})
            self.assertIn(self.image(CORE)["Id"][7:19], listed)
            self.assertEqual("1", self.host.ok("run", "--rm", CORE, "cmd", "/c", "echo 1",
                                               environment=there).strip())
            self.host.ok("rmi", NANO, CORE, environment=there)

    def test_rmi_names_who_uses_an_image(self):
        container = self.host.ok("create", "--name", "user", CORE, "cmd")
        self.assert_refused(self.host.wcow("rmi", CORE), 1, "must force", container[:12])
        self.host.ok("tag", CORE, "other:1")
        self.assertEqual("Untagged: other:1", self.host.ok("rmi", "other:1"))
        done = self.host.ok("rmi", "-f", CORE)
        self.assertIn(f"Untagged: {CORE}", done)
        self.host.ok("start", "user")  # it keeps its layers
        self.host.ok("rm", "-f", "user")
        self.host.ok("load", "-q", "-i", windows_path(archive("windowsservercore")))
        self.assert_refused(self.host.wcow("rmi", "nosuch"), 1, "No such image: nosuch")

    def test_prune_and_df_count_what_nobody_needs(self):
        table = self.host.ok("system", "df").splitlines()
        self.assertRegex(table[0], r"^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE$")
        self.assertRegex(table[1], r"^Images +2 +0 ")
        self.host.ok("create", "--name", "user", NANO, "cmd")
        self.assertRegex(self.host.ok("system", "df").splitlines()[1], r"^Images +2 +1 ")
        self.assertIn(NANO.split(":", maxsplit=1)[0], self.host.ok("system", "df", "-v"))
        self.assertIn("Total reclaimed space: 0B", self.host.ok("image", "prune", "-f"))
        self.assertNotIn("Deleted", self.host.ok("image", "prune", "-a", stdin=b"n\n"))
        done = self.host.ok("image", "prune", "-a", "-f")
        self.assertIn(f"untagged: {CORE}", done)
        self.assertNotIn("Total reclaimed space: 0B", done)
        self.assertEqual([NANO], self.names())
        self.host.ok("load", "-q", "-i", windows_path(archive("windowsservercore")))


class NewImages(ImageCase):
    def test_a_stopped_container_becomes_an_image_that_runs(self):
        self.host.ok("run", "--name", "web", CORE, "cmd", "/c", r"echo made > made.txt")
        made = self.host.ok("commit", "-a", "me", "-m", "why", "-c", "ENV SAID=hello", "-c",
                            r'CMD ["cmd", "/c", "echo %SAID% & type ..\\made.txt"]', "-c",
                            r"WORKDIR C:\Windows", "web", "made:1")
        self.assertRegex(made, r"^sha256:[0-9a-f]{64}$")
        image = self.image("made:1")
        self.assertEqual((made, "me", r"C:\Windows", 3),
                         (image["Id"], image["Author"], image["Config"]["WorkingDir"],
                          len(image["RootFS"]["Layers"])))
        self.assertEqual(["hello", "made"], self.host.ok("run", "--rm", "made:1").split())
        self.assertIn("why", self.host.ok("history", "made:1"))
        again = self.host.ok("commit", "web")
        self.assertEqual("<none>:<none>", self.host.ok(
            "images", "-a", "--filter", "dangling=true", "--format", "{{.Repository}}:{{.Tag}}"))
        self.assertIn(f"deleted: {again}", self.host.ok("image", "prune", "-f"))
        self.assert_refused(self.host.wcow("commit", "-c", "RUN x", "web"), 1,
                            "RUN is not a valid change command")
        self.assert_refused(self.host.wcow("commit", "nosuch"), 1, "nosuch")

    def test_a_running_container_is_not_committed(self):
        self.host.ok("run", "-d", "--name", "busy", NANO, "ping", "-t", "localhost")
        refused = self.host.wcow("commit", "busy", "made:1")
        self.assertEqual(1, refused.code, refused)
        self.assertIn("cannot commit container busy while it is running", refused.err)
        self.assertIn("wcow stop busy", refused.err)

    def test_what_ran_in_either_isolation_is_committed_and_exported_at_rest(self):
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                self.host.ok("run", "-d", "--name", isolation, "--isolation", isolation, CORE,
                             "ping", "-t", "localhost")
                self.host.ok("exec", isolation, "cmd", "/c", r"echo made>Users\Public\made.txt")
                out = self.file(f"{isolation}.tar")
                for verb, command in (("commit", ("commit", isolation, f"{isolation}:1")),
                                      ("export", ("export", "-o", out, isolation))):
                    self.assert_refused(self.host.wcow(*command), 1,
                                        f"cannot {verb} container {isolation} while it is running",
                                        f"wcow stop {isolation}", "wcow cp")
                self.host.ok("stop", "-t", "1", isolation)
                self.host.ok("commit", isolation, f"{isolation}:1")
                self.assertEqual("made", self.host.ok("run", "--rm", "--isolation", isolation,
                                                      f"{isolation}:1", "cmd", "/c",
                                                      r"type Users\Public\made.txt").strip())
                self.host.ok("export", "-o", out, isolation)
                with tarfile.open(self.folder / f"{isolation}.tar") as tar:
                    made = tar.extractfile("Files/Users/Public/made.txt").read()
                self.assertEqual(b"made", made.strip())

    @staticmethod
    def layer():
        """The tar of the nanoserver's only layer."""
        with tarfile.open(archive("nanoserver")) as outer:
            layer = json.load(outer.extractfile("manifest.json"))[0]["Layers"][0]
            return outer.extractfile(layer).read()

    def root(self, leave_out=()):
        """Its files as the root of a volume would be packed, and a file more."""
        made = io.BytesIO()
        with tarfile.open(fileobj=io.BytesIO(self.layer())) as tar, \
                tarfile.open(fileobj=made, mode="w") as out:
            for entry in tar:
                if entry.name.startswith("Files/") and entry.isfile() and \
                        entry.name.rpartition("/")[2] not in leave_out:
                    plain = tarfile.TarInfo("./" + entry.name.removeprefix("Files/"))
                    plain.size, plain.mtime = entry.size, 1700000000
                    out.addfile(plain, tar.extractfile(entry))
            extra = tarfile.TarInfo("./own.txt")
            extra.size = 5
            out.addfile(extra, io.BytesIO(b"mine\n"))
        return made.getvalue()

    def test_a_root_file_system_becomes_an_image(self):
        (self.folder / "root.tar").write_bytes(self.root())
        made = self.host.ok("import", "-c", "CMD type own.txt", "--platform",
                            "windows(10.0.20348)/amd64", self.file("root.tar"), "made:1")
        self.assertEqual(made, self.image("made:1")["Id"])
        self.assertEqual("10.0.20348", self.image("made:1")["OsVersion"])
        self.assertEqual("mine", self.host.ok("run", "--rm", "made:1").strip())
        self.assert_refused(self.host.wcow("run", "--rm", "--isolation=hyperv", "made:1"), 125,
                            "utility VM")

    def test_hives_that_a_root_lacks_are_made(self):
        (self.folder / "root.tar").write_bytes(self.root(leave_out=("SAM", "SOFTWARE")))
        library = self.host.path(r"C:\windows\system32\offreg.dll")
        library.rename(library.with_suffix(".away"))
        self.assert_refused(self.host.wcow("import", self.file("root.tar"), "made:1"), 1,
                            r"it has no Windows\System32\config\SAM, and an empty one cannot be "
                            "made: Windows' offline registry library is missing on this host: put "
                            "the offreg.dll of the Windows Driver Kit into System32")
        library.with_suffix(".away").rename(library)
        self.host.ok("import", "-c", "CMD type own.txt", self.file("root.tar"), "made:1")
        self.assertEqual("mine", self.host.ok("run", "--rm", "made:1").strip())
        self.host.ok("save", "-o", self.file("made.tar"), "made:1")
        with tarfile.open(self.folder / "made.tar") as outer:
            name = json.load(outer.extractfile("manifest.json"))[0]["Layers"][0]
            with tarfile.open(fileobj=outer.extractfile(name)) as tar:
                made = [entry.name for entry in tar][-2:]
                self.assertEqual([f"Files/Windows/System32/config/{hive}"
                                  for hive in ("SAM", "SOFTWARE")], made)
                self.assertEqual(b"regf", tar.extractfile(made[0]).read(4))
        self.assertEqual([], list(self.host.path(r"C:\wcow\layers").glob("*-t")))

    def test_a_base_layer_becomes_an_image_that_shares_it(self):
        before = self.host.ok("layer", "ls", "-q")
        made = self.host.ok("import", "-m", "mine", "-", "made:2",
                            stdin=gzip.compress(self.layer(), 1))
        self.assertIn("mine", self.host.ok("history", made))
        self.assertEqual(self.image(NANO)["RootFS"], self.image("made:2")["RootFS"])
        self.assertEqual(before, self.host.ok("layer", "ls", "-q"))
        self.assertEqual("1", self.host.ok("run", "--rm", "--isolation=hyperv", "made:2", "cmd",
                                           "/c", "echo 1").strip())

    def change_registry(self, name, hive, mark):
        """Puts a delta where the simulated service has a container's changes of the registry."""
        changed = bytearray(self.hive(hive))
        changed[0x1800:0x1800 + len(mark)] = mark  # free space of its bin
        scratch = self.host.ok("inspect", "-f", "{{.Id}}", name)
        folder = self.host.path(rf"C:\wcow\containers\{scratch}\scratch\{scratch}\Hives")
        folder.mkdir(exist_ok=True)
        (folder / hive).write_bytes(changed)

    @staticmethod
    def hive(name):
        """The delta hive of that name of the windowsservercore's upper layer."""
        with tarfile.open(archive("windowsservercore")) as outer:
            layer = json.load(outer.extractfile("manifest.json"))[0]["Layers"][1]
            with tarfile.open(fileobj=outer.extractfile(layer)) as tar:
                return tar.extractfile(f"Hives/{name}").read()

    def test_an_exported_container_becomes_an_image(self):
        self.host.ok("run", "--name", "web", CORE, "cmd", "/c", "echo made > made.txt")
        self.change_registry("web", "Software_Delta", b"changed by the container")
        before = len(self.host.calls())
        self.host.ok("export", "-o", self.file("web.tar"), "web")
        calls = [call["call"] for call in self.host.calls()[before:]]
        self.assertEqual(["ActivateLayer", "PrepareLayer", "UnprepareLayer", "ExportLayer",
                          "DeactivateLayer",  # for its registry; then its files
                          "ActivateLayer", "PrepareLayer", "UnprepareLayer", "DeactivateLayer"],
                         [call for call in calls if call.endswith("Layer")])
        with tarfile.open(self.folder / "web.tar") as tar:
            names = tar.getnames()
            config = "Files/Windows/System32/config/"
            software, sam = (tar.extractfile(config + hive).read() for hive in ("SOFTWARE", "SAM"))
        self.assertEqual("Files", names[0])
        self.assertIn("Files/Windows/System32/ping.exe", names)  # of the upper layer
        self.assertIn("Files/made.txt", names)
        self.assertNotIn("Files/Windows/obsolete.txt", names)  # which the upper layer removes
        self.assertIn("UtilityVM/Files/EFI/Microsoft/Boot/BCD", names)
        # Hives of the base layer, the upper layer and the container.
        self.assertEqual([3, 3], [hive.count(b"hbin") for hive in (software, sam)])
        self.assertIn(b"changed by the container", software)
        self.host.ok("import", "-c", "CMD type made.txt", self.file("web.tar"), "made:1")
        for isolation in ("process", "hyperv"):
            self.assertEqual("made", self.host.ok("run", "--rm", f"--isolation={isolation}",
                                                  "made:1").strip())
        self.host.ok("save", "-o", self.file("made.tar"), "made:1")
        with tarfile.open(self.folder / "made.tar") as outer:
            layer = json.load(outer.extractfile("manifest.json"))[0]["Layers"][0]
            with tarfile.open(fileobj=outer.extractfile(layer)) as tar:
                self.assertEqual(software, tar.extractfile(config + "SOFTWARE").read())
        piped = self.host.wcow("export", "web")
        self.assertEqual(0, piped.code, piped.err)
        with tarfile.open(fileobj=io.BytesIO(piped.raw_out)) as tar:
            self.assertEqual(names, tar.getnames())
        self.assertEqual([], list(self.host.path(r"C:\wcow\layers").glob("*-t")))
        self.host.ok("start", "web")  # it is as it was
        self.assert_refused(self.host.wcow("export", "-o", self.file("x.tar"), "nosuch"), 1,
                            "nosuch")
        self.host.ok("run", "-d", "--name", "busy", NANO, "ping", "-t", "localhost")
        refused = self.host.wcow("export", "-o", self.file("x.tar"), "busy")
        self.assertEqual(1, refused.code, refused)
        self.assertIn("cannot export container busy while it is running", refused.err)
        self.assertFalse((self.folder / "x.tar").exists())

    def test_without_a_library_for_hives_an_export_warns(self):
        self.host.ok("run", "--name", "web", NANO, "cmd", "/c", "echo made > made.txt")
        library = self.host.path(r"C:\windows\system32\offreg.dll")
        library.rename(library.with_suffix(".away"))
        done = self.host.wcow("export", "-o", self.file("web.tar"), "web")
        library.with_suffix(".away").rename(library)
        self.assertEqual(0, done.code, done)
        self.assertEqual("WARNING: what container web changed in the registry is not exported: "
                         "Windows' offline registry library is missing on this host: put the "
                         "offreg.dll of the Windows Driver Kit into System32\n", done.err)
        self.host.ok("import", "-c", "CMD type made.txt", self.file("web.tar"), "made:1")
        self.assertEqual("made", self.host.ok("run", "--rm", "made:1").strip())

    def test_what_cannot_be_an_image_is_refused_in_a_line(self):
        bad = self.folder / "bad.tar"
        with tarfile.open(bad, "w") as tar:
            tar.addfile(tarfile.TarInfo("usr/bin/true"))
        before = self.host.ok("layer", "ls", "-q")
        self.assert_refused(self.host.wcow("import", windows_path(bad), "made:1"), 1, "bad.tar",
                            "no folder Windows")
        bad.write_bytes(b"no archive" * 1000)
        self.assert_refused(self.host.wcow("import", windows_path(bad), "made:1"), 1, "bad.tar")
        self.assert_refused(self.host.wcow("import", self.file("nosuch.tar")), 1, "nosuch.tar")
        self.assert_refused(self.host.wcow("import", "http://127.0.0.1:1/x.tar"), 1,
                            "127.0.0.1:1")
        self.assertEqual(before, self.host.ok("layer", "ls", "-q"))
        self.assertEqual([], self.names("made"))
