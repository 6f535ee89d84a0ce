"""The numbers of the page: each has a trace, or a marked end that says why there is none."""

from perennial.provenance.audit.differences import AT_MOST
from perennial.provenance.audit.finding import UNCHECKED, Check
from perennial.provenance.audit.subject import Subject
from perennial.provenance.on_page import account_of
from perennial.provenance.trace import TraceError, read_trace


def check_page(subject: Subject) -> Check:
    """A number without a trace is not known to be wrong; nobody can say where it is from."""
    check = Check("page", "Has every number of the page a trace?")
    told = []
    for state in subject.states:
        file = f"{state.results}/report/index.html"
        try:
            page = (subject.project / file).read_text(encoding="utf-8")
            graph, _ = read_trace(subject.project / state.results)
        except (OSError, ValueError, TraceError):
            check.add(UNCHECKED, file, "the page or its trace is not there, or cannot be read")
            continue
        account = account_of(page, graph)
        told.append(f"{account.total} numbers in {file}, {account.total - len(account.untraced)} of them traced")
        for shown in account.untraced[:AT_MOST]:
            check.add(UNCHECKED, file, f"{shown.number} has no trace, in “{shown.text}”")
        if len(account.untraced) > AT_MOST:
            check.add(UNCHECKED, file, f"{len(account.untraced) - AT_MOST} more numbers have no trace")
    if not subject.states:
        check.add(UNCHECKED, "results", "there is no page")
    check.sound = "; ".join(told)
    return check
