"""The digest of every result, and which job made it."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from perennial.digests import file_sha256
from perennial.provenance.flow import Flow, Job
from perennial.provenance.parts import parts

DIGESTS = "provenance/digests.csv"
PARTS = "provenance/parts.json"
"""Both below the results. The parts hold those of the digests too, and the last digest is that of the parts."""

COLUMNS = ["path", "sha256", "rule", "card", "card_sha256"]
"""`path` begins at the folder of the review; `card` is the name of an identity card."""


def made_files(project: Path, flow: Flow) -> dict[str, Job]:
    """The results that lie there and the job of each, in the order of their paths; without the digests themselves."""
    base = project / flow.results
    apart = [base / "identity", base / "as_of", base / "receipts", base / DIGESTS, base / PARTS]
    found = (path for path in sorted(base.rglob("*")) if path.is_file())
    inside = (path for path in found if not any(path.is_relative_to(each) for each in apart))
    files = (path.relative_to(project).as_posix() for path in inside)
    return {file: job for file in files if (job := flow.job(file))}


def digest_rows(project: Path, results: str, made: Mapping[str, Job]) -> Iterator[dict[str, str]]:
    """A row for each result, with its rule and card."""
    for file, job in made.items():
        card = project / results / "identity" / f"{job.card}.json"
        row = {"path": file, "sha256": file_sha256(project / file), "rule": job.rule}
        yield {**row, "card": job.card, "card_sha256": file_sha256(card)}


def parts_of(project: Path, files: Iterable[str]) -> dict[str, dict[str, str]]:
    """Short digests of the parts of each file that has them."""
    told = {file: parts(file, (project / file).read_bytes()) for file in files}
    return {file: each for file, each in told.items() if each}


def without_last_row(table: bytes) -> bytes:
    """The digests without that of the parts, as the parts tell of them."""
    return b"".join(table.replace(b"\r\n", b"\n").splitlines(keepends=True)[:-1])
