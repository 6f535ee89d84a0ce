"""One update of a review: search what is due, run the review, and write a message where something happened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from perennial.living.schedule import NEVER
from perennial.lock import BUSY, REVIEW_LOCK, locked
from perennial.new_review import WORKFLOW
from perennial.records.archive import SEARCHES
from perennial.search.account import SOURCES
from perennial.updating.messages import MessageError, note_told, read_message, read_told, write_message
from perennial.updating.news import news
from perennial.updating.running import Ended, Failure, discreet, run_snakemake
from perennial.updating.standing import standing
from perennial.updating.wording import summary
from perennial.workflow.living_mode import planned_on
from perennial.workflow.record_cards import asked
from perennial.workflow.review import Review, ReviewError, open_review

UPDATE_LOCK = Path("exports/.update.lock")
CONFIG = Path("config/config.yaml")

OK, FAILED, OCCUPIED = 0, 1, 75
"""Exit codes. The last is EX_TEMPFAIL of sysexits.h: nothing is wrong, and nothing was done."""


class Occupied(Exception):
    """Another run has the review."""


@dataclass(frozen=True)
class Updated:
    """What an update came to: its exit code, and why it was none where it did not come to a message."""

    code: int
    why: str = ""


@dataclass
class Found:
    """What the searches and the run came to. Where the run failed, how the review stands is not known."""

    title: str = "A review"
    failures: list[Failure] = field(default_factory=list)
    standing: dict[str, Any] | None = None


def update(project: Path, cores: int, today: date, say: Callable[[str], None]) -> Updated:
    """Bring the review in `project` up to date and `say` what happened; nothing is said where nothing happened."""
    if not (project / CONFIG).is_file():
        return Updated(FAILED, f"{CONFIG} is not there. Remedy: name the folder of a review with --directory.\n")
    try:
        (project / UPDATE_LOCK).parent.mkdir(exist_ok=True)
        with locked(project / UPDATE_LOCK) as free:
            if not free:
                return Updated(OCCUPIED, "Another update works on this review: nothing was done.\n")
            told = read_told(project)
            return _tell(project, today, told, _bring_up_to_date(project, cores, today), say)
    except Occupied:
        return Updated(OCCUPIED, f"{BUSY}\n")
    except MessageError as error:
        return Updated(FAILED, f"{error}\n")
    except OSError as error:
        return Updated(FAILED, f"{discreet(str(error), project)}. Remedy: mend that and run it again.\n")


def _tell(project: Path, today: date, told: dict[str, Any] | None, found: Found, say: Callable[[str], None]) -> Updated:
    """Write a message where something happened since `told`. It is noted once it was said, so that none is lost."""
    before, now = told and told["standing"], found.standing
    new = news(before, now) if now else {}
    failed = [failure.what for failure in found.failures]
    before_failed = [what for what in told["failed"] if what not in failed] if told else []
    mended, untried = (before_failed, []) if now else ([], before_failed)
    if not (new or failed or mended):
        return Updated(OK)
    stands = now or before
    payload = {
        "since": told and told["id"],
        "since_day": told and told["day"],
        "day": today.isoformat(),
        "review": found.title,
        "as_of": stands and stands["as_of"],
        "first": before is None,
        "up_to_date": now is not None,
        "exit_status": FAILED if failed else OK,
        "failures": [failure.to_dict() for failure in found.failures],
        "mended": mended,
        "news": new,
        "records": len(stands["records"]) if stands else 0,
        "work": stands["work"] if stands else {},
    }
    folder = write_message(project, payload)
    written = read_message(folder)
    say(summary(written, folder.relative_to(project).as_posix()))
    note_told(project, written, stands, [*failed, *untried])
    return Updated(payload["exit_status"])


def _bring_up_to_date(project: Path, cores: int, today: date) -> Found:
    """Search, and run the review on what is there, whether or not every source could be searched."""
    found = Found()
    try:
        review = _open(project)
        found.title = review.config["review"]["title"]
        unsearched = _unsearched(review)
        if not unsearched:
            found.failures += _search(review, cores, today)
        ended = _run(project, cores, [], "review")
        found.failures += ended.failures()
        if not ended.code:
            with locked(project / REVIEW_LOCK) as free:  # nobody changes the results while they are read
                if not free:
                    raise Occupied
                review = _open(project)  # as of the day that was searched
                stands = standing(project / review.results, _labels(review))
                found.standing = {**stands, "unsearched": unsearched}
    except ReviewError as error:
        found.failures.append(Failure("reading the review", discreet(str(error), project)))
    return found


def _open(project: Path) -> Review:
    try:
        config = yaml.safe_load((project / CONFIG).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ReviewError(f"{CONFIG}: {error}") from None
    return open_review(config, project, WORKFLOW)


def _labels(review: Review) -> dict[str, str]:
    outcomes, groups = review.config["outcomes"], review.config["groups"]
    return {
        f"{outcome}.{group}": f"{outcomes[outcome]['label']}, {groups[group]['label']}"
        for outcome, group in product(review.outcomes, review.groups)
    }


def _unsearched(review: Review) -> str:
    """Why no source is searched; empty where some are."""
    if "as_of" in review.config:
        return f"as_of is fixed in {CONFIG}"
    return "" if review.config["search"]["sources"] else f"search.sources in {CONFIG} names no source"


def _search(review: Review, cores: int, today: date) -> list[Failure]:
    """Search the sources that are due and were not searched today; what failed, by source."""
    project, day = review.project, today.isoformat()
    logs = {source: Path(f"logs/search/{source}-{day}.log") for source in _due(review, today)}
    try:
        for source in logs:
            asked(review, source)
    except ReviewError as error:  # of all sources alike: said once
        return [Failure("the search", str(error))]
    if not logs:
        return []
    receipts = [f"results/receipts/{source}-{day}.json" for source in logs]
    for old in [*logs.values(), *receipts]:  # of an attempt that failed, or of an archive that was taken away
        (project / old).unlink(missing_ok=True)
    ended = _run(project, cores, ["--keep-going", *receipts], "search")
    lacking = [source for source in logs if not _archived(project, source, day)]
    said = [failure.said for failure in ended.failures()]
    if said and not lacking:
        return [Failure("the search", said[0])]
    failures = []
    for source in lacking:
        log = project / logs[source]
        text = log.read_text(encoding="utf-8").strip() if log.is_file() else said[0] if said else "it left no message"
        failures.append(Failure(f"the search of {SOURCES[source].partition(' (')[0]}", discreet(text, project)))
    return failures


def _due(review: Review, today: date) -> list[str]:
    """The sources to be searched on a day: those that the plan of the review does not put off, and not twice a day."""
    schedule = review.config["living"]["schedule"]
    put_off = {source for source, every in schedule.items() if every == NEVER}
    put_off |= {planned.source for planned in planned_on(review, today) if not planned.is_due}
    wanted = [source for source in review.config["search"]["sources"] if source not in put_off]
    return [source for source in wanted if not _archived(review.project, source, today.isoformat())]


def _archived(project: Path, source: str, day: str) -> bool:
    return (project / SEARCHES / source / day / "run.json").is_file()


def _run(project: Path, cores: int, targets: Sequence[str], name: str) -> Ended:
    ended = run_snakemake(project, cores, targets, project / "logs" / "update" / f"{name}.log")
    if ended.busy:
        raise Occupied
    return ended
