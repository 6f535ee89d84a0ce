"""A table as a CSV file."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence


def csv_table(columns: Sequence[str], rows: Iterable[Mapping]) -> bytes:
    """UTF-8, comma-separated, one header line; keys of a row that are no column are left out."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
