"""A message in words: a subject, a mail, and a summary for the terminal."""

from collections.abc import Callable, Mapping
from email.header import Header
from typing import Any

from perennial.numbers import interval, percent
from perennial.records.text import one_line
from perennial.report.work import NOUNS, several

OTHERS = {
    "search": ("thing to look at in the searches", "things to look at in the searches"),
    "set_aside": ("record that could not be read", "records that could not be read"),
    "unmatched_decisions": ("decision on a record that is not known", "decisions on records that are not known"),
}
"""Lists that the page counts elsewhere."""
MOST = 10
"""New records that a mail names; the others are counted."""


def subject(payload: Mapping[str, Any]) -> str:
    return one_line(f"[{payload['review']}] {'; '.join(_headlines(payload))}")


def summary(payload: Mapping[str, Any], place: str) -> str:
    """A few lines for the terminal; cron mails them."""
    lines = [subject(payload), *(f"Failed: {each['what']}." for each in payload["failures"])]
    if waits := _waits(payload):
        lines.append(f"Waiting for people: {', '.join(waits)}.")
    return "\n".join([*lines, f"The message: {place}"]) + "\n"


def mail(payload: Mapping[str, Any]) -> str:
    """The text of a mail with its header, the subject first."""
    found = subject(payload)
    header = [
        f"Subject: {found if found.isascii() else Header(found, 'utf-8', maxlinelen=10_000).encode()}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    ]
    parts = [
        _opening(payload),
        *(part for section in SECTIONS for part in [section(payload)] if part),
        f"Message {payload['id']}",
    ]
    return "\n".join(header) + "\n\n" + "\n\n".join(parts) + "\n"


def _opening(payload: Mapping[str, Any]) -> str:
    day, status = payload["day"], payload["exit_status"]
    standing = f"The review is as of {payload['as_of']}. " if payload["as_of"] else ""
    lines = [f"{payload['review']}: update of {day}. {standing}Exit status {status}."]
    if payload["first"]:
        lines.append("This is the first message: it tells all that there is.")
    else:
        lines.append(f"Told is what is new since message {payload['since']} of {payload['since_day']}.")
    if payload["replaces"]:
        replaced = ", ".join(payload["replaces"])
        lines.append(
            f"It takes the place of {replaced}, which a run wrote that ended before it could note so, and which may "
            "have been sent: what it told is told here again."
        )
    return "\n".join(lines)


def _failures(payload: Mapping[str, Any]) -> str:
    if not payload["failures"]:
        return ""
    lines = ["What failed"]
    for each in payload["failures"]:
        lines.append(f"  {each['what']}:")
        lines += [f"    {line}" for line in each["said"].splitlines()]
    if not payload["up_to_date"]:
        lines.append("  The results were not brought up to date; what is new will be told when they are.")
    return "\n".join(lines)


def _mended(payload: Mapping[str, Any]) -> str:
    return "\n".join(f"{each[0].upper()}{each[1:]}, which failed before, works again." for each in payload["mended"])


def _notices(payload: Mapping[str, Any]) -> str:
    told = payload["news"]
    lines = [f"  {name} ({said})" for name, said in told.get("notices", {}).items()]
    lines += [f"  no longer told: {each}" for each in told.get("notices_gone", [])]
    return "\n".join(["Notices about included reports", *lines]) if lines else ""


def _records(payload: Mapping[str, Any]) -> str:
    new = payload["news"].get("records", {})
    if not new:
        return ""
    lines = [f"Records: {several(len(new), 'new one', 'new ones')}, {payload['records']} in all"]
    lines += [f"  {record}  {one_line(title)}".rstrip() for record, title in list(new.items())[:MOST]]
    if len(new) > MOST:
        lines.append(f"  and {len(new) - MOST} more, in results/records/records.jsonl")
    return "\n".join(lines)


def _results(payload: Mapping[str, Any]) -> str:
    told, lines = payload["news"], []
    if version := told.get("version"):
        lines.append(f"  released: version {version['now']}")
    if studies := told.get("studies"):
        before = "" if studies["before"] is None else f"{studies['before']} before, "
        lines.append(f"  included studies: {before}{studies['now']} now")
    for each in told.get("estimates", []):
        before = f"{_estimate(each['before'])} before, " if each["before"] else ""
        lines.append(f"  {each['label']}: {before}{_estimate(each['now'])} now")
    return "\n".join(["Results", *lines]) if lines else ""


def _estimate(result: Mapping[str, Any]) -> str:
    if result["estimate"] is None:
        return f"no estimate (k = {result['k']})"
    return f"{percent(result['estimate'])}% ({interval(result['ci_low'], result['ci_high'])}), k = {result['k']}"


def _signals(payload: Mapping[str, Any]) -> str:
    told = payload["news"]
    lines = [f"  {name}: {said}" for name, said in told.get("signals", {}).items()]
    lines += [f"  no longer: {each}" for each in told.get("signals_gone", [])]
    return "\n".join(["Signals since the last release", *lines]) if lines else ""


def _searching(payload: Mapping[str, Any]) -> str:
    changed = payload["news"].get("unsearched")
    if not changed:
        return ""
    return f"Nothing is searched: {changed['now']}." if changed["now"] else "Sources are searched from now on."


def _work(payload: Mapping[str, Any]) -> str:
    waiting = {name: count for name, count in payload["work"].items() if count}
    if not waiting:
        return "Nothing waits for people."
    grew = payload["news"].get("work", {})
    lines = ["What waits for people"]
    for name, count in waiting.items():
        more = f", {count - grew[name]['before']} more than told" if name in grew and not payload["first"] else ""
        lines.append(f"  {_counted(name, count)}{more}: results/todo/{name}.csv")
    return "\n".join(lines)


SECTIONS: tuple[Callable[[Mapping[str, Any]], str], ...] = (
    _failures,
    _mended,
    _notices,
    _signals,
    _results,
    _records,
    _searching,
    _work,
)


def _headlines(payload: Mapping[str, Any]) -> list[str]:
    """What is in the subject, the gravest first."""
    told = payload["news"]
    counted = (
        (payload["failures"], "thing failed", "things failed"),
        (told.get("notices"), "notice about an included report", "notices about included reports"),
        (told.get("signals"), "signal", "signals"),
        (told.get("estimates"), "estimate is new", "estimates are new"),
        (told.get("records"), "new record", "new records"),
    )
    said = [several(len(found), *nouns) for found, *nouns in counted if found]
    if "version" in told:
        said.append(f"version {told['version']['now']} is released")
    if payload["mended"]:
        said.append("what failed works again")
    return said or (["more to do"] if "work" in told else ["changes"])


def _waits(payload: Mapping[str, Any]) -> list[str]:
    return [_counted(name, count) for name, count in payload["work"].items() if count]


def _counted(name: str, count: int) -> str:
    noun = (NOUNS | OTHERS).get(name.partition("-")[0])
    return several(count, *noun) if noun else f"{several(count, 'line', 'lines')} in {name}"
