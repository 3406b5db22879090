"""Prompts as text files: those that are shipped, and the user's own. `kimi_magic.prompts.template` says what is in one."""

from kimi_magic.prompts.library import described, find, names, save
from kimi_magic.prompts.template import Template, literal, written

__all__ = ["Template", "described", "find", "literal", "names", "save", "written"]
