"""Frames of many libraries become a text within a budget, and on demand a picture."""
