"""The digest by which releases name a file: of what it says, not of how it was checked out."""

import hashlib
from pathlib import Path


def content_sha256(data: bytes) -> str:
    """The sha256 of `data` with line feeds as line ends, in hexadecimal.

    Git may give a text other line ends on another machine; what holds a zero byte it takes for no text and leaves as it
    is, and so does this.
    """
    return hashlib.sha256(data if b"\0" in data else data.replace(b"\r\n", b"\n")).hexdigest()


def file_sha256(path: Path) -> str:
    return content_sha256(path.read_bytes())
