#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
What ci/package makes of a release build.

    tests/package/test_package.py BUILD [CASE…]
"""

import fnmatch
import hashlib
import json
import os
import pathlib
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile
from xml.etree import ElementTree

TOP = pathlib.Path(__file__).resolve().parents[2]
HOME = "https://example.org/wcow"
EPOCH = "1790000000"
MOMENT = (2026, 9, 21, 14, 13, 20)
# What a build needs of the tree, and what its documents lead to.
SOURCES = (".github", "CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "ci",
           "examples", "include", "src", "tests", "toolchain-mingw.cmake", "win32")
BUILD = TOP / "build" / "mingw-release"


def package(top, build, out):
    """Runs the ci/package of a tree."""
    subprocess.run([top / "ci" / "package", "--build", build, "--out", out, "--home", HOME], check=True,
                   stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH})
    return out


def links_of(page):
    """Of Markdown; what is indented is code."""
    return re.findall(r"\[[^]]*\]\(([^)\s]+)\)", re.sub(r"^    .*$", "", page, flags=re.M))


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}


class Package(unittest.TestCase):
    """The packages of this build, made once."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="wcow-test-package-")
        cls.out = package(TOP, BUILD, pathlib.Path(cls.folder.name) / "package")
        cls.version = re.search(r"^CMAKE_PROJECT_VERSION:STATIC=(.*)$", (BUILD / "CMakeCache.txt").read_text(),
                                re.M)[1]
        cls.zip = cls.out / f"wcow-{cls.version}-windows-amd64.zip"
        cls.developers = cls.out / f"wcow-{cls.version}-dev-windows-amd64.zip"
        cls.sbom = cls.out / f"wcow-{cls.version}.spdx.json"

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()


