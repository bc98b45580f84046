"""The disk under the journal: free room, a reserve for the last entries, network file systems."""

import os
import re
from pathlib import Path

_REMOTE = re.compile(
    r"nfs4?|cifs|smb3|smbfs|ncpfs|afs|ceph|lustre|gpfs|beegfs|davfs"
    r"|(fuse\.)?(sshfs|glusterfs|rclone|s3fs|davfs2|smbnetfs)"
)
"""SQLite's locks and shared memory are not to be trusted on these (sqlite.org, WAL)."""

_MOUNTS = Path("/proc/self/mountinfo")


def free_bytes(folder: Path) -> int:
    """Bytes an ordinary user may still write where the folder lies."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def file_system(folder: Path, mounts: Path = _MOUNTS) -> str:
    """The type of the file system, e.g. "ext4"; "" where it cannot be read (macOS)."""
    try:
        lines = mounts.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return ""
    place = folder.resolve()
    best, kind = -1, ""
    for line in lines:
        fields, _, rest = line.partition(" - ")
        point = Path(fields.split(" ")[4].replace("\\040", " "))
        if (place == point or point in place.parents) and len(point.parts) >= best:
            best, kind = len(point.parts), rest.split(" ")[0]
    return kind


def refuse_remote(folder: Path, mounts: Path = _MOUNTS) -> None:
    """Raises OSError, naming the folder, when it lies on a network file system."""
    kind = file_system(folder, mounts)
    if _REMOTE.fullmatch(kind):
        raise OSError(f"the journal cannot live on the network file system {kind}: {folder}")


def sync_folder(folder: Path) -> None:
    """Make a rename inside the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Reserve:
    """A file that is deleted when the disk is full, so that the stop itself can be recorded."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self._size = size

    def make(self, spare: int) -> bool:
        """Have the file; not made while fewer than `spare` bytes would be left besides it."""
        if self._size == 0 or (self.path.exists() and self.path.stat().st_size == self._size):
            return True
        try:
            if free_bytes(self.path.parent) < self._size + spare:
                return False
            self._fill()
        except OSError:
            self.spend()
            return False
        return True

    def _fill(self) -> None:
        handle = os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(handle, 0, self._size)
            else:
                for _ in range(self._size // 65_536 + 1):
                    os.write(handle, bytes(65_536))
                os.ftruncate(handle, self._size)
            os.fsync(handle)
        finally:
            os.close(handle)

    def spend(self) -> None:
        """Give the room back; on a read-only file system nothing can be done."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError:
            return
