"""The signed git tag of the last release, where there is one: what nobody can make who lacks the key."""

import subprocess
from pathlib import Path

from perennial.digests import content_sha256
from perennial.living.releases import MANIFEST
from perennial.provenance.audit.finding import ALTERED, UNCHECKED, Check
from perennial.provenance.audit.subject import Subject

WITHOUT = "without it somebody who rewrites every digest, releases included, cannot be caught"


def check_signature(subject: Subject) -> Check:
    check = Check("signature", "Does a signed git tag vouch for the last release?")
    if subject.last is None:
        check.add(UNCHECKED, "data/releases", "there is no release")
        return check
    version = subject.last.version
    file = subject.name(subject.last.folder / MANIFEST)
    tag = next(
        (name for name in (version, f"v{version}", f"release-{version}") if _git(subject, "tag", "-l", name)), None
    )
    if tag is None:
        check.add(UNCHECKED, file, f"no git tag {version} lies here; {WITHOUT}")
        return check
    tagged = _git(subject, "show", f"{tag}:./{file}")
    if tagged is None or content_sha256(tagged) != subject.last.sha256:
        check.add(ALTERED, file, f"it is not the file of the git tag {tag}")
    if b"-----BEGIN" not in (_git(subject, "cat-file", "tag", tag) or b""):
        check.add(UNCHECKED, file, f"the git tag {tag} is not signed; {WITHOUT}")
    elif _git(subject, "verify-tag", tag) is None:
        check.add(
            UNCHECKED, file, f"git cannot verify the signature of the tag {tag} here: the key is not known, or false"
        )
    else:
        check.sound = f"the tag {tag} holds this manifest, and git verified its signature"
    return check


def _git(subject: Subject, *arguments: str) -> bytes | None:
    """What git says; None where it refuses, or there is none."""
    command = ["git", "-C", str(Path(subject.project).resolve()), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
