"""A run of Snakemake on a review, and why it failed."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from perennial.files import replace_file
from perennial.lock import BUSY
from perennial.new_review import INSTALLATION

FAILED = re.compile(r"^Error in rule (\w+):\n((?:    .*\n)*)", re.MULTILINE)
LOG = re.compile(r"^    log: (\S+)", re.MULTILINE)
REFUSED = re.compile(r"^(?:WorkflowError|\w+(?:Error|Exception))\b.*\n((?:.+\n?)+)", re.MULTILINE)
SHOWN = 8
"""Lines of a log that are quoted."""


@dataclass(frozen=True)
class Failure:
    """What failed, such as "the search of Crossref", and what was said of it."""

    what: str
    said: str

    def to_dict(self) -> dict[str, str]:
        return {"what": self.what, "said": self.said}


@dataclass(frozen=True)
class Ended:
    """A run that ended: its exit code and what it printed, without keys and without where the review lies."""

    project: Path
    code: int
    output: str

    @property
    def busy(self) -> bool:
        """Whether another run held the review."""
        return BUSY in self.output

    def failures(self) -> list[Failure]:
        """One for each rule that failed; one for the whole run where it did not come to that."""
        if not self.code:
            return []
        rules = dict.fromkeys(FAILED.findall(self.output))
        if rules:
            return [Failure(f"rule {rule}", self._log(told)) for rule, told in rules]
        refused = REFUSED.search(self.output)
        return [Failure("the run", refused[1].strip() if refused else _last(self.output))]

    def _log(self, told: str) -> str:
        named = LOG.search(told)
        path = self.project / named[1] if named else None
        text = path.read_text(encoding="utf-8", errors="replace") if path and path.is_file() else ""
        return discreet(_last(text), self.project) or "it left no message"


def run_snakemake(project: Path, cores: int, targets: Iterable[str], log: Path) -> Ended:
    """Run the workflow on the review in `project`; all that it prints goes to `log`."""
    words = ["--snakefile", INSTALLATION / "Snakefile", "--directory", project, "--cores", cores, *targets]
    command = [sys.executable, "-m", "snakemake", *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    output = discreet(done.stdout.decode("utf-8", "replace"), project)
    replace_file(log, output.encode())
    return Ended(project, done.returncode, output)


def discreet(text: str, project: Path) -> str:
    """Without the key for PubMed, and without where the review, Perennial and its environment lie."""
    if key := os.environ.get("NCBI_API_KEY"):
        text = text.replace(key, "***")
    for folder, name in ((project.resolve(), "."), (Path(sys.prefix), "environment"), (INSTALLATION, "perennial")):
        text = text.replace(f"{folder}{os.sep}", f"{name}/").replace(str(folder), name)
    return text


def _last(text: str) -> str:
    return "\n".join([line.rstrip() for line in text.splitlines() if line.strip()][-SHOWN:])
