"""What ``perennial.living.weighing`` found about reports with a notice, in sentences and as a form to fill in."""

from collections.abc import Mapping
from typing import Any

from perennial.csv_table import FILL_IN
from perennial.numbers import interval, percent, value_or_status

DECISION = ["report_id", "kind", "notice", "decision", "reason", "by", "date"]
FORM = [*DECISION, FILL_IN, "study", "citation", "said", "effect"]
"""The list results/todo/notices.csv: what a person decides, and what there is to know for it."""

MEDIAN = "median of medians"
NOT_AVAILABLE = "not_available"
"""The status of a median for which there are too few."""

Told = Mapping[str, Any]


def notices_form(told: Told) -> list[dict[str, str]]:
    """The rows of results/todo/notices.csv, with FORM."""
    return [
        {
            **{column: each[column] for column in ("report_id", "kind", "notice", "study", "citation")},
            FILL_IN: "decision, reason, by, date",
            "said": "; ".join(each["said"]),
            "effect": " ".join(effect_sentences(each, told["shown"])),
        }
        for each in told["waiting"]
    ]


def waiting_sentence(each: Told) -> str:
    """That a report waits for a decision, and that it counts until then."""
    kind = each["kind"].replace("_", " ")
    return (
        f"{each['study']}, {each['report_id']}: {kind if kind != 'other' else 'notice'} ({'; '.join(each['said'])}). "
        "Nobody has decided yet whether the report may still be used; until then it counts, and each result that rests "
        "on it is shown with and without it."
    )


def effect_sentences(each: Told, shown: Mapping[str, str]) -> list[str]:
    """What each analysis would be without the report, under the models `shown`; and what it gives besides."""
    told = []
    for analysis in each["analyses"]:
        for model, label in shown.items():
            sides = analysis["models"][model]
            words = " with it, ".join(result_words(sides[side]) for side in ("with", "without"))
            told.append(f"{analysis['label']}, {label}: {words} without it.")
    for median in each["medians"]:
        kept, gone = (median_words(median[side]) for side in ("with", "without"))
        told.append(f"{median['label']}, {MEDIAN}: {kept} with it, {gone} without it.")
    if not told:
        told.append("No pooled result rests on it.")
    if each["gives"]:
        told.append(f"It also gives {', '.join(each['gives'])}, which are tabulated as they are.")
    return told


def result_words(result: Told) -> str:
    if result["estimate"] is None:
        return f"no estimate (k = {result['k']})"
    return f"{percent(result['estimate'])}% ({interval(result['ci_low'], result['ci_high'])}, k = {result['k']})"


def median_words(found: Told) -> str:
    """A median of medians with its interval; a bound beyond the medians that were reached is called so."""
    if found["status"] == NOT_AVAILABLE:
        return f"no pooled median (k = {found['k']})"
    estimate, low, high = (
        value_or_status(found[name], found[status])
        for name, status in (("estimate", "status"), ("ci_low", "ci_low_status"), ("ci_high", "ci_high_status"))
    )
    return f"{estimate} ({low} to {high}, k = {found['k']})"


def decided_sentence(each: Told) -> str:
    """What was decided on a notice, by whom and why."""
    decision = each["decision"]
    what = "excluded, its numbers no longer count" if decision["decision"] == "exclude" else "kept"
    return (
        f"{each['study']}, {each['report_id']}: {each['kind'].replace('_', ' ')} ({'; '.join(each['said'])}); {what}: "
        f"{decision['reason']} ({decision['by']}, {decision['date']})."
    )


def as_markdown(told: Told) -> str:
    """Both as a list; empty where no notice is known."""
    lines = []
    for each in told["waiting"]:
        lines += [f"- {waiting_sentence(each)}", *(f"  - {said}" for said in effect_sentences(each, told["shown"]))]
    lines += [f"- {decided_sentence(each)}" for each in told["decided"]]
    return "\n".join(lines)
