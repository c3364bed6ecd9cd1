# SPDX-License-Identifier: MIT
"""What the guide marks as runnable is typed, command by command, in a simulated host."""

import pathlib
import re
import shlex

from wcowtest import case, host

GUIDE = host.TOP / "src" / "cli" / "guide" / "README.md"
MICROSOFT = "mcr.microsoft.com/windows"
IIS = f"{MICROSOFT}/servercore/iis:windowsservercore-ltsc2022"
BLOCK = re.compile(r"<!-- runs -->\n\n((?:    .*\n)+)")


def words_of(line):
    """PowerShell takes a backslash as it is; nothing in these lines needs more of its rules than quotes."""
    return shlex.split(line.replace("\\", "\\\\"))[1:]


class Guide(case.HostCase):
    def test_what_the_guide_shows_works(self):
        for name, image in (("nanoserver", "nanoserver"), ("servercore", "windowsservercore")):
            self.host.ok("tag", f"microsoft/{image}:latest", f"{MICROSOFT}/{name}:ltsc2022")
        self.host.ok("tag", "microsoft/windowsservercore:latest", IIS)
        self.host.path(r"C:\www").mkdir()
        self.host.path(r"C:\web.config").write_text("<configuration/>\n", encoding="utf-8")
        blocks = BLOCK.findall(pathlib.Path(GUIDE).read_text(encoding="utf-8"))
        self.assertGreater(len(blocks), 5)
        for block in blocks:
            for line in filter(None, map(str.strip, block.splitlines())):
                with self.subTest(line=line):
                    if line.startswith("wcow pull "):  # the host has no registry; the image is there
                        continue
                    done = self.host.wcow(*words_of(line))
                    told = [each for each in done.err.splitlines() if not each.startswith("WARNING: ")]
                    self.assertEqual((0, []), (done.code, told), done)
                    if " type " in line:
                        self.assertEqual("kept", done.out.strip())
        self.host.ok("rmi", f"{MICROSOFT}/nanoserver:ltsc2022", f"{MICROSOFT}/servercore:ltsc2022", IIS)
        self.assertTrue(self.host.path(r"C:\kept").is_dir())
