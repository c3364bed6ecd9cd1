# SPDX-License-Identifier: MIT
"""Zip files with the same bytes whenever their members are the same."""

import time
import zipfile

FIRST = 315532800  # 1980-01-01, before which a zip knows no time


def write_zip(path, members, epoch):
    """Writes {name: bytes} in the order of the names; all from the moment `epoch`, readable by everybody."""
    moment = time.gmtime(max(epoch, FIRST))[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # whatever this is written on
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, members[name])


def tree(folder, under=""):
    """{name in a zip: bytes} of all files of a folder."""
    return {f"{under}{path.relative_to(folder).as_posix()}": path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}