class Contents(Package):
    def test_the_zip_has_all_that_a_user_needs(self):
        with zipfile.ZipFile(self.zip) as archive:
            names = set(archive.namelist())
            self.assertLessEqual({"wcow.exe", "containerd-shim-wcow-v1.exe", "install.ps1", "uninstall.ps1", "README.md", "CHANGELOG.md",
                                  "LICENSE.txt", "THIRD-PARTY.txt", "wcow.spdx.json", "completion/wcow.ps1",
                                  "completion/wcow.bash", "guide/self-test.md"}, names)
            self.assertEqual((BUILD / "wcow.exe").read_bytes(), archive.read("wcow.exe"))
            self.assertIn(b"Register-ArgumentCompleter", archive.read("completion/wcow.ps1"))
            self.assertRegex(archive.read("completion/wcow.bash"), rb"(?m)^complete .*-F _wcow wcow")

    def test_the_module_is_in_the_zip_and_beside_wcow_exe_in_the_gallery(self):
        module = set(files(BUILD / "powershell" / "Wcow"))
        self.assertIn("Wcow.psd1", module)
        with zipfile.ZipFile(self.zip) as archive:
            self.assertEqual(module, {name[5:] for name in archive.namelist() if name.startswith("Wcow/")})
            self.assertIn(f"ProjectUri = '{HOME}'".encode(), archive.read("Wcow/Wcow.psd1"))
        gallery = files(self.out / "gallery" / "Wcow")
        self.assertLessEqual(module, set(gallery))
        self.assertEqual((BUILD / "wcow.exe").read_bytes(), gallery["wcow.exe"])

    def test_scripts_are_what_windows_powershell_reads_without_a_mark(self):
        with zipfile.ZipFile(self.zip) as archive:
            for name in archive.namelist():
                if re.search(r"\.ps[md]?1(xml)?$", name):
                    self.assertTrue(archive.read(name).isascii(), name)

    def test_every_link_of_the_documents_leads_on(self):
        for path in (self.zip, self.developers):
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
                pages = [name for name in names if name.endswith(".md")]
                links = [(page, link) for page in pages for link in links_of(archive.read(page).decode())]
            for page, link in links:
                self.assert_leads_on(page, link, names)
            self.assertLess(5, len(links), path.name)
            self.assertTrue(any(link.startswith(HOME) for _, link in links), path.name)

    def assert_leads_on(self, page, link, names):
        """In the zip, on the project's page, or at somebody else's."""
        path = link.partition("#")[0]
        ours = re.fullmatch(rf"{re.escape(HOME)}/(?:blob|tree)/v{re.escape(self.version)}/(.*)", path)
        if ours:
            self.assertTrue((TOP / ours[1]).exists(), f"{page}: {link}")
        elif path and "://" not in path:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
            self.assertTrue(target in names or any(name.startswith(f"{target}/") for name in names), f"{page}: {link}")

    def test_the_guide_is_found_from_the_readme_and_leads_back_to_sources(self):
        with zipfile.ZipFile(self.zip) as archive:
            self.assertIn("guide/README.md", links_of(archive.read("README.md").decode()))
            guide = links_of(archive.read("guide/README.md").decode())
        self.assertIn(f"{HOME}/blob/v{self.version}/examples/run.c", guide)
        self.assertIn(f"{HOME}/tree/v{self.version}/examples", guide)

    def test_everything_is_from_the_moment_that_was_asked_for_and_in_order(self):
        for path in (self.zip, self.developers):
            with zipfile.ZipFile(path) as archive:
                self.assertEqual({MOMENT}, {entry.date_time for entry in archive.infolist()})
                self.assertEqual(sorted(archive.namelist()), archive.namelist())

    def test_every_library_is_named_with_its_version_and_licence(self):
        document = json.loads(self.sbom.read_bytes())
        listed = {each["name"]: each for each in document["packages"]}
        with zipfile.ZipFile(self.zip) as archive:
            words = archive.read("THIRD-PARTY.txt").decode()
            self.assertEqual(self.sbom.read_bytes(), archive.read("wcow.spdx.json"))
        deps = re.search(r"^WCOW_DEPS:PATH=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M)[1]
        expected = [line.split() for line in (pathlib.Path(deps) / "versions").read_text().splitlines()]
        for name, version, source in expected:
            if name == "cmocka":
                self.assertNotIn(name, listed)
                continue
            self.assertEqual(version, listed[name]["versionInfo"])
            self.assertIn(source.replace("=", " ", 1), listed[name]["sourceInfo"])
            self.assertRegex(words, rf"(?m)^    {re.escape(name)} +{re.escape(version)} ")
        self.assertEqual({"wcow", "mingw-w64", "libgcc", *(name for name, *_ in expected)} - {"cmocka"}, set(listed))
        for said in ("GCC RUNTIME LIBRARY EXCEPTION", "Daniel Stenberg", "Tim Kientzle", "Jean-loup Gailly",
                     "Intel Corporation", "Dave Gamble", "mingw-w64 project"):
            self.assertIn(said.lower(), words.lower())

    def test_the_sbom_is_spdx_and_says_which_file_it_is_about(self):
        document = json.loads(self.sbom.read_bytes())
        self.assertEqual(("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT"),
                         tuple(document[key] for key in ("spdxVersion", "dataLicense", "SPDXID")))
        self.assertEqual("2026-09-21T14:13:20Z", document["creationInfo"]["created"])
        known = {each["SPDXID"] for kind in ("packages", "files") for each in document[kind]} | {"SPDXRef-DOCUMENT"}
        for each in document["relationships"]:
            self.assertLessEqual({each["spdxElementId"], each["relatedSpdxElement"]}, known)
        digests = {each["algorithm"]: each["checksumValue"] for each in document["files"][0]["checksums"]}
        self.assertEqual(hashlib.sha256((BUILD / "wcow.exe").read_bytes()).hexdigest(), digests["SHA256"])
        for each in known:
            self.assertRegex(each, r"^SPDXRef-[A-Za-z0-9.-]+$")

    def test_the_sbom_tells_of_each_program_what_is_in_it(self):
        document = json.loads(self.sbom.read_bytes())
        with zipfile.ZipFile(self.zip) as archive:
            programs = {name: archive.read(name) for name in archive.namelist() if name.endswith(".exe")}
        digests = {name: {"SHA1": hashlib.sha1(content).hexdigest(), "SHA256": hashlib.sha256(content).hexdigest()}
                   for name, content in programs.items()}
        self.assertEqual({f"./{name}": digest for name, digest in digests.items()},
                         {each["fileName"]: {one["algorithm"]: one["checksumValue"] for one in each["checksums"]}
                          for each in document["files"]})
        wcow = next(each for each in document["packages"] if each["name"] == "wcow")
        code = hashlib.sha1("".join(sorted(digest["SHA1"] for digest in digests.values())).encode()).hexdigest()
        self.assertEqual(code, wcow["packageVerificationCode"]["packageVerificationCodeValue"])
        linked = {(each["spdxElementId"], each["relatedSpdxElement"]) for each in document["relationships"]
                  if each["relationshipType"] == "STATIC_LINK"}
        for library, name, wanted in (("nanopb", "wcow.exe", False), ("nanopb", "containerd-shim-wcow-v1.exe", True),
                                      ("libcurl", "wcow.exe", True), ("libcurl", "containerd-shim-wcow-v1.exe", False),
                                      ("cJSON", "wcow.exe", True), ("cJSON", "containerd-shim-wcow-v1.exe", True)):
            self.assertEqual(wanted, (f"SPDXRef-{library}", f"SPDXRef-{name}") in linked, f"{library} in {name}")

    def test_what_developers_get_builds_a_program_without_this_tree(self):
        with tempfile.TemporaryDirectory(prefix="wcow-test-dev-") as name:
            folder = pathlib.Path(name)
            with zipfile.ZipFile(self.developers) as archive:
                archive.extractall(folder / "wcow")
            shutil.copytree(TOP / "tests" / "consumer", folder / "consumer")
            for command in (["cmake", "-S", folder / "consumer", "-B", folder / "build", "-G", "Ninja",
                             f"-DCMAKE_TOOLCHAIN_FILE={folder / 'wcow' / 'toolchain-mingw.cmake'}"],
                            ["cmake", "--build", folder / "build"]):
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                self.assertEqual(0, done.returncode, done.stdout + done.stderr)
            self.assertTrue((folder / "build" / "consumer.exe").is_file())


class Manifests(Package):
    def url(self):
        return f"{HOME}/releases/download/v{self.version}/{self.zip.name}"

    def digest(self):
        return hashlib.sha256(self.zip.read_bytes()).hexdigest()

    def test_sums_are_those_of_the_files(self):
        lines = (self.out / "SHA256SUMS").read_text().splitlines()
        self.assertEqual([f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"
                          for path in sorted((self.zip, self.developers, self.sbom))], lines)

    def test_every_manifest_leads_to_the_zip_with_its_sum(self):
        for name in ("winget/wcow.wcow.installer.yaml", "scoop/wcow.json",
                     "chocolatey/tools/chocolateyinstall.ps1"):
            text = (self.out / name).read_text()
            self.assertIn(self.url(), text, name)
            self.assertIn(self.digest(), text.lower(), name)

    def test_no_word_of_a_template_is_left(self):
        for name, content in files(self.out).items():
            if not name.endswith((".zip", ".exe")) and not name.startswith("gallery/"):
                self.assertNotRegex(content.decode(), r"@[A-Z0-9_]+@", name)

    def test_scoop_finds_the_program_in_the_zip(self):
        manifest = json.loads((self.out / "scoop" / "wcow.json").read_text())
        self.assertEqual(self.version, manifest["version"])
        with zipfile.ZipFile(self.zip) as archive:
            self.assertIn(manifest["bin"], archive.namelist())

    def test_chocolatey_s_package_is_xml_and_its_scripts_call_what_the_zip_has(self):
        root = ElementTree.parse(self.out / "chocolatey" / "wcow.nuspec").getroot()
        space = {"n": "http://schemas.microsoft.com/packaging/2015/06/nuspec.xsd"}
        self.assertEqual(self.version, root.findtext("n:metadata/n:version", namespaces=space))
        with zipfile.ZipFile(self.zip) as archive:
            for path in sorted((self.out / "chocolatey" / "tools").glob("*.ps1")):
                for script in re.findall(r"(\w+\.ps1)'", path.read_text()):
                    self.assertIn(script, archive.namelist())

    def test_chocolatey_puts_no_second_program_of_the_zip_on_the_path(self):
        script = (self.out / "chocolatey" / "tools" / "chocolateyinstall.ps1").read_text()
        ignored = [*re.findall(r"-Filter '([^']+)'.*\.ignore", script), *re.findall(r"'([^'*]+)\.ignore'", script)]
        with zipfile.ZipFile(self.zip) as archive:
            programs = [name.rpartition("/")[2] for name in archive.namelist() if name.endswith(".exe")]
        self.assertGreater(len(programs), 1)
        for each in programs:
            self.assertTrue(any(fnmatch.fnmatch(each, pattern) for pattern in ignored), f"{each} is not in {ignored}")

    def test_winget_s_three_files_agree(self):
        for name, kind in (("", "version"), (".installer", "installer"), (".locale.en-US", "defaultLocale")):
            text = (self.out / "winget" / f"wcow.wcow{name}.yaml").read_text()
            self.assertIn("PackageIdentifier: wcow.wcow\n", text)
            self.assertIn(f"PackageVersion: {self.version}\n", text)
            self.assertIn(f"ManifestType: {kind}\n", text)


class Reproducible(Package):
    def test_another_build_in_another_folder_gives_the_same_bytes(self):
        with tempfile.TemporaryDirectory(prefix="wcow-again-") as name:
            again = pathlib.Path(name) / "a longer way" / "to the tree"
            again.mkdir(parents=True)
            for each in SOURCES:
                copy = shutil.copytree if (TOP / each).is_dir() else shutil.copy
                copy(TOP / each, again / each)
            deps = re.search(r"^WCOW_DEPS:PATH=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M)[1]
            # Compiled anew: a cache of compilers would answer with what the first build has made.
            environment = {key: value for key, value in os.environ.items() if "LAUNCHER" not in key}
            for command in (["cmake", "--preset", "mingw-release", f"-DWCOW_DEPS={deps}", "-DWCOW_TESTS=OFF"],
                            ["cmake", "--build", "--preset", "mingw-release", "-j",
                             os.environ.get("WCOW_JOBS", str(os.cpu_count()))]):
                done = subprocess.run(command, cwd=again, env=environment, capture_output=True, text=True,
                                      check=False)
                self.assertEqual(0, done.returncode, done.stdout[-3000:] + done.stderr[-3000:])
            other = package(again, again / "build" / "mingw-release", pathlib.Path(name) / "package")
            ours, theirs = files(self.out), files(other)
            self.assertEqual(list(ours), list(theirs))
            self.assertEqual([], [each for each in ours if ours[each] != theirs[each]], "differ")

    def test_nothing_tells_where_it_was_built(self):
        places = {str(TOP), re.search(r"^WCOW_DEPS:PATH=(.*)/build/deps/", (BUILD / "CMakeCache.txt").read_text(),
                                      re.M)[1]}
        for path in (self.zip, self.developers):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    for place in places:
                        self.assertNotIn(place.encode(), archive.read(name), f"{path.name}: {name}")


if __name__ == "__main__":
    BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
