"""One process at a time works on one thing; the death of a process, however it comes, releases its locks."""

import fcntl
import os
from pathlib import Path

_held: list[int] = []


def take_lock(path: Path) -> int | None:
    """Take a lock and return the handle that holds it until it is closed; None where another process has it.

    Programs that this process starts do not inherit it, so a job that outlives its run keeps nobody out.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def hold_lock(path: Path) -> bool:
    """Take a lock for the life of this process; False where another process has it."""
    handle = take_lock(path)
    if handle is not None:
        _held.append(handle)
    return handle is not None
