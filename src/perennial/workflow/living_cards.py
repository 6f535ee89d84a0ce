"""What the jobs mean that compare the review with its last release."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import metadata
from itertools import product
from typing import Any

import yaml

from perennial import __version__
from perennial.dates import full_day
from perennial.extraction.evidence import by_id
from perennial.extraction.horizon import Horizon
from perennial.extraction.selection import studies_included
from perennial.living.releases import Release, ReleaseError
from perennial.workflow.review import Review, ReviewError, open_review

Meaning = dict[str, Any]

SOFTWARE = ("snakemake", "numpy", "scipy", "matplotlib", "jinja2")
"""Named on the page and in releases, with their versions."""


def living_jobs(review: Review) -> Iterator[tuple[str, Callable[[Review], Meaning]]]:
    yield "describe_changes/review", _describe_changes
    if review.version:
        yield "make_release/review", _make_release


def previous_release(review: Review) -> Release | None:
    """The last release; while a version is made, or made again, the one before that version."""
    versions = [release.version for release in review.releases]
    before = versions.index(review.version) if review.version in versions else len(versions)
    return review.releases[before - 1] if before else None


def _describe_changes(review: Review) -> Meaning:
    release = previous_release(review)
    if release is None:
        return {"before": None}
    try:
        summary, old = release.summary(), _opened(release, review)
    except (ReleaseError, ReviewError, OSError) as error:
        return {"before": None, "unreadable": str(error)}
    config, corrected = review.config, replace(review.horizon, only=_reports_seen(old))
    analyses = {}
    for outcome, group in product(review.outcomes, review.groups):
        if outcome in old.outcomes and group in old.groups:
            analyses[f"{outcome}.{group}"] = {
                "old": old.counts(outcome, group).rows,
                "method": replace(old, config=config).counts(outcome, group).rows,
                "data": review.counts(outcome, group, corrected).rows,
                "evidence": review.counts(outcome, group).rows,
            }
    labels = by_id(review.evidence.studies, "study_id") | by_id(old.evidence.studies, "study_id")
    return {
        "before": {"version": release.version, "as_of": release.told["as_of"], "sha256": release.sha256},
        "now": {"version": review.version, "as_of": review.horizon.as_of.isoformat()},
        "released": _released(summary, analyses),
        "analyses": analyses,
        "models": {side: _primary(of.config) for side, of in (("old", old), ("new", review))},
        "levels": {"old": old.config["level"], "new": config["level"]},
        "studies": {
            "before": studies_included(old.evidence, old.config, old.horizon),
            "now": studies_included(review.evidence, config, review.horizon),
            "labels": {name: row["label"] for name, row in labels.items()},
        },
        "outcomes": {name: config["outcomes"][name]["label"] for name in review.outcomes},
        "groups": {name: config["groups"][name]["label"] for name in review.groups},
        "comparisons": {name: each["label"] for name, each in config["comparisons"].items()},
        "comparisons_before": summary["comparisons"],
        "heterogeneity": config["heterogeneity"],
        "thresholds": config["signals"]["thresholds"],
    }


def _make_release(review: Review) -> Meaning:
    return {
        "as_of": review.horizon.as_of.isoformat(),
        "reconstructed": review.horizon.reconstructed,
        "primary_model": review.config["primary_model"],
        "software": {"perennial": __version__} | {name: metadata.version(name) for name in SOFTWARE},
    }


def _opened(release: Release, review: Review) -> Review:
    """The review as it was released: its protocol and tables, and the day as of which it was."""
    text = (release.evidence / "config" / "config.yaml").read_text(encoding="utf-8")
    told = release.told
    config = {**yaml.safe_load(text), "as_of": told["as_of"]}
    opened = open_review(config, release.evidence, review.workflow)
    return replace(opened, horizon=Horizon(full_day(told["as_of"]), told["reconstructed"]))


def _reports_seen(old: Review) -> frozenset[str]:
    return frozenset(row["report_id"] for row in old.evidence.reports.rows if old.horizon.sees(row))


def _primary(config: Mapping[str, Any]) -> Meaning:
    return {key: value for key, value in config["models"][config["primary_model"]].items() if key != "label"}


def _released(summary: Mapping[str, Any], analyses: Mapping[str, Any]) -> Meaning:
    found = {name: summary["analyses"][name.partition(".")[0]][name.partition(".")[2]] for name in analyses}
    return {name: {key: value for key, value in each.items() if key != "models"} for name, each in found.items()}
