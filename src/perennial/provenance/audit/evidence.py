"""What people entered, and the protocol, against the last release.

Decisions and extractions are only ever added to: a correction is a new row that says why. Registers, such as the list
of studies, and the protocol may be edited; what was edited since is told.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from perennial.digests import content_sha256, file_sha256
from perennial.extraction.evidence import FILES, Evidence, read_evidence
from perennial.living.releases import RELEASES
from perennial.provenance.audit.differences import AT_MOST, file_differences, row_changes
from perennial.provenance.audit.finding import ALTERED, CHANGED, UNCHECKED, Check
from perennial.provenance.audit.subject import Manifest, Subject
from perennial.tables import Table, load_schema

LEDGERS = ("decisions", "adjudications", "duplicates", "outcomes", "overlaps", "acceptances")
"""Tables whose rows are dated answers of people; appraisals are such too."""

AS_RECEIVED = ("data/search/", "data/imports/", "data/screening/exports/")
"""What others sent; the sidecars (.yaml) in the last two are ours."""


def check_evidence(subject: Subject) -> Check:
    check = Check(
        "evidence", "Was what people entered only added to, or corrected with a reason, since the last release?"
    )
    release = subject.last
    if release is None or not release.digests("inputs"):
        check.add(UNCHECKED, "data", "there is no release to compare with")
        return check
    _compare_releases(subject, check)
    told, now = release.digests("inputs"), dict(_present(subject.project))
    differing = {name for name in told.keys() | now.keys() if told.get(name) != now.get(name)}
    tables = {name for name in differing if name.endswith(".csv") and not name.startswith(AS_RECEIVED)}
    if tables:
        tables -= _compare_tables(subject, check, release)
    for name in sorted(differing - tables):
        if not any(finding.file == name for finding in check.findings):
            _compare_file(subject, check, release, name, name in now)
    for name in sorted(tables):
        if not any(finding.file == name for finding in check.findings):
            gone = name not in now
            what = "the table is gone; it held no row" if gone else "it is written otherwise; its rows are the same"
            check.add(CHANGED, name, f"{what} as in {release.version}")
    same = len(told) - len(differing & told.keys())
    check.sound = (
        f"{same} of {len(told)} inputs are those of {release.version}, {len(now.keys() - told.keys())} are new"
    )
    return check


def _present(project: Path) -> Iterator[tuple[str, str]]:
    """Each input that lies there, with its digest: the same files as a release names."""
    files = [project / "config" / "config.yaml", *sorted((project / "data").rglob("*"))]
    for path in files:
        name = path.relative_to(project)
        hidden = any(part.startswith(".") for part in name.parts)
        if path.is_file() and not hidden and RELEASES not in name.parents:
            yield name.as_posix(), file_sha256(path)


def _compare_file(subject: Subject, check: Check, release: Manifest, name: str, there: bool) -> None:
    """A file that is no table of evidence, or one that cannot be read as one."""
    told = release.digests("inputs")
    received = name.startswith(AS_RECEIVED) and (name.startswith("data/search/") or not name.endswith(".yaml"))
    status = ALTERED if received else CHANGED
    if name not in told:
        check.add(CHANGED, name, f"it was added since {release.version}")
    elif not there:
        check.add(status, name, f"the file is gone since {release.version}")
    elif received:
        check.add(status, name, f"it is not what was received, as {release.version} had it")
    else:
        _compare_copy(subject, check, release, name, status)


def _compare_copy(subject: Subject, check: Check, release: Manifest, name: str, status: str) -> None:
    copy = release.evidence / name
    if copy.is_file() and content_sha256(copy.read_bytes()) == release.digests("inputs").get(name):
        found = file_differences(name, copy.read_bytes(), (subject.project / name).read_bytes())
        for each in found[:AT_MOST]:
            check.add(status, name, f"{each.message} was edited since {release.version}", **each.place)
        if found:
            return
    check.add(status, name, f"it was edited since {release.version}")


def _compare_tables(subject: Subject, check: Check, release: Manifest) -> set[str]:
    """Compare the evidence row by row; the files that could not be read as tables are handed back."""
    before, now = (_read(subject, base) for base in (release.evidence, subject.project))
    unread = set()
    for problem in now.problems:
        if problem.stops:
            place = {"row": problem.row, "column": problem.column, "new": problem.value or None}
            check.add(ALTERED, problem.file, f"it cannot be right: {problem.message}", **place)
    for name, old, new in _pairs(before, now):
        if new.readable:
            _compare_rows(check, f"since {release.version}", old, new, _key(subject, name), _is_ledger(name))
        else:
            unread.add(new.file)
            if new.file in release.digests("inputs") and (subject.project / new.file).is_file():
                _compare_copy(subject, check, release, new.file, ALTERED if _is_ledger(name) else CHANGED)
    return unread


def _compare_releases(subject: Subject, check: Check) -> None:
    """From each release to the next too, nothing was taken out of the ledgers or rewritten."""
    for before, after in pairwise(subject.releases):
        for name, old, new in _pairs(_read(subject, before.evidence), _read(subject, after.evidence)):
            if _is_ledger(name) and old.readable and new.readable:
                found = Check("", "")
                said = f"between {before.version} and {after.version}"
                _compare_rows(found, said, old, new, _key(subject, name), ledger=True)
                check.findings += [each for each in found.findings if each.status == ALTERED]


def _read(subject: Subject, base: Path) -> Evidence:
    workflow = subject.software / "workflow"
    return read_evidence(
        base, workflow / "schemas", sorted(path.stem for path in (workflow / "checklists").glob("*.yaml"))
    )


def _key(subject: Subject, name: str) -> list[str]:
    schema = name if name in FILES else "appraisal"
    return load_schema(subject.software / "workflow" / "schemas" / f"{schema}.schema.yaml")["key"]


def _is_ledger(name: str) -> bool:
    return name in LEDGERS or name not in FILES


def _pairs(before: Evidence, now: Evidence) -> Iterator[tuple[str, Table, Table]]:
    yield from ((name, getattr(before, name), getattr(now, name)) for name in FILES)
    empty = Table("", (), [], [])
    for name in before.appraisals.keys() | now.appraisals.keys():
        yield name, before.appraisals.get(name, empty), now.appraisals.get(name, empty)


def _compare_rows(check: Check, since: str, old: Table, new: Table, key: list[str], ledger: bool) -> None:
    changes = row_changes(old.rows, new.rows, key)
    status = ALTERED if ledger else CHANGED
    rule = "; a correction is a new row that says why" if ledger else ""
    for row in changes.gone:
        name = " ".join(str(row.get(column, "")) for column in key).strip()
        cells = ", ".join(f"{column} {value}" for column, value in row.items())
        check.add(status, row.file, f"the row of {name} is gone {since}{rule}", row=row.line, old=cells)
    for was, row in changes.rewritten:
        for column in [*was, *(column for column in row if column not in was)]:
            if was.get(column) != row.get(column):
                values = {"old": str(was.get(column, "")), "new": str(row.get(column, ""))}
                check.add(status, row.file, f"rewritten {since}{rule}", row=row.line, column=column, **values)
    added: dict[str, int] = {}
    for row in changes.added:
        added[row.file] = added.get(row.file, 0) + 1
        if "corrects" in row and "reason" not in row:
            check.add(ALTERED, row.file, "a correction without a reason", row=row.line, column="reason")
    for file, number in sorted(added.items()):
        check.add(CHANGED, file, f"{number} rows were added {since}" if number > 1 else f"a row was added {since}")
