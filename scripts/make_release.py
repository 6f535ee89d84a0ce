"""Freeze the review as a version in data/releases/, with what it rests on; never changed afterwards."""

import argparse
import sys
from pathlib import Path

from perennial.files import replace_file, to_json
from perennial.identity.card import read_card
from perennial.living.releases import RELEASES, ReleaseError, code_digests, make_release


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card", help="of what day the review is, and with what software it was made")
    parser.add_argument("version")
    parser.add_argument("results", type=Path, help="folder of the results")
    parser.add_argument("receipt", type=Path, help="JSON to write: what was released, and where")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    told = {key: card[key] for key in ("as_of", "reconstructed", "primary_model", "software")}
    told["code"] = code_digests(Path(__file__).parents[1])
    try:
        release = make_release(Path.cwd(), arguments.version, arguments.results, told)
    except ReleaseError as error:
        sys.exit(str(error))
    receipt = {"released": str(RELEASES / release.version), "sha256": release.sha256}
    replace_file(arguments.receipt, to_json(receipt))


if __name__ == "__main__":
    main()
