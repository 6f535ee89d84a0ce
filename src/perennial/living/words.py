"""What changed between two versions in sentences and tables, the same on the page and in a text to mail."""

from collections.abc import Iterable, Mapping
from typing import Any

from perennial.living import notices
from perennial.numbers import interval, p_value, percent

Told = Mapping[str, Any]

COLUMNS = ("", "", "%", "interval", "prediction interval", "τ²", "I²", "conclusion", "k", "n")


def as_markdown(told: Told) -> str:
    """`told` is what changes.json says."""
    noticed = notices.as_markdown(told["notices"]) if "notices" in told else ""
    noticed = f"## Notices about included reports\n\n{noticed}" if noticed else ""
    if told["before"] is None:
        why = told.get("unreadable")
        said = f"The last release cannot be compared with: {why}" if why else "No version has been released yet."
        return "\n\n".join(part for part in ("# What changed", said, noticed) if part) + "\n"
    parts = [
        f"# {title(told)}",
        noticed,
        "## Studies",
        _list(study_sentences(told["studies"])),
        "## Protocol and software",
        _list(protocol_sentences(told)),
        "## Estimates",
        _table(COLUMNS, estimate_rows(told)),
        _table(("", "change and causes"), cause_rows(told)),
        "## Comparisons of groups" if told["contrasts"] else "",
        _table(("", "", "difference", "scale", "P", "conclusion"), contrast_rows(told)),
        "## Signals",
        _list(signal_sentences(told)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def title(told: Told) -> str:
    before, now = told["before"], told["now"]
    since = f"version {before['version']} (as of {before['as_of']})"
    if now["version"]:
        return f"What changed from {since} to version {now['version']} (as of {now['as_of']})"
    return f"What changed since {since}, as of {now['as_of']}"


def study_sentences(studies: Told) -> list[str]:
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
        told.append(f"Reports retracted since: {', '.join(studies['retracted'])}.")
    return told or ["No study came, went or changed."]


def protocol_sentences(told: Told) -> list[str]:
    """What was added to the protocol, taken out, or set to another value; and other software."""
    protocol, found = told["protocol"], []
    for how, said in (("added", "Added"), ("removed", "No longer there")):
        found += [f"{said}: {kind} {', '.join(names)}." for kind, names in protocol[how].items() if names]
    found += [
        f"{each['setting']}: {_value(each['now'])} in the place of {_value(each['before'])}."
        for each in protocol["settings"]
    ]
    found += [
        f"{each['name']} {each['now'] or 'is not there'} in the place of {each['before'] or 'none'}."
        for each in told["software"]
    ]
    return found or ["The protocol and the versions of the software are the same."]


def estimate_rows(told: Told) -> list[list[str]]:
    """Two rows an estimate, before and now, with `COLUMNS`."""
    rows = []
    for each in told["estimates"]:
        for side in ("before", "now"):
            label = each["label"] if side == "before" else ""
            rows.append([label, side, *(_cells(each[side]) if each[side] else ["not analysed", *[""] * 7])])
    return rows


def _cells(result: Told) -> list[str]:
    if result["estimate"] is None:
        return ["no estimate", *[""] * 5, str(result["k"]), str(result["n"])]
    conclusions = [f"{result['heterogeneity']} heterogeneity"] if result["heterogeneity"] else []
    if result["side"]:
        conclusions.append(f"{percent(result['threshold'])}%: {result['side']}")
    return [
        percent(result["estimate"]),
        interval(result["ci_low"], result["ci_high"]),
        interval(result["pi_low"], result["pi_high"]),
        "" if result["tau2"] is None else f"{result['tau2']:.4f}" if result["tau2"] else "0",
        "" if result["i2"] is None else f"{result['i2']:.1f}%",
        "; ".join(conclusions),
        str(result["k"]),
        str(result["n"]),
    ]


def cause_rows(told: Told) -> list[list[str]]:
    return [[each["label"], change_of(each)] for each in told["estimates"]]


def change_of(each: Told) -> str:
    """The causes of one change in percentage points, those that are not zero."""
    if not (each["before"] and each["now"]):
        return "new in the protocol" if each["now"] else "no longer in the protocol"
    if each["total"] is None:
        return "not comparable: there is no estimate on both sides"
    parts = [
        f"{cause} {_points(change)}" for cause, change in each["causes"].items() if change is None or abs(change) > 5e-7
    ]
    return f"{_points(each['total'])} percentage points ({'; '.join(parts)})" if parts else "unchanged"


def _points(change: float | None) -> str:
    """A change in percentage points, with as many decimals as it takes not to be shown as nothing."""
    if change is None:
        return "not estimable"
    return f"{100 * change:+.1f}" if abs(change) >= 5e-4 or change == 0 else f"{100 * change:+.1g}"


def contrast_rows(told: Told) -> list[list[str]]:
    rows = []
    for each in told["contrasts"]:
        for side in ("before", "now"):
            label, found = each["label"] if side == "before" else "", each[side]
            if found is None:
                cells = ["not compared", "", "", ""]
            elif found["estimate"] is None:
                cells = ["; ".join(found["warnings"]), "", "", found["verdict"]]
            else:
                difference = f"{found['estimate']:.3f} ({found['ci_low']:.3f} to {found['ci_high']:.3f})"
                scale = found["scale"].replace("_", "-")
                cells = [difference, scale, p_value(found["q_p"]), found["verdict"]]
            rows.append([label, side, *cells])
    return rows


def signal_sentences(told: Told) -> list[str]:
    """The signals that fired, with their numbers; the rules that could not be applied; what was looked up."""
    told_of = [(each["label"], each["signals"]) for each in (*told["estimates"], *told["contrasts"])]
    signals = [(label, signal) for label, found in told_of for signal in found]
    fired = [f"{label}: {signal['rule']}: {signal['said']}." for label, signal in signals if signal["fired"]]
    fired += [f"{signal['rule']}: {signal['said']}." for signal in told["signals"] if signal["fired"]]
    idle = [(label, signal) for label, signal in signals if signal["fired"] is None]
    silent = [f"{label}: not applied: {_rule(signal)}{signal['said']}." for label, signal in idle]
    silent += [
        f"{'Not checked' if signal['fired'] is None else 'Did not fire'}: {signal['rule']}: {signal['said']}."
        for signal in told["signals"]
        if not signal["fired"]
    ]
    return [*(fired or ["No signal fired."]), *silent]


def _rule(signal: Told) -> str:
    return "" if signal["rule"] == "any" else f"{signal['rule']}: "


def _value(value: Any) -> str:
    said = "nothing" if value is None else str(value)
    return said if len(said) <= 80 else f"{said[:77]}..."


def _list(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _table(columns: Iterable[str], rows: list[list[str]]) -> str:
    if not rows:
        return ""
    lines = [list(columns), ["---"] * len(list(columns)), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
