"""The command line: perennial <command>."""

import argparse
import signal

from perennial.commands import audit, compare, export, impact, new, update, why

COMMANDS = (new, why, impact, update, compare, export, audit)


def main() -> None:
    parser = argparse.ArgumentParser(prog="perennial", description="Living systematic reviews as a Snakemake workflow.")
    commands = parser.add_subparsers(required=True, metavar="command")
    for each in COMMANDS:
        each.add_command(commands)
    arguments = parser.parse_args()
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # what is piped into head ends without a word
    arguments.run(arguments)


if __name__ == "__main__":
    main()
