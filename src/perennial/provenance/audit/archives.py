"""The archived searches: every payload is the one that was stored."""

from perennial.digests import file_sha256
from perennial.provenance.audit.finding import ALTERED, Check
from perennial.provenance.audit.subject import Subject, read_json
from perennial.records.archive import SEARCHES


def check_archives(subject: Subject) -> Check:
    check = Check("archives", "Are the archived searches what the sources answered?")
    runs = sorted((subject.project / SEARCHES).glob("*/*/"))
    payloads = 0
    for folder in runs:
        description = folder / "run.json"
        told = read_json(description.read_bytes()) if description.is_file() else None
        if not isinstance(told, dict) or not isinstance(told.get("payloads"), dict):
            check.add(ALTERED, subject.name(description), "it is gone, or no longer the description of a search")
            continue
        for name, each in told["payloads"].items():
            path = folder / name
            payloads += 1
            if not path.is_file():
                check.add(ALTERED, subject.name(path), "the file is gone")
            elif file_sha256(path) != each["sha256"]:
                check.add(
                    ALTERED,
                    subject.name(path),
                    "it is not the file that was archived",
                    old=each["sha256"],
                    new=file_sha256(path),
                )
        for path in sorted(folder.iterdir()):
            if path.name not in {*told["payloads"], "run.json"} and not path.name.startswith("."):
                check.add(ALTERED, subject.name(path), "no search archived this file")
    check.sound = f"{len(runs)} searches, {payloads} stored answers"
    return check
