"""The chat panel: the same conversation, beside the cells."""
