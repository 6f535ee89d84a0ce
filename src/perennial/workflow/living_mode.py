"""What the review says of its being living, and which of its planned searches are overdue on its day."""

from datetime import date

from perennial.dates import full_day
from perennial.living.schedule import Planned, planned_searches
from perennial.living.statement import Said, living_statement, overdue_searches
from perennial.search.account import SOURCES
from perennial.workflow.living_cards import previous_release
from perennial.workflow.review import Review


def said_of_living(review: Review) -> list[Said]:
    previous = previous_release(review)
    return living_statement(
        review.config["living"],
        review.config["review"]["title"],
        _labels(review),
        previous.version if previous else None,
        "citation" in review.config["review"],
    )


def planned_on(review: Review, day: date) -> list[Planned]:
    """Each planned search of the configuration as it stands on `day`."""
    schedule = review.config["living"]["schedule"]
    plan = {source: every for source, every in schedule.items() if source != "imports"} | schedule["imports"]
    return planned_searches(plan, _last_searched(review, plan), day)


def overdue(review: Review) -> list[Said]:
    """Of the day of the review, not of today: the same evidence gives the same results."""
    return overdue_searches(planned_on(review, review.horizon.as_of), _labels(review))


def _labels(review: Review) -> dict[str, str]:
    """What is searched or imported; a source has its name, a database that of its sidecar."""
    sources = {source: SOURCES[source] for source in review.config["search"]["sources"]}
    return sources | {each.sidecar.database: each.sidecar.database for each in review.imports}


def _last_searched(review: Review, plan: dict[str, str | int]) -> dict[str, date]:
    days = [(run.source, full_day(run.date)) for run in review.runs if run.told["kind"] == "search"]
    days += [(each.sidecar.database, full_day(each.sidecar.date)) for each in review.imports]
    return {source: max(day for name, day in days if name == source) for source in plan if source in dict(days)}
