"""What a living review says of its being living (PRISMA-LSR; BMJ 2024;387:e079183), and what it leaves unsaid.

Every word is of the configuration's section `living`: what nobody wrote there is missing, and is called so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from perennial.living.schedule import Planned, in_words

STEPS = ("screening", "extraction", "appraisal", "analysis", "publication")


@dataclass(frozen=True)
class Said:
    """One thing to be said: `text` as far as it is said, `missing` what is not, `remedy` where it belongs."""

    key: str
    label: str
    text: str
    missing: str
    remedy: str

    def to_dict(self) -> dict[str, str]:
        return asdict(self)


def living_statement(
    living: Mapping[str, Any], title: str, sources: Mapping[str, str], previous: str | None, continues: bool
) -> list[Said]:
    """All that is to be said, in the order of the checklist.

    `living` is the section of the configuration, `sources` are those that are searched, with their labels; `previous`
    is the version before, and `continues` whether the review continues a published one. What is said of this version
    counts only where it names the version that it follows on.
    """
    this = living["this_version"]
    after = f"version {previous}" if previous else "the published review" if continues else None
    stale = this.get("since") != previous if this else False
    return [
        _title(title),
        _plain(living, "mode", "Living mode", "how the review is kept living"),
        _plain(living, "rationale", "Why it is kept living", "why this question needs a living review"),
        _schedule(living["schedule"], sources),
        _steps(living["steps"]),
        _plain(living, "included_studies", "Studies already included", "how their data and risk of bias are updated"),
        _plain(living, "repeated_analyses", "Repeated analyses", "whether they are allowed for, and how"),
        _plain(living, "retirement", "Retirement", "the plan for retirement, or that there is none"),
        _of_version(this, "trigger", "What led to this version", "what led to this version", previous, stale),
        _change(this, "question", "Changes to the question", after, previous, stale),
        _change(this, "methods", "Changes to the methods", after, previous, stale),
        _plain(living, "limitations", "Limitations of the living mode", "limitations that come from being living"),
        _plain(living, "current", "Where the current version is found", "where the current version is found"),
        _authors(living.get("authors", [])),
        _change(this, "authors", "Changes to the authors", after, previous, stale),
    ]


def overdue_searches(planned: Iterable[Planned], labels: Mapping[str, str]) -> list[Said]:
    """The planned searches that are overdue on the day of the review, or were never done."""
    found = []
    for each in planned:
        name = labels.get(each.source, each.source)
        if each.last is None:
            missing = f"planned {each.every}, and no search of it is archived"
        elif each.overdue:
            days = "1 day" if each.overdue == 1 else f"{each.overdue} days"
            missing = f"overdue for {days} on {each.today}: planned {each.every}, last searched on {each.last}"
        else:
            continue
        remedy = "snakemake --cores 2 search, or for an import a new export in data/imports/"
        found.append(Said("overdue", f"Search of {name}", "", missing, remedy))
    return found


def _remedy(key: str) -> str:
    return f"say it in config/config.yaml, living.{key}"


def _plain(living: Mapping[str, Any], key: str, label: str, missing: str) -> Said:
    text = living.get(key, "")
    return Said(key, label, text, "" if text else missing, _remedy(key))


def _title(title: str) -> Said:
    says_so = "living" in title.lower()
    remedy = "call the review living in config/config.yaml, review.title"
    return Said("title", "Title", title if says_so else "", "" if says_so else "a title that calls it living", remedy)


def _schedule(schedule: Mapping[str, Any], sources: Mapping[str, str]) -> Said:
    """What is searched and has no interval is missing, and so is everything where nothing is planned."""
    planned = {source: interval for source, interval in schedule.items() if source != "imports"} | schedule["imports"]
    text = "; ".join(f"{sources.get(source, source)}: {in_words(interval)}" for source, interval in planned.items())
    open_ = [label for source, label in sources.items() if source not in planned]
    missing = f"how often these are searched: {'; '.join(open_)}" if open_ and planned else ""
    if not planned:
        missing = "the planned schedule of the searches"
    return Said("schedule", "Schedule of the searches", _sentence(text), missing, _remedy("schedule"))


def _steps(steps: Mapping[str, str]) -> Said:
    text = "; ".join(f"{step}: {steps[step].rstrip('.')}" for step in STEPS if step in steps)
    open_ = [step for step in STEPS if step not in steps]
    missing = f"when these are done again: {', '.join(open_)}" if open_ else ""
    return Said("steps", "Schedule of the other steps", _sentence(text), missing, _remedy("steps"))


def _authors(authors: list[Mapping[str, Any]]) -> Said:
    text = "; ".join(f"{each['name']}: {', '.join(each['roles'])}" for each in authors)
    missing = "" if authors else "authors and their roles in this version"
    return Said("authors", "Authors and what each did", _sentence(text), missing, _remedy("authors"))


def _of_version(
    this: Mapping[str, str], key: str, label: str, missing: str, previous: str | None, stale: bool, name: str = ""
) -> Said:
    text = "" if stale else this.get(key, "")
    if stale and key in this:
        told = f"the one after {this['since']}" if "since" in this else "the first"
        now = f"the one after {previous}" if previous else "the first"
        missing = f"{missing} (what is written is of another version, {told}; this is {now})"
    return Said(name or key, label, text, "" if text else missing, _remedy(f"this_version.{key}"))


def _change(
    this: Mapping[str, str], key: str, label: str, after: str | None, previous: str | None, stale: bool
) -> Said:
    if after is None and key not in this:
        return Said(f"{key}_changed", label, "None: this is the first version.", "", "")
    why = "" if key == "authors" else " and why"
    missing = f"{label.lower()} since {after or 'the last version'}{why}, or that there are none"
    return _of_version(this, key, label, missing, previous, stale, f"{key}_changed")


def _sentence(text: str) -> str:
    return f"{text}." if text else ""
