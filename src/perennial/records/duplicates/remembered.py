"""What was found out about records before, kept in a file that only saves time.

The file begins with a seal: the digest of all else in it, and of the code and the packages that wrote it. A file with
another seal (of other code, cut short, altered, not ours) counts as none, and it is replaced in one step: what it says
can be believed or is not read.
"""

import hashlib
import io
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from perennial.files import replace_file
from perennial.identity.code import code_of

SEAL = 32
VERDICT = np.dtype([("one", "<i8"), ("other", "<i8"), ("finding", "<i8"), ("likeness", "<f8")])
"""The verdict on two records, by the places of their digests."""


class Remembered(NamedTuple):
    digests: np.ndarray
    """What records are known by (see `forms.digest_of`), in ascending order."""
    keys: np.ndarray
    """A row of keys for each digest."""
    verdicts: np.ndarray


def load(path: Path | None, program: Path, sorts: int) -> Remembered:
    """What the file says of records with `sorts` sorts of keys; nothing if it is not just as `program` wrote it."""
    if path and path.is_file():
        data = path.read_bytes()
        body = memoryview(data)[SEAL:]
        if data[:SEAL] == seal(body, program):
            stream = io.BytesIO(body)
            return Remembered(*(np.load(stream, allow_pickle=False) for _ in Remembered._fields))
    return Remembered(np.empty(0, np.uint64), np.empty((0, sorts), np.uint32), np.empty(0, VERDICT))


def save(path: Path, program: Path, known: Remembered) -> None:
    stream = io.BytesIO()
    for array in known:
        np.save(stream, array, allow_pickle=False)
    body = stream.getbuffer()
    replace_file(path, seal(body, program) + body)


def seal(body: memoryview, program: Path) -> bytes:
    code = json.dumps(code_of(program), sort_keys=True).encode()
    return hashlib.sha256(hashlib.sha256(code).digest() + hashlib.sha256(body).digest()).digest()
