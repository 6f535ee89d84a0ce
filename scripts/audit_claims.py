"""Recompute and judge what a published review printed."""

import argparse
import sys
from dataclasses import asdict

from perennial.audit.judgement import judge
from perennial.audit.paper import Paper
from perennial.audit.quantities import Claim, UnknownQuantity
from perennial.csv_table import csv_table
from perennial.identity.card import read_card

COLUMNS = ["claim_id", "location", "text", "published", "recomputed", "verdict", "explanation"]
PAPER = ["tables", "analyses", "tests", "corrected", "model", "level", "thresholds"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("reproduction", help="CSV to write, one line a claim")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    claims = [Claim(**{"decimals": None, **row}) for row in card["claims"]]
    try:
        findings = judge(claims, Paper(**{name: card[name] for name in PAPER})) if claims else []
    except UnknownQuantity as error:
        sys.exit(f"data/published/claims.csv, {error}")
    card.write(arguments.reproduction, csv_table(COLUMNS, map(asdict, findings)))


if __name__ == "__main__":
    main()
