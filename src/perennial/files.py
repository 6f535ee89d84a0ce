"""Files that are whole or absent, and the same bytes for the same value."""

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PART = ".part"
"""The end of the name of a file that is being written; it begins with a dot."""


def to_json(value: Any, sort_keys: bool = False) -> bytes:
    """The same bytes for the same value, to be read by people too. NaN and infinity are refused."""
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, sort_keys=sort_keys) + "\n").encode()


def replace_file(path: Path, data: bytes | Iterable[bytes], durable: bool = False) -> None:
    """Put `data` at `path` in one step: whoever reads sees the old file or the new one, never a part of it.

    What is durable outlives a loss of power from the moment this returns.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PART)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
            os.fchmod(file.fileno(), 0o644)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
        if durable:
            sync_folder(path.parent)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def remove_parts(folder: Path) -> None:
    """Remove what programs that were killed had begun to write below a folder; to be called while none writes there."""
    for part in folder.rglob(f".*{PART}"):
        part.unlink(missing_ok=True)


def sync_folder(path: Path) -> None:
    """See to it that the names in a folder are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
