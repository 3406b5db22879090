"""The README says what is there: its tables are the product's own, and its commands are the ones that are run."""

from __future__ import annotations

from pathlib import Path

from kimi_magic.commands.table import COMMANDS
from kimi_magic.flags import help_markdown
from kimi_magic.magic import KimiMagic

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_options_is_the_one_that_help_prints() -> None:
    """The README's table of options is made from the same table as ``%%kimi?``."""
    assert help_markdown() in README


def test_every_command_stands_in_the_readme() -> None:
    """Each slash command has its row, with the help that ``/help`` prints."""
    rows = [f"| `{c.name}{' ' + c.argument if c.argument else ''}` | {c.help} |" for c in COMMANDS]
    assert [row for row in rows if row not in README] == []


def test_every_setting_stands_in_the_readme() -> None:
    """Each trait that can be configured is named."""
    names = KimiMagic.class_own_traits(config=True)
    assert [name for name in names if f"`{name}`" not in README] == []


def test_every_linked_file_exists() -> None:
    """No link of the README leads to a file that is not there."""
    targets = [part.partition(")")[0] for part in README.split("](")[1:]]
    local = [target for target in targets if not target.startswith("http")]
    assert local
    assert [target for target in local if not (ROOT / target).exists()] == []
