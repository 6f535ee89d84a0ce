"""The screening as the page shows it: what waits for whom, what was said so far, how far reviewers agree."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from perennial.csv_table import read_csv

STAGES = {"title_abstract": "titles and abstracts", "full_text": "full texts"}
DECISIONS = ("include", "maybe", "exclude")


def screening_display(results: Path, codes: dict[str, str], studies: dict[str, str]) -> dict[str, Any]:
    """`codes` are the labels of reasons, `studies` those of studies."""
    todo, screening = results / "todo", results / "screening"
    waiting, decisions = read_csv(todo / "screening.csv"), read_csv(screening / "decisions.csv")
    flow = results / "prisma" / "update.json"
    return {
        "flow": json.loads(flow.read_bytes()) if flow.exists() else None,
        "waiting": [said for stage in STAGES if (said := waiting_sentence(stage, waiting, decisions, codes))],
        "updates": update_sentences(waiting, decisions, studies),
        "conflicts": len(read_csv(todo / "conflicts.csv")),
        "unmatched": len(read_csv(todo / "unmatched_decisions.csv")),
        "decisions": len(decisions),
        "agreement": [
            agreement_sentence(pair) for pair in json.loads((screening / "agreement.json").read_bytes())["pairs"]
        ],
    }


def waiting_sentence(stage: str, waiting: list[dict], decisions: list[dict], codes: dict[str, str]) -> str:
    """How many publications want a vote at a stage, and what those who voted said; empty where none does."""
    ids = {row["record_id"] for row in waiting if row["stage"] == stage}
    if not ids:
        return ""
    said = f"{len(ids)} {'record wants' if len(ids) == 1 else 'records want'} a vote on {STAGES[stage]}"
    votes = [row for row in decisions if row["record_id"] in ids and row["stage"] == stage]
    for reviewer in sorted({row["reviewer"] for row in votes}):
        last = {
            row["record_id"]: row for row in sorted(votes, key=lambda row: row["date"]) if row["reviewer"] == reviewer
        }
        counted = Counter((row["decision"], row["reason"]) for row in last.values())
        parts = []
        for decision in DECISIONS:
            reasons = {codes.get(code, code): n for (said_so, code), n in counted.items() if said_so == decision}
            if reasons:
                why = "; ".join(
                    f"{label}, {n}" for label, n in sorted(reasons.items(), key=lambda each: -each[1]) if label
                )
                parts.append(f"{sum(reasons.values())} {decision}" + (f" ({why})" if why else ""))
        said += f". So far, unconfirmed, {reviewer} says: {'; '.join(parts)}"
    return said + "."


def update_sentences(waiting: list[dict], decisions: list[dict], studies: dict[str, str]) -> list[str]:
    """Records that wait and name the registration of an included study, unless those who voted would exclude them."""
    rejected = {row["record_id"] for row in decisions if row["decision"] == "exclude"}
    told = []
    for row in waiting:
        if row["may_be_study"] and row["record_id"] not in rejected:
            study = studies[row["may_be_study"].partition(",")[0]]
            told.append(
                f"{study} may have been updated: {row['title'].rstrip('.')} ({row['published']}) names its "
                "registration and awaits a vote and data; nothing of it is pooled."
            )
    return told


def agreement_sentence(pair: dict[str, Any]) -> str:
    one, other = pair["reviewers"]
    where = f"{one} and {other} on {STAGES[pair['stage']]}"
    if not pair["n"]:
        return f"{where}: no record was judged by both; {pair['only_one']} by one of them only."

    def told(name: str) -> str:
        value = pair[name]
        if value["estimate"] is None:
            return "not defined"
        interval = "" if value["ci_low"] is None else f" ({value['ci_low']:.2f} to {value['ci_high']:.2f})"
        return f"{value['estimate']:.2f}{interval}"

    return (
        f"{where}: {pair['n']} records judged by both, {pair['agreed']} alike; agreement {told('observed')}, "
        f"Cohen's kappa {told('kappa')}, PABAK {told('pabak')}, Gwet's AC1 {told('ac1')}; {pair['only_one']} judged by "
        "one of them only." + "".join(f" Note: {warning}." for warning in pair["warnings"])
    )
