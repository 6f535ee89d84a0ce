"""The releases: each whole, and chained by digest to the one before. The last is the anchor of the whole audit."""

import json
from collections.abc import Iterator
from pathlib import Path

from perennial.digests import content_sha256
from perennial.living.releases import EVIDENCE, KEPT, MANIFEST
from perennial.provenance.audit.differences import AT_MOST, file_differences
from perennial.provenance.audit.finding import ALTERED, UNCHECKED, Check
from perennial.provenance.audit.subject import Manifest, Subject, read_json

RECEIPTS = "results/receipts"


def check_releases(subject: Subject) -> Check:
    check = Check("releases", "Is each release what was released, and does it follow on the one before?")
    if not subject.releases:
        check.add(
            UNCHECKED, "data/releases", "there is no release: nothing anchors what people entered, nor the results"
        )
        return check
    before = None
    for number, release in enumerate(subject.releases, 1):
        _check_chain(subject, check, release, before, number)
        _check_files(subject, check, release)
        before = release
    for release in subject.releases:
        for place, digest in _mentions(subject, release.version):
            if digest != release.sha256:
                file = subject.name(release.folder / MANIFEST)
                check.add(ALTERED, file, f"it is not the file that {place} names", old=digest, new=release.sha256)
    versions = ", ".join(release.version for release in subject.releases)
    last = subject.releases[-1]
    check.sound = f"{len(subject.releases)} in a chain ({versions}); the anchor is {last.version}, sha256 {last.sha256}"
    return check


def _check_chain(subject: Subject, check: Check, release: Manifest, before: Manifest | None, number: int) -> None:
    file, told = subject.name(release.folder / MANIFEST), release.told
    if not told:
        check.add(ALTERED, file, "it cannot be read as the manifest of a release")
        return
    expected = before and {"version": before.version, "sha256": before.sha256}
    if told.get("previous") != expected:
        named = json.dumps(told.get("previous"))
        there = json.dumps(expected)
        check.add(
            ALTERED,
            file,
            "the release before it is not the one that lies there",
            pointer="/previous",
            old=named,
            new=there,
        )
    if told.get("number") != number:
        check.add(ALTERED, file, f"it is number {number} of those that lie there", pointer="/number")
    if told.get("version") != release.folder.name:
        check.add(ALTERED, file, "it is not the version that its folder is named after", pointer="/version")


def _check_files(subject: Subject, check: Check, release: Manifest) -> None:
    inputs, results = release.digests("inputs"), release.digests("results")
    expected = {EVIDENCE + "/" + name: digest for name, digest in inputs.items() if _copied(name)}
    expected |= {Path(name).name: results[name] for name in KEPT if name in results}
    present = {
        path.relative_to(release.folder).as_posix()
        for path in release.folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    for name in sorted(expected.keys() - present):
        check.add(ALTERED, subject.name(release.folder / name), "the file is gone")
    for name in sorted(present - expected.keys() - {MANIFEST}):
        check.add(ALTERED, subject.name(release.folder / name), "no release made this file, or its manifest lost it")
    for name in sorted(expected.keys() & present):
        data = (release.folder / name).read_bytes()
        if content_sha256(data) != expected[name]:
            _tell_where(subject, check, release, name, data, expected[name])


def _tell_where(subject: Subject, check: Check, release: Manifest, name: str, data: bytes, digest: str) -> None:
    """The cells or values, where what was released still lies in the review itself."""
    file = subject.name(release.folder / name)
    for original in _originals(subject, name):
        if original.is_file() and content_sha256(original.read_bytes()) == digest:
            for each in file_differences(name, original.read_bytes(), data)[:AT_MOST]:
                check.add(ALTERED, file, f"{each.message} is not as it was released", **each.place)
            return
    check.add(ALTERED, file, f"it is not the file that was released as {release.version}")


def _originals(subject: Subject, name: str) -> Iterator[Path]:
    if name.startswith(f"{EVIDENCE}/"):
        yield subject.project / name.removeprefix(f"{EVIDENCE}/")
    else:
        kept = next(each for each in KEPT if Path(each).name == name)
        yield from (subject.project / state.results / kept for state in subject.states)


def _copied(name: str) -> bool:
    """Whether a release holds a copy of that input."""
    return name.endswith((".csv", ".yaml")) and not name.startswith(("data/search/", "data/imports/"))


def _mentions(subject: Subject, version: str) -> Iterator[tuple[str, str]]:
    """Who names the digest of a release: its receipt, and results that were compared with it."""
    receipt = subject.project / RECEIPTS / f"release-{version}.json"
    told = read_json(receipt.read_bytes()) if receipt.is_file() else None
    if isinstance(told, dict) and "sha256" in told:
        yield subject.name(receipt), told["sha256"]
    for state in subject.states:
        card = read_json(state.cards.get("describe_changes/review", b""))
        before = card.get("before") if isinstance(card, dict) else None
        if isinstance(before, dict) and before.get("version") == version and "sha256" in before:
            yield f"{state.results}/identity/describe_changes/review.json", before["sha256"]
