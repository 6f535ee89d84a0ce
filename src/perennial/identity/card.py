"""Identity cards: the one input from which a program takes its evidence and settings."""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perennial.files import replace_file, to_json
from perennial.lock import run_is_over


def write_card(path: Path, meaning: Mapping[str, Any]) -> None:
    """Write the card only where it says something new, so that an unchanged job keeps its date."""
    data = to_json(meaning, sort_keys=True)
    if not path.exists() or path.read_bytes() != data:
        replace_file(path, data)


@dataclass(frozen=True)
class Card:
    """A card as it was read; results are written through it."""

    path: Path
    sha256: str
    meaning: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.meaning[key]

    def write(self, target: str | Path, data: bytes | Iterable[bytes]) -> None:
        """Write a result, unless the card changed meanwhile: then the result would be of evidence that is gone.

        Nor is it written for a run that was killed, where another one began since and may have changed the inputs. It
        is on the disk before it takes its name, so that a loss of power leaves no empty file to be taken for a result.
        """
        if run_is_over():
            sys.exit(f"The run that asked for {target} was killed and another one began: nothing was written.")
        if not self.path.exists() or hashlib.sha256(self.path.read_bytes()).hexdigest() != self.sha256:
            sys.exit(f"{self.path} changed while {target} was made: nothing was written. Remedy: run again.")
        replace_file(Path(target), data, durable=True)

    def write_json(self, target: str | Path, value: Mapping[str, Any]) -> None:
        """Write `value` with the digest of this card before it, the first link of its provenance."""
        self.write(target, to_json({"card_sha256": self.sha256, **value}))


def read_card(path: str | Path) -> Card:
    """Read a card. One that names evidence that cannot be right ends the program with what is wrong."""
    data = Path(path).read_bytes()
    meaning = json.loads(data)
    if refused := meaning.get("refused"):
        sys.exit("\n".join(refused))
    return Card(Path(path), hashlib.sha256(data).hexdigest(), meaning)
