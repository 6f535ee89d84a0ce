"""Result tables as a reader wants them: one row an arm, one cell an outcome."""

import json
from collections.abc import Iterable
from pathlib import Path

from perennial.numbers import percent

STATUS = {"not_reached": "not reached", "not_estimable": "not estimable", "not_reported": "not reported"}


def read_json(path: Path) -> dict:
    return json.loads(path.read_bytes())


def responses_by_arm(rows: Iterable[dict], outcomes: list[dict]) -> list[dict]:
    """Whole arms of the responses table, with `cells` by outcome, as the review's second table has them."""
    arms: dict[tuple, dict] = {}
    for row in rows:
        if row["population"] == "all":
            key = row["arm_id"], row["group"]
            arm = arms.setdefault(key, {**row, "cells": {outcome["id"]: "" for outcome in outcomes}})
            arm["cells"][row["outcome"]] = _response(row)
    return list(arms.values())


def _response(row: dict) -> str:
    printed = row["reported_percent"]
    if not row["events"]:
        return "not reported" + (f" (about {printed[1:]}%)" if printed.startswith("~") else "")
    return f"{row['events']}/{row['n']} ({percent(int(row['events']) / int(row['n']))}%)"


def secondary_by_arm(rows: Iterable[dict], outcomes: list[dict]) -> list[dict]:
    """Arms of the secondary table with `cells` by outcome; what was not reached, estimable or reported says so."""
    arms: dict[tuple, dict] = {}
    for row in rows:
        key = row["arm_id"], row["group"]
        arm = arms.setdefault(key, {**row, "cells": {o["id"]: "" for o in outcomes if o["kind"] != "proportion"}})
        at = f" at {row['timepoint']}" if row["unit"] == "percent" else ""
        told = arm["cells"][row["outcome"]]
        arm["cells"][row["outcome"]] = "; ".join(filter(None, [told, _value(row, "estimate") + _bounds(row) + at]))
    return list(arms.values())


def _value(row: dict, column: str) -> str:
    if not row[column]:
        return STATUS.get(row[f"{column}_status"], "")
    return row[column] + {"percent": "%", "months": ""}.get(row["unit"], f" {row['unit']}")


def _bounds(row: dict) -> str:
    statuses = {row["ci_low_status"], row["ci_high_status"]}
    # An interval that is missing throughout, or missing just as its estimate is, adds nothing.
    if "reported" not in statuses and (statuses <= {"not_reported", ""} or statuses == {row["estimate_status"]}):
        return ""
    level = f"{float(row['ci_level']):g}% interval " if row["ci_level"] else ""
    return f" ({level}{_value(row, 'ci_low')} to {_value(row, 'ci_high')})"
