"""What the reviewers of a tool are called in the review: by their roles, never by the names that a file gives.

A file may hold full names and addresses of people who never agreed to stand in a public ledger. Whoever the sidecar
does not name is numbered, in the order of the file.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import count

from perennial.records.text import one_line

CONSENSUS = "consensus"
"""Who decided, where a tool tells only what its reviewers agreed on."""
NO_NAME = re.compile(rf"reviewer \d+|{CONSENSUS}")


def roles_of(names: Iterable[str], mapped: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The role of each name, and notes. `mapped` is the sidecar's: name in the file -> role or initials.

    A role stays itself, so that what was exported can be read again. An empty name, of a file that names nobody,
    is the only reviewer of the sidecar.
    """
    known = {one_line(name): role for name, role in mapped.items()}
    own = set(known.values())
    roles = {}
    names = list(dict.fromkeys(names))
    for name in names:
        if name in known:
            roles[name] = known[name]
        elif name in own or NO_NAME.fullmatch(name):
            roles[name] = name
        elif not name and len(own) == 1:
            roles[name] = next(iter(own))
    taken = own | set(roles.values())
    free = (role for number in count(1) if (role := f"reviewer {number}") not in taken)
    unnamed = [name for name in names if name not in roles]
    numbered = dict(zip(unnamed, free, strict=False))
    if not numbered:
        return roles, []
    note = f"reviewers whom the sidecar does not name are called by numbers: {', '.join(numbered.values())}"
    return roles | numbered, [note]
