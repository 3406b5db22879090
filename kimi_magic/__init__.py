"""Kimi, Moonshot AI's model, inside the notebook."""

__version__ = "0.1.0"
