"""Two versions of a review, described so that they can be compared without looking at anything else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from perennial import __version__
from perennial.dates import full_day
from perennial.extraction.evidence import by_id
from perennial.extraction.selection import studies_included
from perennial.living.releases import Release, ReleaseError
from perennial.workflow.review import Review, ReviewError, horizon_of, open_review

Meaning = dict[str, Any]

SOFTWARE = ("snakemake", "numpy", "scipy", "matplotlib", "jinja2")
"""Named on the page and in releases, with their versions."""

UNTOLD = ("as_of", "version", "reconstruct", "living.this_version")
"""Settings that are no part of the protocol."""


class ComparisonError(Exception):
    """A release cannot be compared with; the message says why."""


@dataclass(frozen=True)
class Version:
    """A released version, or, with nothing but the review, the state of now."""

    review: Review
    name: str | None
    sha256: str | None = None
    summary: Mapping[str, Any] | None = None
    status: list[dict[str, str]] | None = None
    software: Mapping[str, str] | None = None


def software() -> dict[str, str]:
    return {"perennial": __version__} | {name: metadata.version(name) for name in SOFTWARE}


def of_now(review: Review) -> Version:
    return Version(review, review.version, software=software())


def released(release: Release, review: Review) -> Version:
    """A release as it was: its protocol, tables, day and numbers. Raises ComparisonError where it cannot be read."""
    try:
        as_released = opened(release, review.workflow)
        if as_released.refused:
            raise ReviewError("\n".join(as_released.refused))
        summary, status = release.summary(), release.report_status()
    except (ReleaseError, ReviewError, OSError) as error:
        raise ComparisonError(f"version {release.version}: {error}") from None
    return Version(as_released, release.version, release.sha256, summary, status, release.told["software"])


def opened(release: Release, workflow: Path) -> Review:
    """The review by the protocol and the tables of a release, as of its day; `workflow` as in `open_review`."""
    told = release.told
    text = (release.evidence / "config" / "config.yaml").read_text(encoding="utf-8")
    review = open_review({**yaml.safe_load(text), "as_of": told["as_of"]}, release.evidence, workflow)
    return replace(review, horizon=horizon_of(review.evidence, full_day(told["as_of"]), told["reconstructed"]))


def comparison(before: Version, now: Version) -> Meaning:
    """All that ``perennial.living.comparison.compare`` needs to know of a released version and a later one."""
    old, new = before.review, now.review
    both = [name for name in _analyses(new) if name in _analyses(old)]
    outcomes, groups, comparisons = (
        {name: each["label"] for config in (old.config, new.config) for name, each in config[section].items()}
        for section in ("outcomes", "groups", "comparisons")
    )
    labels = by_id(old.evidence.studies, "study_id") | by_id(new.evidence.studies, "study_id")
    return {
        "before": {**_day(before), "sha256": before.sha256},
        "now": _day(now),
        "order": list(dict.fromkeys([*_analyses(new), *_analyses(old)])),
        "analyses": {name: _counts(old, new, *name.split(".")) for name in both},
        "added": {name: new.counts(*name.split(".")).rows for name in _analyses(new) if name not in both},
        "removed": {name: _result(before, name) for name in _analyses(old) if name not in both},
        "released": {name: _result(before, name) for name in both},
        "later": now.summary and {name: _result(now, name) for name in _analyses(new)},
        "contrasts": _contrasts(before, now),
        "protocol": _protocol(old, new),
        "software": _differences(before.software or {}, now.software or {}, "name"),
        "models": {side: _primary(of.config) for side, of in (("old", old), ("new", new))},
        "levels": {"old": old.config["level"], "new": new.config["level"]},
        "heterogeneity": {"old": old.config["heterogeneity"], "new": new.config["heterogeneity"]},
        "thresholds": new.config["signals"]["thresholds"],
        "status_before": before.status,
        "studies": {
            "before": studies_included(old.evidence, old.config, old.horizon),
            "now": studies_included(new.evidence, new.config, new.horizon),
            "labels": {name: row["label"] for name, row in labels.items()},
        },
        "labels": {"outcomes": outcomes, "groups": groups, "comparisons": comparisons},
    }


def _day(version: Version) -> Meaning:
    return {"version": version.name, "as_of": version.review.horizon.as_of.isoformat()}


def _analyses(review: Review) -> list[str]:
    return [f"{outcome}.{group}" for outcome, group in product(review.outcomes, review.groups)]


def _counts(old: Review, new: Review, outcome: str, group: str) -> Meaning:
    """The counts after each step of ``perennial.living.causes.PATH``."""
    by_protocol = replace(old, config=new.config)
    shared = _reports_seen(old) & _reports_seen(new)
    of_both = {side: replace(review.horizon, only=shared) for side, review in (("old", old), ("new", new))}
    return {
        "old": old.counts(outcome, group).rows,
        "method": by_protocol.counts(outcome, group).rows,
        "shared": by_protocol.counts(outcome, group, of_both["old"]).rows,
        "data": new.counts(outcome, group, of_both["new"]).rows,
        "evidence": new.counts(outcome, group).rows,
    }


def _reports_seen(review: Review) -> frozenset[str]:
    return frozenset(row["report_id"] for row in review.evidence.reports.rows if review.horizon.sees(row))


def _primary(config: Mapping[str, Any]) -> Meaning:
    return {key: value for key, value in config["models"][config["primary_model"]].items() if key != "label"}


def _result(version: Version, name: str) -> Meaning:
    outcome, _, group = name.partition(".")
    return {key: value for key, value in version.summary["analyses"][outcome][group].items() if key != "models"}


def _contrasts(before: Version, now: Version) -> list[Meaning]:
    """Each comparison of either version: as released, and the groups by which the state of now is compared."""
    old, new = before.review, now.review
    pairs = [pair for of in (new, old) for pair in product(of.outcomes, of.config["comparisons"])]
    return [
        {
            "outcome": outcome,
            "comparison": comparison,
            "before": _contrast(before, outcome, comparison),
            "now": now.summary and _contrast(now, outcome, comparison),
            "groups": None if now.summary else _compared(new, outcome, comparison),
        }
        for outcome, comparison in dict.fromkeys(pairs)
    ]


def _contrast(version: Version, outcome: str, comparison: str) -> Meaning | None:
    found = version.summary["comparisons"].get(outcome, {}).get(comparison)
    return found and found["models"][version.summary["primary_model"]]


def _compared(review: Review, outcome: str, comparison: str) -> list[str] | None:
    there = outcome in review.outcomes and comparison in review.config["comparisons"]
    return review.config["comparisons"][comparison]["groups"] if there else None


def _protocol(old: Review, new: Review) -> Meaning:
    sections = {"outcome": "outcomes", "group": "groups", "comparison": "comparisons", "model": "models"}

    def only(one: Review, other: Review) -> dict[str, list[str]]:
        return {
            kind: [each["label"] for name, each in one.config[section].items() if name not in other.config[section]]
            for kind, section in sections.items()
        }

    settings = [
        each
        for each in _differences(dict(_settings(old.config)), dict(_settings(new.config)), "setting")
        if not any(_inside(each["setting"], section, old, new) for section in sections.values())
    ]
    return {"added": only(new, old), "removed": only(old, new), "settings": settings}


def _inside(setting: str, section: str, old: Review, new: Review) -> bool:
    """Whether a setting is a part of what was added or removed as a whole."""
    first, _, rest = setting.partition(".")
    name = rest.partition(".")[0]
    return first == section and (name in old.config[section]) != (name in new.config[section])


def _settings(config: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in config.items():
        if f"{place}{key}" in UNTOLD:
            continue
        if isinstance(value, Mapping):
            yield from _settings(value, f"{place}{key}.")
        else:
            yield f"{place}{key}", value


def _differences(old: Mapping[str, Any], new: Mapping[str, Any], what: str) -> list[Meaning]:
    return [
        {what: key, "before": old.get(key), "now": new.get(key)}
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]
