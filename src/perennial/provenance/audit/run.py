"""All checks of one audit."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perennial.provenance.audit.archives import check_archives
from perennial.provenance.audit.cards import check_cards
from perennial.provenance.audit.code import check_code
from perennial.provenance.audit.evidence import check_evidence
from perennial.provenance.audit.finding import ALTERED, UNCHECKED, Check
from perennial.provenance.audit.page import check_page
from perennial.provenance.audit.recompute import check_recomputed
from perennial.provenance.audit.releases import check_releases
from perennial.provenance.audit.results import check_results
from perennial.provenance.audit.signature import check_signature
from perennial.provenance.audit.subject import Subject, open_subject

BROKEN = "what this check reads is not as runs write it, and it broke off"

CHECKS = (
    check_releases,
    check_signature,
    check_archives,
    check_evidence,
    check_cards,
    check_code,
    check_results,
    check_page,
)


@dataclass(frozen=True)
class Audit:
    checks: list[Check]

    @property
    def altered(self) -> bool:
        return any(check.status == ALTERED for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        return {"altered": self.altered, "checks": [check.to_dict() for check in self.checks]}


def audit(project: Path, software: Path, cores: int = 0) -> Audit:
    """Audit the review in `project` with the software in the folder `software`; nothing is written there.

    With `cores` the results are made again, in a temporary copy, and compared.
    """
    subject = open_subject(project, software)
    checks = [_checked(check, subject) for check in CHECKS]
    if cores:
        checks.append(check_recomputed(subject, cores))
    else:
        skipped = Check("recomputing", "Does computing everything again give the same?")
        skipped.add(UNCHECKED, "results", "not asked for; --recompute does it")
        checks.append(skipped)
    return Audit(checks)


def _checked(check: Callable[[Subject], Check], subject: Subject) -> Check:
    """A check that cannot be finished, whatever the reason, must not look like one that found nothing."""
    try:
        return check(subject)
    except Exception as error:
        broken = Check(check.__name__.removeprefix("check_"), "Can everything that lies there be checked?")
        broken.add(ALTERED, "results", f"{BROKEN} ({type(error).__name__}: {subject.without_places(str(error))})")
        return broken
