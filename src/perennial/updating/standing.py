"""How a review stands after a run: what a message can tell, as numbers and names that can be compared."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from perennial.csv_table import read_csv
from perennial.records.status import ABSENT, NOTHING, UNCHECKED

ESTIMATE = ("k", "n", "events", "estimate", "ci_low", "ci_high")


def standing(results: Path, labels: Mapping[str, str]) -> dict[str, Any]:
    """Read it out of the results of a run that succeeded; `labels` name each analysis, by outcome.group.

    Records have their titles, by id.
    """
    summary = json.loads((results / "summary.json").read_bytes())
    changes = json.loads((results / "update" / "changes.json").read_bytes())
    account = json.loads((results / "search" / "account.json").read_bytes())
    return {
        "as_of": summary["as_of"],
        "version": summary["version"],
        "previous_version": summary.get("previous_version"),
        "searched": {each["source"]: each["dates"][-1] for each in account["sources"] if each["dates"]},
        "records": _titles(results),
        "studies": summary["studies_included"],
        "estimates": {
            name: {"label": label, **{key: summary["analyses"][outcome][group][key] for key in ESTIMATE}}
            for name, label in labels.items()
            for outcome, _, group in [name.partition(".")]
        },
        "signals": _fired(changes),
        "notices": _notices(read_csv(results / "records" / "report_status.csv")),
        "work": {path.stem: len(read_csv(path)) for path in sorted((results / "todo").glob("*.csv"))},
    }


QUIET = {NOTHING, ABSENT, UNCHECKED, "update"}
"""States of a report that are no notice about it."""


def _notices(status: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Each kind of notice about a report, once, and which sources tell it."""
    told: dict[str, set[str]] = {}
    for row in status:
        if row["state"] not in QUIET:
            place = f"{row['source']}: {row['notice']}" if row["notice"] else row["source"]
            told.setdefault(f"{row['report_id']}: {row['state'].replace('_', ' ')}", set()).add(place)
    return {name: "; ".join(sorted(told[name])) for name in sorted(told)}


def _fired(changes: Mapping[str, Any]) -> dict[str, str]:
    """The signals that fired since the last release, each with its numbers. Retractions are told as notices."""
    places = [*changes["estimates"], *changes["contrasts"]] if changes["before"] else []
    return {
        f"{place['label']}: {signal['rule']}": signal["said"]
        for place in places
        for signal in place["signals"]
        if signal["fired"]
    }


def _titles(results: Path) -> dict[str, str]:
    """The title of every record that a search or an import found, by its id."""
    with (results / "records" / "records.jsonl").open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return {record["record_id"]: record.get("title", "") for record in records if record["listed"]}
