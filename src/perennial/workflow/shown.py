"""How results stand in Snakemake's own report: in a section, with a caption, by the names that readers know."""

from pathlib import PurePosixPath
from typing import Any

from snakemake.io import report

from perennial.workflow.review import Review


def shown(review: Review, files: str | list[str], section: str, title: str, caption: str) -> str | list[str]:
    """Outputs of a rule, marked for the report.

    `title` may hold wildcards; `caption` names a file of workflow/report/, without its suffix. A result of one outcome
    stands below that outcome, and beside each stands of which group it is and in which format.
    """
    if not isinstance(files, str):
        return [shown(review, file, section, title, caption) for file in files]

    def label(of: str, wildcards: Any, otherwise: str) -> str:
        name = dict(wildcards.items()).get(of)
        return review.config[f"{of}s"][name]["label"] if name else otherwise

    return report(
        files,
        caption=f"../report/{caption}.rst",
        category=section,
        subcategory=lambda wildcards: label("outcome", wildcards, "The whole review"),
        labels=lambda wildcards: {
            "result": title,
            "group": label("group", wildcards, "all"),
            "format": PurePosixPath(files).suffix.removeprefix("."),
        },
    )
