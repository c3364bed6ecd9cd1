# SPDX-License-Identifier: MIT
"""Windows layers as registries keep them: PAX tars with what NTFS knows of each file."""

import base64
import functools
import io
import operator
import struct
import tarfile

# Attributes of files, FILE_ATTRIBUTE_*.
READ_ONLY, HIDDEN, SYSTEM, DIRECTORY, ARCHIVE = 0x1, 0x2, 0x4, 0x10, 0x20
REPARSE_POINT, NOT_INDEXED = 0x400, 0x2000

# Access rights and who gets them.
FULL, MODIFY, READ_EXECUTE = 0x1F01FF, 0x1301BF, 0x1200A9
INHERITED_BY_ALL = 3  # OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE
TRUSTED_INSTALLER = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
LOCAL_SYSTEM, ADMINISTRATORS, USERS = "S-1-5-18", "S-1-5-32-544", "S-1-5-32-545"

WRITTEN = "1658448000.1234567"  # 100 ns count, as on NTFS
CREATED = "1620447185.25"


def sid(text):
    """The binary form of a security identifier S-1-…"""
    numbers = [int(part) for part in text.split("-")[1:]]
    revision, authority, rest = numbers[0], numbers[1], numbers[2:]
    return (bytes([revision, len(rest)]) + authority.to_bytes(6, "big") +
            struct.pack(f"<{len(rest)}I", *rest))


def access_list(entries, flags):
    """A revision 2 ACL that allows each (sid, rights) of the entries."""
    aces = b""
    for name, rights in entries:
        who = sid(name)
        aces += struct.pack("<BBHI", 0, flags, 8 + len(who), rights) + who
    return struct.pack("<BBHHH", 2, 0, 8 + len(aces), len(entries), 0) + aces


def descriptor(owner, entries, flags=0):
    """A self-relative security descriptor: owner and group, and what a DACL allows."""
    acl = access_list(entries, flags)
    who = sid(owner)
    header = 20
    present, self_relative = 0x0004, 0x8000
    return struct.pack("<BBHIIII", 1, 0, present | self_relative, header + len(acl),
                       header + len(acl) + len(who), 0, header) + acl + who + who


EVERYBODY_READS = [(LOCAL_SYSTEM, FULL), (ADMINISTRATORS, FULL), (USERS, READ_EXECUTE)]
FILE_SECURITY = descriptor(TRUSTED_INSTALLER, EVERYBODY_READS)
FOLDER_SECURITY = descriptor(TRUSTED_INSTALLER, EVERYBODY_READS, INHERITED_BY_ALL)
HIVE_SECURITY = descriptor(LOCAL_SYSTEM, EVERYBODY_READS[:2])
OPEN_SECURITY = descriptor(LOCAL_SYSTEM, EVERYBODY_READS[:2] + [(USERS, MODIFY)], INHERITED_BY_ALL)


def hive(name):
    """The smallest registry hive: its base block and one bin with an empty root key."""
    filetime = 133029216001234567
    key_name = b"ROOT"
    none = 0xFFFFFFFF
    key = struct.pack("<2sHQIIIIIIIIIIIIIIIHH", b"nk", 0x2C, filetime, 0, none, 0, 0, none, none,
                      0, none, none, none, 0, 0, 0, 0, 0, len(key_name), 0) + key_name
    root = struct.pack("<i", -(-(-(len(key) + 4) // 8) * 8)) + key
    root += bytes(-len(root) % 8)
    bins = struct.pack("<4sIIQQI", b"hbin", 0, 4096, 0, filetime, 0) + root
    free = 4096 - len(bins)
    bins += struct.pack("<i", free) + bytes(free - 4)

    block = struct.pack("<4sIIQIIIIIII", b"regf", 1, 1, filetime, 1, 5, 0, 1, 32, len(bins), 1)
    block += name.encode("utf-16-le")[:62].ljust(64, b"\0")
    block = block.ljust(508, b"\0")
    checksum = functools.reduce(operator.xor, struct.unpack("<127I", block))
    return (block + struct.pack("<I", checksum)).ljust(4096, b"\0") + bins


class _Entry(tarfile.TarInfo):
    def get_info(self):
        """Folders' names without the slash that tarfile adds and Windows' layers do not have."""
        info = super().get_info()
        info["name"] = info["name"].rstrip("/")
        return info


class Layer:
    """Collects the entries of one layer; parents come before what is in them by themselves."""

    def __init__(self):
        self._bytes = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._bytes, mode="w", format=tarfile.PAX_FORMAT)
        self._folders = set()

    def _add(self, path, kind, attributes, security, content=b"", link="", **records):
        entry = _Entry(path)
        entry.type, entry.mode, entry.linkname, entry.size = kind, 0o644, link, len(content)
        entry.mtime = int(float(WRITTEN))
        entry.pax_headers = {"mtime": WRITTEN}
        if attributes is not None:
            entry.pax_headers["MSWINDOWS.fileattr"] = str(attributes)
            entry.pax_headers["LIBARCHIVE.creationtime"] = CREATED
        if security:
            entry.pax_headers["MSWINDOWS.rawsd"] = base64.b64encode(security).decode()
        entry.pax_headers.update(records)
        self._tar.addfile(entry, io.BytesIO(content))

    def _parents(self, path):
        parent = path.rpartition("/")[0]
        if parent:
            self.folder(parent)

    def folder(self, path, security=FOLDER_SECURITY, attributes=DIRECTORY):
        if path in self._folders:
            return
        self._parents(path)
        self._folders.add(path)
        self._add(path, tarfile.DIRTYPE, attributes, security)

    def file(self, path, content, security=FILE_SECURITY, attributes=ARCHIVE):
        self._parents(path)
        self._add(path, tarfile.REGTYPE, attributes, security, content)

    def hard_link(self, path, target):
        self._parents(path)
        self._add(path, tarfile.LNKTYPE, None, None, link=target)

    def junction(self, path, target):
        self._parents(path)
        attributes = HIDDEN | SYSTEM | DIRECTORY | REPARSE_POINT | NOT_INDEXED
        self._add(path, tarfile.SYMTYPE, attributes, FOLDER_SECURITY, link=target,
                  **{"MSWINDOWS.mountpoint": "1"})

    def whiteout(self, path):
        """Says that a file of the layers below is gone."""
        self._parents(path)
        folder, _, name = path.rpartition("/")
        self._add(f"{folder}/.wh.{name}", tarfile.REGTYPE, None, None)

    def finish(self):
        """The tar's bytes."""
        self._tar.close()
        return self._bytes.getvalue()
