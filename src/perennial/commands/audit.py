"""perennial audit [<folder>]: whether a finished review is what it says it is, from its files alone."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from perennial.files import to_json
from perennial.new_review import INSTALLATION
from perennial.provenance.audit.code import is_released, other_modules
from perennial.provenance.audit.run import audit
from perennial.provenance.audit.subject import open_subject
from perennial.provenance.audit.tell import as_text


def add_command(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("audit", help="check a finished review from its files alone")
    parser.add_argument("--directory", type=Path, default=Path(), help="folder of the review; here, if not given")
    parser.add_argument(
        "--software",
        type=Path,
        help="folder with the workflow that made it; default, that of the review, else the one this program is of",
    )
    parser.add_argument("--recompute", action="store_true", help="also make the results again, in a temporary copy")
    parser.add_argument("--cores", type=int, default=1, help="for --recompute; default 1")
    parser.add_argument("--json", action="store_true", help="the findings as JSON instead of the text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Ends with 1 where something is altered."""
    project = arguments.directory.resolve()
    if not (project / "config" / "config.yaml").is_file():
        sys.exit(f"{arguments.directory} holds no review. Remedy: name its folder with --directory.")
    own = project if (project / "Snakefile").is_file() else INSTALLATION
    software = (arguments.software or own).resolve()
    if other_modules(software) and is_released(open_subject(project, software)):
        sys.exit(_with_released_software(project, software, arguments))
    found = audit(project, software, arguments.cores if arguments.recompute else 0)
    sys.stdout.buffer.write(to_json(found.to_dict()) if arguments.json else as_text(found).encode())
    sys.exit(1 if found.altered else 0)


def _with_released_software(project: Path, software: Path, arguments: argparse.Namespace) -> int:
    """The same audit by the version that made the review: another may work out its cards otherwise."""
    command = [sys.executable, "-m", "perennial", "audit", "--directory", str(project), "--software", str(software)]
    command += ["--cores", str(arguments.cores)]
    command += [f"--{name}" for name in ("recompute", "json") if getattr(arguments, name)]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": str(software / "src")}, check=False).returncode
