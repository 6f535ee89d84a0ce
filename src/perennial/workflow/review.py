"""The review as the Snakefile sees it: configuration, evidence, archive, date, and the folder of its results."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from perennial.appraisal.answers import unknown
from perennial.appraisal.checklists import Checklist, ChecklistError, read_checklist
from perennial.dates import full_day
from perennial.extraction.acceptance import held_back
from perennial.extraction.checks import find_problems
from perennial.extraction.evidence import Evidence, read_evidence
from perennial.extraction.horizon import Horizon
from perennial.extraction.notices import excluded
from perennial.extraction.selection import Selected, select_counts
from perennial.living.releases import Release, ReleaseError, read_releases
from perennial.problems import Problem
from perennial.records.archive import SEARCHES, Run, read_run
from perennial.records.imports.sidecar import ImportProblem, Sidecar, read_sidecar
from perennial.screening.foreign.sidecar import DecisionImportProblem, DecisionSidecar, read_decision_sidecar
from perennial.search.strategy import Strategy, StrategyError, pubmed_strategy
from perennial.tables import load_schema
from perennial.workflow.config import ConfigError, checked_config

IMPORTS = Path("data/imports")
DECISIONS = Path("data/screening/exports")
AS_OF = "results/as_of"


class ReviewError(Exception):
    """The configuration or the archive of searches cannot be right; the message says what to mend."""


@dataclass(frozen=True)
class Import:
    """An export of a database in data/imports/ and what its sidecar says of it."""

    file: Path
    sidecar: Sidecar


@dataclass(frozen=True)
class DecisionExport:
    """What a screening tool gave, in a folder of data/screening/exports/ or a file there, and its sidecar."""

    name: str
    files: tuple[Path, ...]
    sidecar: DecisionSidecar


@dataclass(frozen=True)
class Review:
    """One review as of a date.

    `project` is the folder that holds its config/ and data/, `workflow` the one with schemas/ and checklists/.
    """

    config: dict
    project: Path
    workflow: Path
    evidence: Evidence
    runs: list[Run]
    """The archived searches of that day and before, oldest first."""
    imports: list[Import]
    decision_exports: list[DecisionExport]
    unreadable: list[str]
    """What is wrong with the sidecars of imports and exports."""
    checklists: dict[str, Checklist]
    strategy: Strategy | None
    horizon: Horizon
    results: str
    releases: list[Release]

    @property
    def version(self) -> str | None:
        """The version that is being made; none between releases."""
        return self.config.get("version")

    @property
    def first_search(self) -> date | None:
        """The day of the first archived search; before it the review can only be reconstructed."""
        return _first_search(self.runs)

    def horizon_on(self, day: date) -> Horizon:
        """What was known on a day that is not after that of the review."""
        return horizon_of(self.evidence, day, _is_reconstructed(self.runs, day))

    @cached_property
    def problems(self) -> list[Problem]:
        return find_problems(self.evidence, self.config)

    @property
    def refused(self) -> list[str]:
        """What cannot be right in the evidence; while there is any, nothing is computed from it."""
        answers = [
            message
            for name, checklist in self.checklists.items()
            if self.evidence.appraisals[name].readable
            for message in unknown(self.evidence.appraisals[name].rows, checklist)
        ]
        return [*(str(problem) for problem in self.problems if problem.stops), *answers, *self.unreadable]

    def counts(self, outcome: str, group: str, horizon: Horizon | None = None) -> Selected:
        """The counts to pool, as known on the day of the review or at another `horizon`."""
        horizon = horizon or self.horizon
        if horizon not in self._held_back:
            self._held_back[horizon] = held_back(self.evidence, self.config, horizon)
        if (outcome, group, horizon) not in self._selected:
            held = self._held_back[horizon]
            selected = select_counts(self.evidence, self.config, outcome, group, horizon, held)
            self._selected[outcome, group, horizon] = selected
        return self._selected[outcome, group, horizon]

    def counts_without(self, outcome: str, group: str, report: str) -> list[dict]:
        """The counts to pool if a report did not count; an earlier report of the same arm may take its place."""
        selected = self.counts(outcome, group)
        arms = {row["arm_id"] for row in selected.rows if row["report_id"] == report}
        if arms <= selected.alone:
            return [row for row in selected.rows if row["arm_id"] not in arms]
        without = replace(self.horizon, without=self.horizon.without | {report})
        return self.counts(outcome, group, without).rows

    @cached_property
    def _held_back(self) -> dict[Horizon, frozenset[str]]:
        return {}

    @cached_property
    def _selected(self) -> dict[tuple[str, str, Horizon], Selected]:
        return {}

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


def open_review(config: dict, project: Path, workflow: Path) -> Review:
    """Read the review below `project`; `workflow` is the folder that holds schemas/ and search_filters.yaml.

    Raises ReviewError for a configuration or an archive that cannot be right.
    """
    schemas = workflow / "schemas"
    try:
        config = checked_config(config, load_schema(schemas / "config.schema.yaml"))
        strategy = _strategy(config, workflow)
        checklists = _checklists(config, workflow)
    except (ConfigError, StrategyError, ChecklistError) as error:
        raise ReviewError(str(error)) from None
    runs = _runs(project)
    imports, unreadable = _imports(project)
    exports, unreadable_exports = _decision_exports(project)
    evidence = read_evidence(project, schemas, config["appraisal"]["checklists"])
    days = [run.date for run in runs] + [each.sidecar.date for each in (*imports, *exports)] + evidence.days
    newest = max(map(full_day, days), default=_day(config["review"], "started"))
    as_of = _as_of(config, newest)
    results = "results" if as_of == newest else f"{AS_OF}/{as_of}"
    return Review(
        config,
        project,
        workflow,
        evidence,
        [run for run in runs if full_day(run.date) <= as_of],
        [each for each in imports if full_day(each.sidecar.date) <= as_of],
        [each for each in exports if full_day(each.sidecar.date) <= as_of],
        unreadable + unreadable_exports,
        checklists,
        strategy,
        horizon_of(evidence, as_of, _is_reconstructed(runs, as_of)),
        results,
        _releases(project),
    )


def horizon_of(evidence: Evidence, as_of: date, reconstructed: bool) -> Horizon:
    """What was known on a day, without the reports that counted no more by then."""
    readable = evidence.notices.rows if evidence.notices.readable else []
    return Horizon(as_of, reconstructed, without=frozenset(excluded(readable, as_of)))


def _as_of(config: dict, newest: date | None) -> date:
    as_of = _day(config, "as_of") or newest
    if as_of is None:
        raise ReviewError(
            f"{SEARCHES} holds no search, and nothing was entered yet. Remedy: say as of which day, "
            "--config as_of=2025-03-17, or on which it began, review.started in config/config.yaml."
        )
    return as_of


def _first_search(runs: list[Run]) -> date | None:
    return min((full_day(run.date) for run in runs if run.told["kind"] == "search"), default=None)


def _is_reconstructed(runs: list[Run], day: date) -> bool:
    first = _first_search(runs)
    return first is None or day < first


def _day(section: dict, key: str) -> date | None:
    """A day that the configuration may give."""
    try:
        return full_day(section[key]) if key in section else None
    except ValueError:
        raise ReviewError(f"{key}: {section[key]!r} is no day. Remedy: write it as 2025-03-17.") from None


def _releases(project: Path) -> list[Release]:
    try:
        return read_releases(project)
    except ReleaseError as error:
        raise ReviewError(str(error)) from None


def _checklists(config: dict, workflow: Path) -> dict[str, Checklist]:
    folder, named = workflow / "checklists", config["appraisal"]["checklists"]
    there = sorted(path.stem for path in folder.glob("*.yaml"))
    for name in named:
        if name not in there:
            raise ChecklistError(
                f"config/config.yaml, appraisal.checklists: {name!r} is not known. Remedy: use one of "
                f"{', '.join(there)}, or add a file to workflow/checklists/."
            )
    return {name: read_checklist(folder / f"{name}.yaml") for name in named}


def _strategy(config: dict, workflow: Path) -> Strategy | None:
    if "strategy" not in config["search"]:
        return None
    return pubmed_strategy(config["search"]["strategy"], load_schema(workflow / "search_filters.yaml"))


def _runs(project: Path) -> list[Run]:
    """Every archived search, oldest first."""
    runs = []
    for path in sorted((project / SEARCHES).glob("*/*/run.json")):
        try:
            run = read_run(path.parent)
            full_day(run.date)
            run.told["kind"]
        except (ValueError, KeyError) as error:
            raise ReviewError(f"{path.relative_to(project)}: not the description of a search ({error})") from None
        runs.append(run)
    return sorted(runs, key=lambda run: (run.date, run.source))


def _imports(project: Path) -> tuple[list[Import], list[str]]:
    """The imports with a sidecar, and what is wrong with the sidecars of the others."""
    imports, unreadable = [], []
    for file in sorted((project / IMPORTS).glob("[!.]*")):
        if file.suffix != ".yaml" and file.is_file():
            try:
                imports.append(Import(file.relative_to(project), read_sidecar(file.with_suffix(".yaml"))))
            except ImportProblem as problem:
                unreadable.append(str(problem))
    return imports, unreadable


def _decision_exports(project: Path) -> tuple[list[DecisionExport], list[str]]:
    """What screening tools gave, a file or a folder of files each, and what is wrong with sidecars."""
    exports, unreadable = [], []
    for path in sorted((project / DECISIONS).glob("[!.]*")):
        if path.suffix != ".yaml":
            inside = sorted(path.glob("[!.]*")) if path.is_dir() else [path]
            try:
                sidecar = read_decision_sidecar(path.with_suffix(".yaml"))
            except DecisionImportProblem as problem:
                unreadable.append(str(problem))
            else:
                files = tuple(file.relative_to(project) for file in inside)
                exports.append(DecisionExport(path.name, files, sidecar))
    return exports, unreadable
