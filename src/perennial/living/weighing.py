"""Reports that were retracted, corrected or doubted: what was decided, and results with and without them until then."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from perennial.records.status import kind_of, said_by
from perennial.stats.medians import NOT_AVAILABLE, pool_median_rows
from perennial.stats.pooling import model_from_dict, pool_proportions

SHOWN = ("k", "n", "events", "estimate", "ci_low", "ci_high", "pi_low", "pi_high", "tau2", "i2", "warnings")

Told = dict[str, Any]
Meaning = Mapping[str, Any]


def weigh(meaning: Meaning, status: Iterable[Mapping[str, str]]) -> Told:
    """All notices about reports, those that wait for a person and those that somebody decided on.

    `meaning` holds the decisions known by then and what is pooled with and without each report, as
    ``perennial.workflow.notice_cards`` makes it; `status` is results/records/report_status.csv. A decision covers the
    notices that it names: another one on the same report waits, unless the report is excluded already.
    """
    waiting, decided = [], []
    for (report, kind), rows in _by_kind(status).items():
        names = sorted({row["notice"] or row["source"] for row in rows})
        told = _told(meaning, report, kind, "; ".join(names), [said_by(row) for row in rows])
        of_kind = [row for row in meaning["decisions"] if (row["report_id"], row["kind"]) == (report, kind)]
        looked_at = {name.strip() for row in of_kind for name in row["notice"].split(";")}
        if report in meaning["excluded"]:
            decided.append({**told, "decision": _exclusion(meaning, report)})
        elif set(names) <= looked_at:
            decided.append({**told, "decision": of_kind[0]})
        else:
            sides = {"analyses": _side_by_side(meaning, report), "medians": _medians(meaning, report)}
            waiting.append({**told, "decisions": of_kind, **sides})
    for report in meaning["excluded"]:
        if report not in {each["report_id"] for each in decided}:
            decision = _exclusion(meaning, report)
            told = _told(meaning, report, decision["kind"], decision["notice"], ["no source tells of it now"])
            decided.append({**told, "decision": decision})
    labels = {name: meaning["models"][name]["label"] for name in meaning["shown"]}
    return {"shown": labels, "waiting": waiting, "decided": decided}


def _told(meaning: Meaning, report: str, kind: str, notice: str, said: list[str]) -> Told:
    return {"report_id": report, **meaning["reports"][report], "kind": kind, "notice": notice, "said": said}


def _exclusion(meaning: Meaning, report: str) -> Meaning:
    """The newest decision by which a report counts no more."""
    found = [row for row in meaning["decisions"] if (row["report_id"], row["decision"]) == (report, "exclude")]
    return max(found, key=lambda row: row["date"])


def _by_kind(status: Iterable[Mapping[str, str]]) -> dict[tuple[str, str], list[Mapping[str, str]]]:
    """The rows that speak of a notice, by report and kind."""
    found: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for row in status:
        if kind := kind_of(row["state"]):
            found.setdefault((row["report_id"], kind), []).append(row)
    return dict(sorted(found.items()))


def _side_by_side(meaning: Meaning, report: str) -> list[Told]:
    """Each analysis that the report gives counts to, as it is and without it, under every model."""
    found = []
    for name in meaning["order"]:
        analysis = meaning["analyses"][name]
        if report not in analysis["without"]:
            continue
        rows, others = analysis["rows"], analysis["without"][report]
        took = {row["arm_id"]: row for row in others}
        found.append(
            {
                "analysis": name,
                "label": analysis["label"],
                "arms": [
                    {
                        "arm_id": row["arm_id"],
                        "count": f"{row['events']}/{row['n']}",
                        "instead": _instead(took.get(row["arm_id"])),
                    }
                    for row in rows
                    if row["report_id"] == report
                ],
                "models": {
                    model: {
                        side: _pooled(counts, definition["settings"], meaning["level"])
                        for side, counts in (("with", rows), ("without", others))
                    }
                    for model, definition in meaning["models"].items()
                },
            }
        )
    return found


def _medians(meaning: Meaning, report: str) -> list[Told]:
    """Each pooled median that the report gives one to, as it is and without it."""
    found = []
    for asked in meaning["medians"]:
        if report not in {row["report_id"] for row in asked["rows"]}:
            continue
        kept, gone = (pool_median_rows(rows, meaning["level"]) for rows in (asked["rows"], asked["without"][report]))
        if kept.status != NOT_AVAILABLE:
            sides = {"with": kept.to_dict(), "without": gone.to_dict()}
            found.append({"analysis": asked["analysis"], "label": asked["label"], **sides})
    return found


def _instead(row: Meaning | None) -> str | None:
    """The count of an earlier report that takes the place; None where there is none."""
    return f"{row['events']}/{row['n']} from {row['report_id']}" if row else None


def _pooled(rows: Sequence[Meaning], settings: dict, level: float) -> Told:
    events, n = [row["events"] for row in rows], [row["n"] for row in rows]
    result = pool_proportions(events, n, model_from_dict(settings), level).to_dict()
    return {key: result[key] for key in SHOWN}
