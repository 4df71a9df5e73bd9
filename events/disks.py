"""What a spool may stand on: a disk of this machine; and whether it has room for what is large."""

import ctypes
import os
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

# f_type of statfs(2), linux/magic.h
_NOT_DISKS = {
    0x01021994: "tmpfs",
    0x858458F6: "ramfs",
    0x794C7630: "overlay",
    0x6969: "NFS",
    0x517B: "SMB",
    0xFF534D42: "CIFS",
    0xFE534D42: "SMB2",
    0x65735546: "FUSE",
    0x01021997: "9p",
}

# Kept for declarations, of a few kilobytes each: a file of a megabyte can be sent again later.
LEAST_SHARE = 0.10
LEAST_BYTES = 200 * 2**20


class NotADisk(OSError):
    """This folder does not survive a power cut, or its locks and fsync are another machine's."""


def must_be_a_disk(folder: Path) -> None:
    """Raise NotADisk where `folder` lies in memory, on a network or in a container's layer."""
    # `struct statfs` begins with f_type, a long; 120 bytes on 64-bit Linux.
    told = (ctypes.c_long * 64)()
    if _statfs()(os.fsencode(folder), told) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(folder))
    kind = _NOT_DISKS.get(told[0] & 0xFFFF_FFFF)
    if kind is not None:
        raise NotADisk(f"{folder} lies on {kind}")


def make_folder(folder: Path) -> None:
    """Make a folder and its parents for their owner alone (0700), each kept by an fsync."""
    if not folder.parent.is_dir():
        make_folder(folder.parent)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@cache
def _statfs() -> "ctypes._NamedFuncPointer":
    return ctypes.CDLL(None, use_errno=True).statfs


def keeps(folder: Path) -> bool:
    """Return whether a folder takes a few bytes and syncs them."""
    try:
        make_folder(folder)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe") as file:
            file.write(bytes(512))
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return False
    return True


def has_room(folders: Iterable[Path]) -> bool:
    """Return whether one of the disks below these folders has room for more than declarations."""
    return any(_has_room(folder) for folder in folders)


def _has_room(folder: Path) -> bool:
    place = next(one for one in (folder, *folder.parents) if one.exists())
    try:
        disk = os.statvfs(place)
    except OSError:
        return False
    free = disk.f_bavail * disk.f_frsize
    return free >= LEAST_BYTES and disk.f_bavail >= LEAST_SHARE * disk.f_blocks
