"""One process at a time works on one thing; the death of a process, however it comes, releases its locks."""

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REVIEW_LOCK = Path(".review.lock")
"""In the folder of a review: held by the run that works on it, whose name it holds."""
BUSY = "Another run works on this review. Remedy: wait until it ends."
RUN = "PERENNIAL_RUN"
"""The environment variable by which a job knows the name of its run."""

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


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold a lock meanwhile; tells whether it was to be had."""
    handle = take_lock(path)
    try:
        yield handle is not None
    finally:
        if handle is not None:
            os.close(handle)


def begin_run() -> bool:
    """Take the lock of the review in this folder for the life of this process; False where another run has it.

    The run gets a name, which its jobs inherit: one that outlives a run that was killed is told apart by it.
    """
    handle = take_lock(REVIEW_LOCK)
    if handle is None:
        return False
    _held.append(handle)
    os.environ[RUN] = uuid.uuid4().hex
    os.pwrite(handle, os.environ[RUN].encode(), 0)
    return True


def run_is_over() -> bool:
    """Whether this is a job of a run that was killed, and another run began since: it may have read what is gone.

    A program that is run by hand belongs to no run.
    """
    return RUN in os.environ and REVIEW_LOCK.exists() and REVIEW_LOCK.read_text() != os.environ[RUN]
