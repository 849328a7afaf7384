"""The console script `digital-port`: each command in a module of its own, loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version

import click

# What each command does; `web.cli_<name>.command` does it.  Its imports cost only those who run it.
COMMANDS = {
    "demo": "Run the server with a simulated port alive in it.",
    "doctor": "Say whether all is well, and what to do if not.",
    "keys": "Create, list, rotate and revoke keys.",
    "migrate": "Create the tables, or bring them to this version.",
    "rebuild": "Compare what follows from the log with it, and mend what differs.",
    "replay": "Try kept refusals again.",
    "rules": "Check, test, compare and activate rulesets.",
    "serve": "Run the server.",
    "simulate": "Tell what a way of diverting costs in moves and hours.",
    "take": "Take messages from files.",
    "watch": "Tell what changes of containers, live.",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"web.cli_{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("digital-port"), prog_name="digital-port")
def main() -> None:
    """Port events in, the diversion decided, the status of every container live on a phone.

    Settings come from DIGITAL_PORT_* variables (docs/operating.md).  Exit codes: 0 done, 1 refused, 2 wrong usage,
    3 no database to work with.
    """


if __name__ == "__main__":
    main()
