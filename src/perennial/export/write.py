"""A release in every form, in a folder that appears whole or not at all."""

import os
import shutil
from datetime import date
from pathlib import Path

from perennial.export.crate import write_crate
from perennial.export.data_package import write_data_package
from perennial.export.jobs import INSTALLATION, read_jobs
from perennial.export.prov import prov_document
from perennial.export.r_script import r_script
from perennial.export.references import excluded, included, to_bibtex, to_ris
from perennial.export.released import find_released
from perennial.files import replace_file, to_json

EXPORTS = Path("exports")


def export_release(project: Path, version: str, today: date) -> Path:
    """Write exports/<version>/ in the folder of a review; an earlier export of the version is replaced.

    Raises ExportError where the version is not there, or the results that lie there are others.
    """
    released = find_released(project, version, INSTALLATION / "workflow")
    jobs = read_jobs(released)
    folder, staging = project / EXPORTS / version, project / EXPORTS / f".{version}.staging"
    shutil.rmtree(staging, ignore_errors=True)
    write_crate(released, jobs, staging / "crate", today)
    replace_file(staging / "provenance.json", to_json(prov_document(released, jobs)))
    for name, references in (("included", included(released)), ("excluded", excluded(released))):
        replace_file(staging / "references" / f"{name}.bib", to_bibtex(references))
        replace_file(staging / "references" / f"{name}.ris", to_ris(references))
    write_data_package(released, staging / "analysis")
    replace_file(staging / "analysis" / "repeat_with_metafor.R", r_script(released.review.config, version).encode())
    shutil.rmtree(folder, ignore_errors=True)
    os.rename(staging, folder)
    return folder
