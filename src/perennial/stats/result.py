"""What all results have in common: named fields, a plain dictionary of them, and a short summary in print."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Result:
    """A result prints as its `summary`; `warnings`, where a result has them, say how far it can be trusted."""

    def summary(self) -> str:
        """One line a field, or what a result has instead; the warnings come last."""
        shown = ((field.name, getattr(self, field.name)) for field in fields(self) if field.name != "warnings")
        lines = [f"{name}: {value}" for name, value in shown if value is not None]
        return "\n".join([*lines, *getattr(self, "warnings", ())])

    def __str__(self) -> str:
        return self.summary()

    def to_dict(self) -> dict[str, Any]:
        """Fields by name: arrays as lists, what is not a number as None; fit for JSON."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}


def counted(number: int, one: str = "study", more: str = "studies") -> str:
    return f"{number} {one if number == 1 else more}"


def percent(level: float) -> str:
    return f"{100 * level:g}%"


def _plain(value: Any) -> Any:
    match value:
        case Result():
            return value.to_dict()
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case np.ndarray():
            return _plain(value.tolist())
        case np.generic():
            return _plain(value.item())
        case float() if not np.isfinite(value):
            return None
        case _:
            return value
