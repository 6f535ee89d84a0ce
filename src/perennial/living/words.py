"""What changed since the last release, as Markdown that can be mailed."""

from collections.abc import Mapping
from typing import Any

from perennial.numbers import interval, percent


def as_markdown(told: Mapping[str, Any]) -> str:
    """`told` is what changes.json says."""
    if told["before"] is None:
        why = told.get("unreadable")
        return "# What changed\n\n" + (
            f"The last release cannot be compared with: {why}\n" if why else "No version has been released yet.\n"
        )
    before, now = told["before"], told["now"]
    title = f"# What changed since version {before['version']} (as of {before['as_of']})"
    parts = [
        title,
        f"Now as of {now['as_of']}.",
        _studies(told["studies"]),
        _estimates(told["estimates"]),
        _signals(told),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def study_sentences(studies: Mapping[str, Any]) -> list[str]:
    """A sentence for each way in which studies changed; one that says so where none did."""
    labels = studies["labels"]

    def named(ids: list[str]) -> str:
        return ", ".join(labels.get(each, each) for each in ids)

    told = []
    if studies["new"]:
        told.append(f"New studies: {named(studies['new'])}.")
    if studies["withdrawn"]:
        told.append(f"Studies no longer included: {named(studies['withdrawn'])}.")
    told += [
        f"{row['arm_id']}, {row['analysis']}: {row['now']} from {row['report_now']} in the place of {row['before']} "
        f"from {row['report_before']}."
        for row in studies["superseded"]
    ]
    told += [
        f"{row['arm_id']}, {row['analysis']}: {row['now']} in the place of {row['before']}, both from {row['report']}."
        for row in studies["re_extracted"]
    ]
    if studies["retracted"]:
        told.append(f"Retracted reports among the included: {', '.join(studies['retracted'])}.")
    return told or ["No study came, went or changed."]


def change_of(each: Mapping[str, Any]) -> str:
    """The causes of one change in percentage points, those that are not zero."""
    if each["total"] is None:
        return "not comparable: there is no estimate on both sides"
    parts = [
        f"{cause} {100 * value:+.1f}" if value is not None else f"{cause} not estimable"
        for cause, value in each["causes"].items()
        if value is None or abs(value) > 5e-7
    ]
    return f"{100 * each['total']:+.1f} percentage points ({'; '.join(parts)})" if parts else "unchanged"


def estimate_cell(result: Mapping[str, Any]) -> str:
    if result["estimate"] is None:
        return f"no estimate (k = {result['k']})"
    return f"{percent(result['estimate'])}% ({interval(result['ci_low'], result['ci_high'])}), k = {result['k']}"


def fired(told: Mapping[str, Any]) -> list[str]:
    """The signals that fired, with their numbers."""
    found = [
        f"{each['label']}: {signal['rule']}: {signal['said']}."
        for each in told["estimates"]
        for signal in each["signals"]
        if signal["fired"]
    ]
    return found + [f"{signal['rule']}: {signal['said']}." for signal in told["signals"] if signal["fired"]]


def _studies(studies: Mapping[str, Any]) -> str:
    return "\n".join(f"- {sentence}" for sentence in study_sentences(studies))


def _estimates(estimates: list[Mapping[str, Any]]) -> str:
    head = "| | before | now | change and causes |\n| --- | --- | --- | --- |"
    rows = [
        f"| {each['label']} | {estimate_cell(each['before'])} | {estimate_cell(each['now'])} | {change_of(each)} |"
        for each in estimates
    ]
    return "\n".join([head, *rows]) if rows else ""


def _signals(told: Mapping[str, Any]) -> str:
    found = fired(told)
    said = "\n".join(f"- {signal}" for signal in found) if found else "No signal fired."
    return f"## Signals\n\n{said}"
