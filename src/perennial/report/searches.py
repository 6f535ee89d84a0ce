"""The searches and the records as the page shows them: what was asked of whom, what came, and what was not checked."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from perennial.csv_table import read_csv

CHECKED = ("nothing known", "not in this source", "not checked")


def search_display(results: Path) -> dict[str, Any]:
    """All of the section, from the folder of the results."""
    account = json.loads((results / "search" / "account.json").read_bytes())
    sources = read_csv(results / "records" / "sources.csv")
    status = read_csv(results / "records" / "report_status.csv")
    trials = read_csv(results / "records" / "trials.csv")
    todo = {name: len(read_csv(results / "todo" / f"{name}.csv")) for name in ("search", "set_aside", "duplicates")}
    return {
        "sources": [{**each, "sentinels": sentinel_sentence(each)} for each in account["sources"] if each["dates"]],
        "asked": any(each.get("query") for each in account["sources"]) or bool(account["imports"]),
        "absent": [each for each in account["sources"] if not each["dates"]],
        "strategy": account["strategy"],
        "never_sent": not any(each.get("query") for each in account["sources"] if each["source"] == "pubmed"),
        "imports": [_import(told, sources) for told in account["imports"]],
        "records": records_sentence(results, sources),
        "status": [row for row in status if row["state"] not in CHECKED],
        "status_sentences": status_sentences(status),
        "trials": [row for row in trials if row["study_id"]],
        "trials_sentence": trials_sentence(trials),
        "waiting": read_csv(results / "todo" / "search.csv"),
        "todo": todo,
    }


def _import(told: dict[str, Any], sources: list[dict[str, str]]) -> dict[str, Any]:
    name = Path(told["file"]).name
    return {"name": name, **told, **next(row for row in sources if row["place"] == f"imports/{name}")}


def sentinel_sentence(account: dict[str, Any]) -> str:
    """How many of the included reports the search found; empty where it was not asked."""
    sentinels = account.get("sentinels", [])
    if not sentinels:
        return ""
    states = Counter(each["state"] for each in sentinels)
    said = f"Of the {len(sentinels)} included reports, the search finds {states['found']}"
    if states["not in this source"]:
        said += f"; {states['not in this source']} cannot be in it, because this source has no such record"
    if states["missed"]:
        missed = [
            f"{each['report_id']} ({', '.join(each['not_matched']) or 'the combination'} does not match)"
            for each in sentinels
            if each["state"] == "missed"
        ]
        said += f"; it misses {len(missed)}: {'; '.join(missed)}"
    return said + "."


def records_sentence(results: Path, sources: list[dict[str, str]]) -> str:
    if not sources:
        return "No record is archived, so none could be read, compared or screened here."
    with (results / "records" / "records.jsonl").open("rb") as file:
        kept = sum(1 for _ in file)
    clusters = read_csv(results / "records" / "clusters.csv")
    spare = len(clusters) - len({row["cluster"] for row in clusters})
    listed, distinct = (sum(int(row[column]) for row in sources) for column in ("read", "new"))
    besides = kept - distinct
    return (
        f"{listed:,} records were listed in {len(sources):,} {'run' if len(sources) == 1 else 'searches and imports'}, "
        f"{distinct:,} different ones. "
        + (f"{besides:,} more, which no search lists, were read because a study rests on them. " if besides else "")
        + f"{spare:,} of all {kept:,} are duplicates of another."
    )


def status_sentences(status: list[dict[str, str]]) -> list[str]:
    """For each source, what was and was not learnt of the included reports."""
    sentences = []
    for source in dict.fromkeys(row["source"] for row in status):
        rows = [row for row in status if row["source"] == source]
        reports = len({row["report_id"] for row in rows})
        counts = {state: len({row["report_id"] for row in rows if row["state"] == state}) for state in CHECKED}
        told = reports - sum(counts.values())
        if counts["not checked"] == reports:
            sentences.append(f"{source}: not checked for any of the {reports} included reports.")
        else:
            day = max(row["checked"] for row in rows)
            sentences.append(
                f"{source}, {day}: of {reports} included reports, {told} with a notice, {counts['nothing known']} "
                f"without, {counts['not in this source']} not in this source, {counts['not checked']} not checked."
            )
    return sentences


def trials_sentence(trials: list[dict[str, str]]) -> str:
    """How many trials the registry has on the question, by status."""
    others = [row for row in trials if not row["study_id"]]
    days = {row["checked"] for row in trials} - {""}
    if not days:
        return "ClinicalTrials.gov was not checked: neither trials of the question nor the status of included trials."
    states = Counter(row["status"].replace("_", " ").lower() for row in others)
    told = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    posted = sum(row["has_results"] == "true" for row in others)
    return f"ClinicalTrials.gov, {max(days)}: besides the included trials, {len(others)} on the question" + (
        f" ({told}); {posted} of them have posted results." if others else "."
    )
