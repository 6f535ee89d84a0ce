"""Compare two sets of groups within each trial that has both, and pool the comparisons."""

import argparse

from perennial.identity.card import read_card
from perennial.stats.within_trial import within_trial


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("comparisons", help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    results = {}
    for name, trials in card["comparisons"].items():
        counts = [[trial[key] for trial in trials] for key in ("events1", "n1", "events2", "n2")]
        names = [trial["study_id"] for trial in trials]
        found = within_trial(*counts, names, card["level"], card["randomised"][name])
        results[name] = {"trials": trials, **found.to_dict()}
    card.write_json(arguments.comparisons, {"level": card["level"], "comparisons": results})


if __name__ == "__main__":
    main()
