"""The numbers of the page: each has a trace, or says why it has none."""

from perennial.provenance.audit.finding import UNCHECKED, Check
from perennial.provenance.audit.subject import Subject


def check_page(subject: Subject) -> Check:
    check = Check("page", "Has every number of the page a trace?")
    for state in subject.states:
        check.add(UNCHECKED, f"{state.results}/report/index.html", "nothing here can tell the numbers of the page")
    return check
