"""Print one pooled result of a review: python docs/walk.py FOLDER OUTCOME GROUP."""

import json
import sys
from pathlib import Path

folder, outcome, group = sys.argv[1:]
told = json.loads((Path(folder) / "results" / "summary.json").read_bytes())["analyses"][outcome][group]
estimate, low, high = (f"{100 * told[name]:.1f}" for name in ("estimate", "ci_low", "ci_high"))
print(f"k = {told['k']}, n = {told['n']}, {told['events']} events: {estimate}% ({low} to {high})")
