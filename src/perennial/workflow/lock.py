"""One run at a time works on a review."""

import fcntl
import os
from pathlib import Path

_held: list[int] = []  # open for as long as the process lives; its death, however it comes, releases the lock


def hold_lock(path: Path) -> bool:
    """Take the review's lock for the life of this process; False where another process has it.

    Programs that the run starts do not inherit it, so a job that outlives its run keeps nobody out.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return False
    _held.append(handle)
    return True
