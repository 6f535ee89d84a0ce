"""perennial export <version>: a release in the forms that other programs read."""

import argparse
import sys
from datetime import date
from pathlib import Path

WRITTEN = """\
{folder}/
  crate/            Workflow Run RO-Crate: files, jobs, programs, roles, licences
  provenance.json   the same as PROV-JSON
  references/       included and excluded publications, BibTeX and RIS
  analysis/         tidy tables with a dictionary; Rscript repeat_with_metafor.R repeats the results
"""


def add_command(commands: argparse._SubParsersAction) -> None:
    export = commands.add_parser("export", help="write a release to exports/, in the forms that other programs read")
    export.add_argument("version", help="the release, a folder of data/releases/")
    export.add_argument("--directory", type=Path, default=Path(), help="folder of the review; this one if not given")
    export.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    from perennial.export.released import ExportError
    from perennial.export.write import export_release

    try:
        folder = export_release(arguments.directory.absolute(), arguments.version, date.today())
    except ExportError as error:
        sys.exit(str(error))
    print(WRITTEN.format(folder=folder.relative_to(arguments.directory.absolute())), end="")
