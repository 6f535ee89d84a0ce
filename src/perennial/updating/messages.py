"""Messages as files in exports/messages/: written whole, each told at least once, never two ways unnoticed.

A message is a folder, <day>-<number>, with mail.txt and payload.json, that appears in one step. Once it is told,
told.json is replaced, which holds the id of the message and how the review stood. A run that is killed between the two
leaves a message that told.json does not know. The next run tells that message again if its own would say the same; else
its own says which one it takes the place of.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from perennial.files import replace_file, sync_folder, to_json
from perennial.updating.wording import mail

MESSAGES = Path("exports/messages")
TOLD = "told.json"
PAYLOAD = "payload.json"
STAGING = ".staging"
NAME = re.compile(r"\d{4}-\d{2}-\d{2}-\d+")


class MessageError(Exception):
    """What lies in exports/messages/ cannot be read; the message says what to do."""


def read_told(project: Path) -> dict[str, Any] | None:
    """What the last message told: its `id`, its `day`, how the review stood, what had failed; None before the first."""
    path = project / MESSAGES / TOLD
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_bytes())
        _ = told["id"], told["day"], told["standing"], told["failed"]
    except (ValueError, KeyError, TypeError) as error:
        raise MessageError(
            f"{MESSAGES / TOLD}: not what a message told ({error!r}). Remedy: restore it, or delete it; the next "
            "message is then a first one, and tells everything."
        ) from None
    return told


def write_message(project: Path, payload: Mapping[str, Any]) -> Path:
    """Write a message, or find it written; its folder. `payload` names in `since` the message that it follows on."""
    folder = project / MESSAGES
    unnoted = [(path, each) for path, each in _messages(folder) if each["since"] == payload["since"]]
    if unnoted and _content(unnoted[-1][1]) == _content(payload):
        return unnoted[-1][0]
    content = {"replaces": [each["id"] for _, each in unnoted], **payload}
    whole = {"id": hashlib.sha256(to_json(content, sort_keys=True)).hexdigest()[:16], **content}
    target, staging = _free(folder, payload["day"]), folder / STAGING
    shutil.rmtree(staging, ignore_errors=True)
    replace_file(staging / "mail.txt", mail(whole).encode(), durable=True)
    replace_file(staging / PAYLOAD, to_json(whole), durable=True)
    os.rename(staging, target)
    sync_folder(folder)
    return target


def note_told(
    project: Path, payload: Mapping[str, Any], standing: Mapping[str, Any] | None, failed: Sequence[str]
) -> None:
    """Note that a message as it was written was told, how the review stood then, and what does not work.

    Of records their ids are enough to know them again.
    """
    stood = standing and {**standing, "records": dict.fromkeys(standing["records"], "")}
    told = {"id": payload["id"], "day": payload["day"], "failed": list(failed), "standing": stood}
    replace_file(project / MESSAGES / TOLD, to_json(told), durable=True)


def read_message(folder: Path) -> dict[str, Any]:
    """The payload of a message."""
    return json.loads((folder / PAYLOAD).read_bytes())


def _content(payload: Mapping[str, Any]) -> bytes:
    """What a message tells, whatever it takes the place of."""
    return to_json({key: each for key, each in payload.items() if key not in ("id", "replaces")}, sort_keys=True)


def _messages(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Every message, the first written first."""
    found = [path.parent for path in folder.glob(f"*/{PAYLOAD}") if NAME.fullmatch(path.parent.name)]
    return [(path, read_message(path)) for path in sorted(found, key=_number)]


def _number(folder: Path) -> tuple[str, int]:
    day, _, number = folder.name.rpartition("-")
    return day, int(number)


def _free(folder: Path, day: str) -> Path:
    numbers = [_number(path)[1] for path in folder.glob(f"{day}-*") if NAME.fullmatch(path.name)]
    return folder / f"{day}-{max(numbers, default=0) + 1}"
