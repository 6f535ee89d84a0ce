"""The file beside the files of a screening tool (.yaml) that says what they do not tell themselves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from perennial.dates import full_day
from perennial.records.text import one_line
from perennial.screening.foreign.decision import DECISIONS
from perennial.screening.standing import STAGES

TOOLS = ("rayyan", "covidence", "asreview", "table")
COLUMNS = ("record_id", "stage", "reviewer", "decision", "reason", "date", "note", "position", "record")
"""What a column of a table can be, beside those of any export of records. `ledger.to_table` writes all of them."""

KEYS = {
    "tool": f"the tool: {', '.join(TOOLS)}",
    "stage": f"the stage: {' or '.join(STAGES)}; Covidence's file names tell it",
    "date": "the day of the export as 2025-03-17",
    "reviewers": "a role or initials for each name in the file, such as Anna B.: AB; no address",
    "decision": f"only for a file of Covidence whose name does not tell it: {', '.join(DECISIONS[:3])}",
    "columns": f"only for a table: its column (in RIS, its tag) for {', '.join(COLUMNS)}; decision is needed",
    "note": "anything else, as a text",
}


class DecisionImportProblem(ValueError):
    """The message names the file, the key, the value and a remedy."""


@dataclass(frozen=True)
class DecisionSidecar:
    tool: str
    """One of TOOLS."""
    stage: str
    """One of STAGES; may be empty for Covidence."""
    date: str
    """An ISO day."""
    reviewers: dict[str, str]
    """The name in the file -> a role or initials."""
    decision: str = ""
    """Overrides what the name of Covidence's file tells."""
    columns: dict[str, str] = field(default_factory=dict)
    """For a table: one of COLUMNS -> the name of the column in the file."""
    note: str = ""


def read_decision_sidecar(path: Path) -> DecisionSidecar:
    """The sidecar at `path`. Raises DecisionImportProblem where it is missing or wrong."""
    values = _values(path)

    def wrong(key: str, message: str) -> DecisionImportProblem:
        remedy = f"write {KEYS[key]}" if key in KEYS else f"use one of {', '.join(KEYS)}"
        return DecisionImportProblem(f"{path}, {key}: {values.get(key)!r}: {message}. Remedy: {remedy}.")

    for key in values:
        if key not in KEYS:
            raise wrong(str(key), "no such key is known")
    tool, stage, decision = (_text(values, key, wrong) for key in ("tool", "stage", "decision"))
    reviewers, columns = (_mapping(values, key, wrong) for key in ("reviewers", "columns"))
    if tool not in TOOLS:
        raise wrong("tool", "no such tool is known")
    told_by_name = tool == "covidence" and not decision
    if stage not in STAGES and (stage or not told_by_name):
        raise wrong("stage", "this is no stage")
    if decision and (tool != "covidence" or decision not in DECISIONS[:3]):
        raise wrong("decision", "this is no decision of a whole file")
    if (tool == "table") != bool(columns) or (columns and "decision" not in columns) or columns.keys() - set(COLUMNS):
        raise wrong("columns", "these are not the columns of a table of decisions")
    if any("@" in role or not role for role in reviewers.values()):
        raise wrong("reviewers", "a reviewer has no role, or an address for one")
    return DecisionSidecar(
        tool, stage, _day(values, wrong), reviewers, decision, columns, one_line(_text(values, "note", wrong))
    )


Wrong = Callable[[str, str], DecisionImportProblem]


def _values(path: Path) -> dict[Any, Any]:
    form = "; ".join(f"{key} ({meaning})" for key, meaning in KEYS.items())
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DecisionImportProblem(f"{path}: the file does not exist. Remedy: write it with {form}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        what = one_line(str(error))
        raise DecisionImportProblem(f"{path}: no YAML in UTF-8 ({what}). Remedy: write it with {form}.") from error
    if not isinstance(values, dict):
        raise DecisionImportProblem(f"{path}: {values!r} is no mapping. Remedy: write it with {form}.")
    return values


def _text(values: dict[Any, Any], key: str, wrong: Wrong) -> str:
    value = values.get(key)
    if not isinstance(value or "", str):
        raise wrong(key, "this is no text")
    return (value or "").strip()


def _mapping(values: dict[Any, Any], key: str, wrong: Wrong) -> dict[str, str]:
    """A user of Rayyan can be a number; the initials NO are no text to YAML unless they stand in quotation marks."""
    value = values.get(key) or {}
    if not isinstance(value, dict) or not all(type(each) in (str, int) for pair in value.items() for each in pair):
        raise wrong(key, "this is no mapping of texts to texts (NO and ON need quotation marks)")
    return {str(name): str(meaning).strip() for name, meaning in value.items()}


def _day(values: dict[Any, Any], wrong: Wrong) -> str:
    value = values.get("date")
    try:
        return full_day(value.isoformat() if isinstance(value, date) else str(value)).isoformat()
    except ValueError as error:
        raise wrong("date", "this is no day") from error
