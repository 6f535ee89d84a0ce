"""The review as the Snakefile sees it: configuration, evidence, date, and the folder of its results."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from perennial.dates import full_day
from perennial.extraction.checks import find_problems
from perennial.extraction.evidence import Evidence, read_evidence
from perennial.extraction.selection import Horizon
from perennial.problems import Problem
from perennial.tables import load_schema
from perennial.workflow.config import ConfigError, checked_config

SEARCHES = Path("data/search")


class ReviewError(Exception):
    """The configuration or the archive of searches cannot be right; the message says what to mend."""


@dataclass(frozen=True)
class Review:
    """One review as of a date. `project` is the folder that holds its config/ and data/."""

    config: dict
    project: Path
    evidence: Evidence
    horizon: Horizon
    results: str

    @cached_property
    def problems(self) -> list[Problem]:
        return find_problems(self.evidence, self.config)

    @property
    def refused(self) -> list[str]:
        """What cannot be right in the evidence; while there is any, nothing is computed from it."""
        return [str(problem) for problem in self.problems if problem.stops]

    @property
    def outcomes(self) -> list[str]:
        """The outcomes that are pooled."""
        return [name for name, outcome in self.config["outcomes"].items() if outcome["kind"] == "proportion"]

    @property
    def groups(self) -> list[str]:
        return list(self.config["groups"])

    @property
    def compared_groups(self) -> list[str]:
        return sorted({group for each in self.config["comparisons"].values() for group in each["groups"]})


def open_review(config: dict, project: Path, schemas: Path) -> Review:
    """Read the review below `project`. Raises ReviewError for a configuration or an archive that cannot be right."""
    try:
        config = checked_config(config, load_schema(schemas / "config.schema.yaml"))
    except ConfigError as error:
        raise ReviewError(str(error)) from None
    newest, full_search = _searches(project)
    as_of = _as_of(config, newest)
    results = "results" if as_of == newest else f"results/as_of/{as_of}"
    horizon = Horizon(as_of, reconstructed=full_search is None or as_of < full_search)
    return Review(config, project, read_evidence(project, schemas), horizon, results)


def _as_of(config: dict, newest: date | None) -> date:
    if "as_of" not in config:
        if newest is None:
            raise ReviewError(f"{SEARCHES} holds no search. Remedy: say as of which day, --config as_of=2025-03-17.")
        return newest
    try:
        return full_day(config["as_of"])
    except ValueError:
        raise ReviewError(f"as_of: {config['as_of']!r} is no day. Remedy: write it as 2025-03-17.") from None


def _searches(project: Path) -> tuple[date | None, date | None]:
    """The day of the newest archived search, and of the first that holds records and not only counts."""
    days, full = [], []
    for run in sorted((project / SEARCHES).glob("*/*/run.json")):
        where = run.relative_to(project)
        try:
            day = full_day(run.parent.name)
            kind = json.loads(run.read_bytes())["kind"]
        except (ValueError, KeyError) as error:
            raise ReviewError(f"{where}: not the description of a search ({error})") from None
        days.append(day)
        if kind != "counts only":
            full.append(day)
    return max(days, default=None), min(full, default=None)
