"""The programs and modules that made the results, by the digests in their cards; all code, by the last release."""

from importlib import metadata
from pathlib import Path

from perennial.digests import file_sha256
from perennial.living.releases import code_digests
from perennial.provenance.audit.finding import ALTERED, CHANGED, UNCHECKED, Check
from perennial.provenance.audit.subject import State, Subject, read_json

OWN = Path(__file__).parents[4]
"""The folder of the software that this library is of."""

CODE = "code"
"""What a release calls its digests of the code."""


def check_code(subject: Subject) -> Check:
    check = Check("code", "Were the results made with the code that lies there?")
    recorded: dict[tuple[str, str], int] = {}
    packages: dict[str, str] = {}
    for state in subject.states:
        for card in _read(state):
            packages |= card["packages"]
            for module, digest in card["modules"].items():
                recorded[module, digest] = recorded.get((module, digest), 0) + 1
    if not recorded:
        check.add(UNCHECKED, "results", "no identity card tells by what code the results were made")
    for (module, digest), number in sorted(recorded.items()):
        path = _file(subject.software, module)
        name = path.relative_to(subject.software).as_posix()
        jobs = f"{number} job{'s' if number > 1 else ''}"
        if not path.is_file():
            check.add(ALTERED, name, f"the file is gone; {jobs} used it")
        elif file_sha256(path) != digest:
            check.add(ALTERED, name, f"it is not the one that {jobs} used", old=digest, new=file_sha256(path))
    _since_release(subject, check)
    here = {name for name, version in packages.items() if name != "python" and _version(name) != version}
    same = (
        f"{len(packages)} packages in the same versions here"
        if not here
        else (
            f"made with other packages than lie here: {', '.join(f'{name} {packages[name]}' for name in sorted(here))}"
        )
    )
    audits = "which audits too" if not other_modules(subject.software) else "another version of which audits"
    number = len({module for module, _ in recorded})
    check.sound = f"{number} programs and modules of the software that lies there, {audits}; {same}"
    return check


def _read(state: State) -> list[dict]:
    cards = [read_json(data) for data in state.cards.values()]
    return [card for card in cards if isinstance(card, dict) and {"modules", "packages"} <= card.keys()]


def _file(software: Path, module: str) -> Path:
    if module.endswith(".py"):
        return software / "scripts" / module
    base = software.joinpath("src", *module.split("."))
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


def _since_release(subject: Subject, check: Check) -> None:
    if subject.last is None or not (told := subject.last.digests(CODE)):
        check.add(UNCHECKED, "workflow", "no release has digests of the rules, schemas and templates")
        return
    since = f"since {subject.last.version}"
    now = code_digests(subject.software)
    for name in sorted(told.keys() | now.keys()):
        if told.get(name) != now.get(name):
            what = "is gone" if name not in now else "is new" if name not in told else "was edited"
            check.add(CHANGED, name, f"the file {what} {since}", old=told.get(name), new=now.get(name))


def other_modules(software: Path) -> list[str]:
    """The modules of the library that runs which are not those of `software`; without any, cards come out the same."""
    own, other = ({path.relative_to(base): path for path in (base / "src").rglob("*.py")} for base in (OWN, software))
    differing = (name for name in own.keys() | other.keys() if _digest(own.get(name)) != _digest(other.get(name)))
    return [] if software == OWN else sorted(name.as_posix() for name in differing)


def is_released(subject: Subject) -> bool:
    """Whether the library that lies there is the one of the last release."""
    told = subject.last.digests(CODE) if subject.last else {}
    released = {name: digest for name, digest in told.items() if name.startswith("src/")}
    now = {name: digest for name, digest in code_digests(subject.software).items() if name.startswith("src/")}
    return bool(released) and released == now


def _digest(path: Path | None) -> str | None:
    return file_sha256(path) if path else None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
