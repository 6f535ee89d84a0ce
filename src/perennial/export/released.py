"""A release together with the results that it names by digest."""

from dataclasses import dataclass
from pathlib import Path

from perennial.digests import file_sha256
from perennial.living.releases import RELEASES, Release, ReleaseError, read_releases
from perennial.workflow.comparing import opened
from perennial.workflow.review import AS_OF, Review


class ExportError(ValueError):
    """The version cannot be exported; the message says what to do."""


@dataclass(frozen=True)
class Released:
    """`review` has the protocol and tables of the release; `results` is the folder of its results below `project`."""

    project: Path
    release: Release
    review: Review
    results: str


def remake(release: Release) -> str:
    """What makes the results of a release again, in the folder of the review, while evidence and code are the same."""
    return f"snakemake --cores 2 --config version={release.version} as_of={release.told['as_of']}"


def find_released(project: Path, version: str, workflow: Path) -> Released:
    """The release and its results. Raises ExportError where there is none, or where other results lie there."""
    try:
        releases = {release.version: release for release in read_releases(project)}
    except ReleaseError as error:
        raise ExportError(str(error)) from None
    if version not in releases:
        there = f"name one of {', '.join(releases)}" if releases else "make one"
        raise ExportError(
            f"{RELEASES} holds no version {version!r}. Remedy: {there}; "
            f"snakemake --cores 2 release --config version={version} makes it."
        )
    release = releases[version]
    results = _results(project, release)
    return Released(project, release, opened(release, workflow), results)


def check_results(released: Released) -> None:
    """Raises ExportError unless what lies in the folder of results is what was released."""
    if wrong := _wrong(released.project / released.results, released.release):
        raise _not_released(released.release, released.results, wrong)


def _results(project: Path, release: Release) -> str:
    """The folder in which the released results lie, all of them by their digests."""
    folders = ["results", f"{AS_OF}/{release.told['as_of']}"]
    wrong = {folder: _wrong(project / folder, release) for folder in folders}
    best = min(folders, key=lambda folder: len(wrong[folder]))
    if wrong[best]:
        raise _not_released(release, best, wrong[best])
    return best


def _not_released(release: Release, folder: str, wrong: list[str]) -> ExportError:
    others = f", nor are {len(wrong) - 1} others" if len(wrong) > 1 else ""
    return ExportError(
        f"{folder}/{wrong[0]} is not the file that was released as {release.version}{others}. Remedy: "
        f"{remake(release)} makes the released results again; where evidence, protocol or code changed since, check "
        "out the commit of the release first."
    )


def _wrong(folder: Path, release: Release) -> list[str]:
    """Results of the release that are not in `folder`, or not as they were."""
    return [
        name
        for name, digest in release.told["results"].items()
        if not (folder / name).is_file() or file_sha256(folder / name) != digest
    ]
