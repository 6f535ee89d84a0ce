"""The living review as one self-contained page: every number, table and figure from the results."""

import base64
import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from perennial.numbers import interval, p_value, percent
from perennial.report.sentences import (
    comparison_sentence,
    egger_sentence,
    heterogeneity_class,
    leave_one_out_sentence,
    pooled_sentence,
)

STATUS = {"not_reached": "not reached", "not_estimable": "not estimable", "not_reported": "not reported"}


def render_page(card: dict, results: Path, template: str, style: str) -> str:
    """`card` holds names and settings, `results` is the folder of the computed results; all text is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"percent": percent, "p_value": p_value}
    summary = _json(results / "summary.json")
    outcomes = [o for o in card["outcomes"] if o["kind"] == "proportion"]
    return environment.from_string(template).render(
        card=card,
        summary=summary,
        style=Markup(style),
        outcomes=[_outcome(card, summary, results, outcome) for outcome in outcomes],
        interval=interval,
        heterogeneity_class=heterogeneity_class,
        characteristics=_csv(results / "tables" / "characteristics.csv"),
        responses=_responses(_csv(results / "tables" / "responses.csv"), outcomes),
        parts=[row for row in _csv(results / "tables" / "responses.csv") if row["population"] != "all"],
        secondary=_secondary(_csv(results / "tables" / "secondary.csv"), card["outcomes"]),
        secondary_outcomes=[o for o in card["outcomes"] if o["kind"] != "proportion"],
        abbreviation={o["id"]: o["abbreviation"] for o in card["outcomes"]},
        checks=_csv(results / "todo" / "checks.csv"),
    )


def _outcome(card: dict, summary: dict, results: Path, outcome: dict) -> dict[str, Any]:
    """All that the page says of one pooled outcome."""
    folder, name, primary = results / "analyses" / outcome["id"], outcome["id"], card["primary_model"]
    names = {arm: label["label"] for arm, label in card["arms"].items()}
    groups = []
    for group in card["groups"]:
        result = summary["analyses"][name][group["id"]]
        runs = _json(folder / group["id"] / "sensitivity.json")["leave_one_out"][primary]
        groups.append(
            {
                **group,
                "result": result,
                "left_out": [f"{names[arm['arm_id']]}: {arm['reason']}" for arm in result["left_out"]],
                "sentence": pooled_sentence(group["label"], result, card["level"], card["heterogeneity"]),
                "leave_one_out": leave_one_out_sentence(group["label"], runs, names),
                "leave_one_out_figure": _picture(folder / group["id"] / "leave_one_out.svg"),
            }
        )
    tests = summary["bias"][name]
    return {
        **outcome,
        "groups": groups,
        "forest": _picture(folder / "forest.svg"),
        "funnel": _picture(folder / "funnel.svg"),
        "egger": [
            egger_sentence(test["label"], card["bias_sets"][test["set"]], tests[test["id"]])
            for test in card["bias_tests"]
        ],
        "comparisons": [
            comparison_sentence(each["label"], summary["comparisons"][name][each["id"]]["models"][primary])
            for each in card["comparisons"]
        ],
    }


def _responses(rows: Iterable[dict], outcomes: list[dict]) -> list[dict]:
    """One row an arm, one cell an outcome, as the review's second table has it."""
    arms: dict[tuple, dict] = {}
    for row in rows:
        if row["population"] == "all":
            key = row["study"], row["arm"], row["group"]
            arm = arms.setdefault(key, {**row, "cells": {outcome["id"]: "" for outcome in outcomes}})
            arm["cells"][row["outcome"]] = _response(row)
    return list(arms.values())


def _response(row: dict) -> str:
    printed = row["reported_percent"]
    if not row["events"]:
        return "not reported" + (f" (about {printed[1:]}%)" if printed.startswith("~") else "")
    return f"{row['events']}/{row['n']} ({percent(int(row['events']) / int(row['n']))}%)"


def _secondary(rows: Iterable[dict], outcomes: list[dict]) -> list[dict]:
    """One row an arm, one cell an outcome; what was not reached, not estimable or not reported says so."""
    arms: dict[tuple, dict] = {}
    for row in rows:
        key = row["study"], row["arm"]
        arm = arms.setdefault(key, {**row, "cells": {o["id"]: "" for o in outcomes if o["kind"] != "proportion"}})
        at = f" at {row['timepoint']}" if row["unit"] == "percent" else ""
        arm["cells"][row["outcome"]] = _value(row, "estimate") + _bounds(row) + at
    return list(arms.values())


def _value(row: dict, column: str) -> str:
    if not row[column]:
        return STATUS.get(row[f"{column}_status"], "")
    return row[column] + {"percent": "%", "months": ""}.get(row["unit"], f" {row['unit']}")


def _bounds(row: dict) -> str:
    statuses = {row["ci_low_status"], row["ci_high_status"]}
    if statuses <= {"not_reported", ""} or statuses == {row["estimate_status"]}:
        return ""
    return f" ({_value(row, 'ci_low')} to {_value(row, 'ci_high')})"


def _picture(path: Path) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode()


def _json(path: Path) -> dict:
    return json.loads(path.read_bytes())


def _csv(path: Path) -> list[dict]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
