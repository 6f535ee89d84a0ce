"""An audit as text."""

from collections.abc import Iterator

from perennial.provenance.audit.finding import ALTERED, CHANGED, ORDER, UNCHECKED
from perennial.provenance.audit.run import Audit

LIMITS = """\
What no audit of files can catch: somebody who rewrites every digest, releases included, where no signed tag vouches for
the last release; a change of results, cards and digests together since then, unless --recompute is asked for; what was
false before it was entered. Run it with a copy of the software that you trust."""


def as_text(audit: Audit) -> str:
    return "\n".join(_lines(audit)) + "\n"


def _lines(audit: Audit) -> Iterator[str]:
    for check in audit.checks:
        yield f"{check.question} {check.status.upper() if check.status == ALTERED else check.status}"
        if check.sound:
            yield f"    {check.sound}"
        for status in ORDER:
            for finding in check.findings:
                if finding.status == status:
                    yield f"  - {status}: {finding}"
    yield ""
    counts = {status: _count(audit, status) for status in ORDER}
    if counts[ALTERED]:
        yield f"ALTERED in {counts[ALTERED]} places."
    else:
        yield "Nothing is altered."
    if counts[CHANGED]:
        yield f"Changed since the release, as evidence, protocol and code may be: {counts[CHANGED]} places."
    if counts[UNCHECKED]:
        yield f"Not checked, which is not clean: {counts[UNCHECKED]} things."
    yield LIMITS


def _count(audit: Audit, status: str) -> int:
    return sum(finding.status == status for check in audit.checks for finding in check.findings)
