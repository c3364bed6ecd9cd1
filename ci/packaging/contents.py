# SPDX-License-Identifier: MIT
"""What our programs are made of: the libraries in them with versions and licences, as text and as an SPDX document."""

import hashlib
import json
import pathlib
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
LIBRARIES = json.loads((HERE / "libraries.json").read_text(encoding="utf-8"))
IN_TESTS_ALONE = ("cmocka",)
PROGRAMS = {  # which libraries each of them has
    "wcow.exe": lambda name: name != "nanopb",
    "containerd-shim-wcow-v1.exe": lambda name: name in ("cJSON", "nanopb", "mingw-w64", "libgcc"),
}


class Part:
    """One library: its name, its version, the source package that it was built from, its licence's text."""

    def __init__(self, name, version, source, text):
        self.name, self.version, self.source, self.text = name, version, source, text
        self.facts = LIBRARIES[name]

    def purl(self):
        name, _, version = self.source.partition("=")
        return f"pkg:deb/{distribution()}/{name}@{version.replace(':', '%3A').replace('+', '%2B')}?arch=source"


def distribution():
    lines = pathlib.Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    return next((line[3:].strip('"') for line in lines if line.startswith("ID=")), "debian")


def parts(deps):
    """All that is linked into them: what ci/deps has built, and what the compiler brings."""
    found = []
    for line in (deps / "versions").read_text(encoding="utf-8").splitlines():
        name, version, source = line.split()
        if name not in IN_TESTS_ALONE:
            if name not in LIBRARIES:
                raise SystemExit(f"package: ci/packaging/libraries.json does not tell the licence of {name}")
            folder = deps.parent / "src" / source.replace("=", "-", 1)
            found.append(Part(name, version, source, read(folder / LIBRARIES[name]["text"])))
    for name, facts in LIBRARIES.items():
        if "package" in facts:
            version = installed(facts["package"])
            text = read(pathlib.Path("/usr/share/doc") / facts["package"] / "copyright")
            found.append(Part(name, upstream(version), f"{facts['source']}={version}", text))
    return sorted(found, key=lambda part: part.name.lower())


def read(path):
    if not path.is_file():
        raise SystemExit(f"package: {path} is missing, whose licence must be shipped: run ci/deps")
    return path.read_text(encoding="utf-8", errors="replace").strip() + "\n"


def installed(package):
    return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], check=True, capture_output=True,
                          text=True).stdout.strip()


def upstream(version):
    return version.split(":")[-1].split("-")[0]


def licences(found):
    """The text of THIRD-PARTY.txt."""
    lines = ["wcow.exe and containerd-shim-wcow-v1.exe are static programs. These libraries are in them (nanopb in the",
             "second alone), under these licences.", ""]
    lines += [f"    {part.name:<11} {part.version:<8} {part.facts['licence']}" for part in found]
    for part in found:
        lines += ["", "=" * 100, f"{part.name} {part.version} - {part.facts['home']}", "=" * 100, "",
                  part.text.rstrip("\n")]
    return "\n".join(lines) + "\n"


# SPDX 2.3 -----------------------------------------------------------------------------------------
def spdx(version, found, files, home, epoch):
    """The document, as bytes. `files`: {name: bytes} of what is shipped, PROGRAMS among them."""
    digest = hashlib.sha256(files["wcow.exe"]).hexdigest()
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"wcow-{version}",
        "documentNamespace": f"{home}/spdx/wcow-{version}-{digest[:32]}",
        "creationInfo": {
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)),
            "creators": ["Organization: The wcow authors", "Tool: wcow-ci-package"],
        },
        "documentDescribes": ["SPDXRef-wcow"],
        "packages": [own_package(version, files, home), *(package_of(part) for part in found)],
        "files": [file_of(name, files[name]) for name in PROGRAMS],
        "relationships": [
            relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-wcow"),
            *(relation("SPDXRef-wcow", "CONTAINS", identifier(name)) for name in PROGRAMS),
            *(relation(identifier(part.name), "STATIC_LINK", identifier(name))
              for name, has in PROGRAMS.items() for part in found if has(part.name)),
        ],
    }
    return (json.dumps(document, indent=2) + "\n").encode()


def relation(left, kind, right):
    return {"spdxElementId": left, "relationshipType": kind, "relatedSpdxElement": right}


def identifier(name):
    return f"SPDXRef-{name}"


def own_package(version, files, home):
    digests = sorted(hashlib.sha1(files[name]).hexdigest() for name in PROGRAMS)
    code = hashlib.sha1("".join(digests).encode()).hexdigest()
    return {
        "SPDXID": "SPDXRef-wcow",
        "name": "wcow",
        "versionInfo": version,
        "supplier": "Organization: The wcow authors",
        "downloadLocation": f"{home}/releases/download/v{version}/wcow-{version}-windows-amd64.zip",
        "homepage": home,
        "filesAnalyzed": True,
        "packageVerificationCode": {"packageVerificationCodeValue": code},
        "licenseInfoFromFiles": ["MIT"],
        "licenseConcluded": "MIT",
        "licenseDeclared": "MIT",
        "copyrightText": "Copyright (c) 2026 The wcow authors",
        "primaryPackagePurpose": "APPLICATION",
    }


def package_of(part):
    return {
        "SPDXID": identifier(part.name),
        "name": part.name,
        "versionInfo": part.version,
        "supplier": f"Organization: {part.facts['by']}",
        "downloadLocation": "NOASSERTION",
        "homepage": part.facts["home"],
        "sourceInfo": f"built from the source package {part.source.replace('=', ' ', 1)}",
        "filesAnalyzed": False,
        "licenseConcluded": part.facts["licence"],
        "licenseDeclared": part.facts["licence"],
        "copyrightText": f"Copyright {part.facts['by']}",
        "primaryPackagePurpose": "LIBRARY",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                          "referenceLocator": part.purl()}],
    }


def file_of(name, content):
    return {
        "SPDXID": identifier(name),
        "fileName": f"./{name}",
        "fileTypes": ["BINARY"],
        "checksums": [{"algorithm": kind, "checksumValue": hashlib.new(kind.lower(), content).hexdigest()}
                      for kind in ("SHA1", "SHA256")],
        "licenseConcluded": "MIT",
        "licenseInfoInFiles": ["MIT"],
        "copyrightText": "Copyright (c) 2026 The wcow authors",
    }
