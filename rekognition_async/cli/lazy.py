"""A group of commands whose modules are loaded when one of theirs is used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class LazyGroup(click.Group):
    """Lists and completes its commands without loading them."""

    def __init__(
        self, *args: Any, commands_of: Mapping[str, str], package: str, **kwargs: Any
    ) -> None:
        """Takes what any group takes, and the commands.

        Args:
            args: For the group.
            commands_of: The names of the commands, each with the first line of its help. A command
                has the name of its module, and of the function in it.
            package: The package that the modules are in.
            kwargs: For the group.
        """
        super().__init__(*args, **kwargs)
        self._first_lines = commands_of
        self._package = package

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """The names, in the order of the alphabet."""
        return sorted(self._first_lines)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Loads a command; None where there is none of that name."""
        if cmd_name not in self._first_lines:
            return None
        command: click.Command = getattr(import_module(f"{self._package}.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the list of the commands."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, self._first_lines[name]) for name in self.list_commands(ctx)]
            )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Completes the name of a command, or an option."""
        # Help does without it.
        from click.shell_completion import CompletionItem

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        return [
            *(CompletionItem(name, help=self._first_lines[name]) for name in names),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]
