"""The command line: perennial <command>."""

import argparse

from perennial.commands import audit, compare, export, impact, new, update, why

COMMANDS = (new, why, impact, update, compare, export, audit)


def main() -> None:
    parser = argparse.ArgumentParser(prog="perennial", description="Living systematic reviews as a Snakemake workflow.")
    commands = parser.add_subparsers(required=True, metavar="command")
    for each in COMMANDS:
        each.add_command(commands)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
