"""What the jobs mean that compare the review with its last release, and make the next one."""

from collections.abc import Callable, Iterator
from typing import Any

from perennial.living.releases import Release
from perennial.workflow.comparing import ComparisonError, comparison, of_now, released, software
from perennial.workflow.review import Review

Meaning = dict[str, Any]


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
        return comparison(released(release, review), of_now(review))
    except ComparisonError as error:
        return {"before": None, "unreadable": str(error)}


def _make_release(review: Review) -> Meaning:
    return {
        "as_of": review.horizon.as_of.isoformat(),
        "reconstructed": review.horizon.reconstructed,
        "primary_model": review.config["primary_model"],
        "software": software(),
    }
