"""`digital-port rules`: a ruleset as a file, checked, tested and compared; each subcommand in a module of its own."""

from __future__ import annotations

from importlib import import_module

import click

# What each does; `web.cli_rules_<name>.command` does it.  Its imports cost only those who run it.
SUBCOMMANDS = {
    "activate": "Let an approved version decide, at once or from a time.",
    "approve": "Approve a version that another officer has written.",
    "backtest": "Try a table on a file of declarations, and tell what it would have found.",
    "diff": "Say what differs between two tables, and which boxes go elsewhere.",
    "export": "Write a table as JSON or as a workbook.",
    "import": "Read a workbook or JSON and write the document of a repository.",
    "lint": "Find rows that never decide, gaps, overlaps and the like.",
    "list": "List the versions in the port and how far each is.",
    "propose": "Keep a table in the port as a draft.",
    "rollback": "Go back from the version that decides to the one before it.",
    "test": "Run the test cases kept with a table.",
}


class _Subcommands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUBCOMMANDS:
            return None
        command: click.Command = import_module(f"web.cli_rules_{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, SUBCOMMANDS[name]) for name in self.list_commands(ctx)])


@click.group("rules", cls=_Subcommands)
def command() -> None:
    """Rulesets as files, and their life in the port (docs/rules.md).

    Exit codes: 0 fine, 1 findings, failures or a table that makes no sense, 2 wrong usage.
    """
