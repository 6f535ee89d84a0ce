"""How the evidence accumulated and when a signal would have fired, as the page shows it."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from perennial.numbers import interval, percent
from perennial.report.display import read_json

FULL_DAY = len("2025-03-17")


def history_display(card: Mapping[str, Any], results: Path, outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`card` is that of the page, `outcomes` those that are pooled."""
    tried = read_json(results / "update" / "back_test.json")
    told, steps = {}, []
    for outcome in outcomes:
        found = [(group, _steps(results, outcome["id"], group["id"])) for group in card["groups"]]
        steps += [step for _, history in found for step in history]
        told[outcome["id"]] = {
            "sentences": [history_sentence(group["label"], history, card["primary_model"]) for group, history in found],
            "rows": [
                _row(group["id"], group["label"], step, card["primary_model"], card["arm_names"][group["id"]])
                for group, history in found
                for step in history
            ],
        }
    return {
        "included": included_sentence(tried["included"]),
        "dates": dates_sentence(steps),
        "outcomes": told,
        "tried": tried["tried"],
        "fired": [each for each in tried["tried"] if each["fired"]],
        "back_test": back_test_sentence(tried["tried"]),
        "without_threshold": [each["label"] for each in outcomes if each["id"] not in card["thresholds"]],
    }


def _steps(results: Path, outcome: str, group: str) -> list[dict[str, Any]]:
    return read_json(results / "analyses" / outcome / group / "history.json")["steps"]


def _row(group: str, label: str, step: Mapping[str, Any], model: str, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "group": group,
        "label": label,
        "date": step["date"],
        "reconstructed": step["reconstructed"],
        "what": "; ".join(what_changed(step, names)),
        **step["models"][model],
    }


def what_changed(step: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """What came, has other counts or went at a step, each with what its date rests on."""
    told = [f"new: {names[row['arm_id']]}, {_count(row)} ({_dated(row)})" for row in step["came"]]
    for change in step["changed"]:
        before, now = change["before"], change["now"]
        where = "from a newer report" if before["report_id"] != now["report_id"] else "corrected"
        told.append(f"{names[now['arm_id']]}: {_count(now)} instead of {_count(before)}, {where} ({_dated(now)})")
    return told + [f"no longer: {names[arm['arm_id']]}, {arm['reason']}" for arm in step["went"]]


def _count(row: Mapping[str, Any]) -> str:
    return f"{row['events']}/{row['n']}"


def _dated(row: Mapping[str, Any]) -> str:
    return f"{row['published']}, {row['basis']}"


def history_sentence(group: str, history: Sequence[Mapping[str, Any]], model: str) -> str:
    """From the first step of a group to the last, and the largest move of its estimate between two."""
    if not history:
        return f"{group}: no study."
    results = [(step["date"], step["models"][model]) for step in history]
    first, *rest = (f"{_estimate(result)} on {day}" for day, result in results)
    if not rest:
        return f"{group}: one step, {first}."
    estimates = [result["estimate"] for _, result in results]
    moves = [abs(new - old) for old, new in pairwise(estimates) if None not in (old, new)]
    moved = f"; between two steps the estimate moved by at most {percent(max(moves))} points" if moves else ""
    return f"{group}: in {len(results)} steps from {first} to {rest[-1]}{moved}."


def _estimate(result: Mapping[str, Any]) -> str:
    studies = f"{result['k'] or 'no'} {'study' if result['k'] == 1 else 'studies'}"
    if result["estimate"] is None:
        return f"no estimate ({studies})"
    return f"{percent(result['estimate'])}% ({interval(result['ci_low'], result['ci_high'])}; {studies})"


def included_sentence(included: Sequence[Mapping[str, Any]]) -> str:
    """How many studies the review included, and since when."""
    if not included:
        return "No study has been included yet."
    told = ", ".join(f"{each['studies']} from {each['date']} on" for each in included)
    past = sum(each["reconstructed"] for each in included)
    kind = {0: "", len(included): " All of this is reconstructed."}.get(past, f" The first {past} are reconstructed.")
    return f"Studies included: {told}.{kind}"


def dates_sentence(steps: Sequence[Mapping[str, Any]]) -> str:
    """On how exact dates the steps rest."""
    rows = [row for step in steps for row in (*step["came"], *(change["now"] for change in step["changed"]))]
    published = {row["report_id"]: row["published"] for row in rows}
    partial = sum(len(day) < FULL_DAY for day in published.values())
    if not partial:
        return ""
    whole = len(published)
    return (
        f"Of {whole} {'report' if whole == 1 else 'reports'}, {partial} {'is' if partial == 1 else 'are'} dated by a "
        "year or a month alone, which counts from its first day: the step may stand earlier than the report appeared, "
        "and reports of one year stand in one step."
    )


def back_test_sentence(tried: Sequence[Mapping[str, Any]]) -> str:
    """How often a rule was tried, fired and could not be applied."""
    if not tried:
        return "There is no step, so no rule was tried."
    fired = [each["date"] for each in tried if each["fired"]]
    refused = sum(each["fired"] is None for each in tried)
    when = ", ".join(f"{fired.count(day)} on {day}" for day in dict.fromkeys(fired))
    return (
        f"Of {len(tried)} trials of a rule at a step against the step before, {len(fired)} fired"
        f"{f' ({when})' if fired else ''}, {len(tried) - len(fired) - refused} did not, and {refused} could not be "
        "applied."
    )
