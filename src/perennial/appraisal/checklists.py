"""A tool for appraisal as a file of configuration: what it asks, which answers it knows, how they are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from jsonschema import ValidationError

OVERALL = "overall"
"""The item that is a tool's own judgement of the whole."""

IN_CONFLICT, NO_ANSWER = "≠", "∅"
"""Signs of cells without an answer that counts, which no answer may use."""

MEANINGS = ("good", "bad", "unclear", "not_applicable")
"""What an answer says of a study; unclear is what lies in between or cannot be told."""

TEXT = {
    "type": "string",
    "pattern": r"\S",
    "description": "write words; put quotation marks around yes, no and numbers",
}
ID = {
    "type": "string",
    "pattern": "^[A-Za-z0-9_.-]+$",
    "not": {"const": OVERALL},
    "description": "write letters, digits or underscores; put quotation marks around yes, no and numbers",
}
COLOUR = {"type": "string", "pattern": "^#[0-9a-f]{6}$", "description": "write it as '#3aa394'"}
MEANING = {"enum": list(MEANINGS), "description": f"use one of {', '.join(MEANINGS)}"}
SYMBOL = {
    "type": "string",
    "pattern": rf"^([^\s{IN_CONFLICT}{NO_ANSWER}]{{1,2}}|n/a)$",
    "description": f"use one or two signs, or n/a, in quotation marks, and never {IN_CONFLICT} or {NO_ANSWER}",
}


def _exactly(**properties: dict) -> dict:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        "description": f"give the keys {', '.join(properties)}",
    }


def _list_of(entry: dict) -> dict:
    return {"type": "array", "minItems": 1, "items": entry, "description": f"in a list, {entry['description']}"}


def _schema(asked: str) -> dict:
    """Of a checklist that has what it asks under the key `asked`, items or domains."""
    answer = _exactly(id=ID, label=TEXT, symbol=SYMBOL, colour=COLOUR, meaning=MEANING)
    lists = {"answers": _list_of(answer), asked: _list_of(_exactly(id=ID, label=TEXT))}
    overall = {"type": "boolean", "description": "write true where the tool has an overall judgement, else false"}
    return _exactly(name=TEXT, label=TEXT, citation=TEXT, **lists, overall=overall)


class ChecklistError(ValueError):
    """A checklist cannot be right; each line says where, what and how to mend it."""


@dataclass(frozen=True)
class AnswerKind:
    id: str
    label: str
    symbol: str
    colour: str
    meaning: str


@dataclass(frozen=True)
class Item:
    """A question or a domain."""

    id: str
    label: str


@dataclass(frozen=True)
class Checklist:
    name: str
    """Also the name of its table, data/appraisal/<name>.csv."""
    label: str
    citation: str
    answers: tuple[AnswerKind, ...]
    items: tuple[Item, ...]
    """With the overall judgement as the last, where the tool has one."""
    overall: bool

    @property
    def questions(self) -> tuple[Item, ...]:
        """The items without the overall judgement."""
        return self.items[:-1] if self.overall else self.items

    def to_dict(self) -> dict:
        """What its file says, for `checklist_from`."""
        lists = {"answers": [asdict(each) for each in self.answers], "items": [asdict(each) for each in self.questions]}
        return {"name": self.name, "label": self.label, "citation": self.citation, **lists, "overall": self.overall}


def read_checklist(path: Path) -> Checklist:
    """Raises ChecklistError for a file that cannot be right."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ChecklistError(f"{path}: no YAML: {' '.join(str(error).split())}. Remedy: correct that place.") from None
    checklist = checklist_from(content, str(path))
    if checklist.name != path.stem:
        remedy = f"write {path.stem}, or rename the file"
        raise ChecklistError(f"{path}, name: {checklist.name!r} is not the file's name. Remedy: {remedy}.")
    return checklist


def checklist_from(content: Any, file: str) -> Checklist:
    """A checklist from what its YAML says; `file` is how messages call it. Raises ChecklistError."""
    from jsonschema import Draft202012Validator  # late: a run with nothing to do checks nothing

    asked = "domains" if isinstance(content, dict) and "domains" in content else "items"
    errors = Draft202012Validator(_schema(asked)).iter_errors(content)
    if wrong := [_message(error, file) for error in errors] or list(_repetitions(content, asked, file)):
        raise ChecklistError("\n".join(wrong))
    answers = tuple(AnswerKind(**answer) for answer in content["answers"])
    items = [Item(**item) for item in content[asked]]
    if content["overall"]:
        items.append(Item(OVERALL, "Overall judgement"))
    return Checklist(content["name"], content["label"], content["citation"], answers, tuple(items), content["overall"])


def _message(error: ValidationError, file: str) -> str:
    place = " ".join(str(part + 1) if isinstance(part, int) else part for part in error.absolute_path)
    where = f"{file}, {place}" if place else file
    match error.validator:
        case "additionalProperties":
            unknown = ", ".join(repr(key) for key in error.instance if key not in error.schema["properties"])
            return f"{where}: unknown key {unknown}. Remedy: {error.schema['description']}."
        case "required":
            return f"{where}: {error.message.split(chr(39))[1]} is missing. Remedy: {error.schema['description']}."
        case "not":
            return f"{where}: {OVERALL!r} is the name of the judgement of the whole. Remedy: write overall: true."
        case _:
            return f"{where}: {error.instance!r} does not fit. Remedy: {error.schema['description']}."


def _repetitions(content: dict, asked: str, file: str) -> Iterator[str]:
    for part, keys in (("answers", ("id", "label", "symbol", "colour")), (asked, ("id", "label"))):
        for key in keys:
            values = [entry[key] for entry in content[part]]
            for at, value in enumerate(values):
                if value in values[:at]:
                    first = values.index(value) + 1
                    yield f"{file}, {part} {at + 1} {key}: {value!r} stands at {part} {first} too. Remedy: change one."
