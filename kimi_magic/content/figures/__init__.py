"""Figures and pictures become a picture that the service takes, and a few lines of facts read from the object itself.

Drawing shows what the figure shows: `How.share` speaks of frames and changes nothing here. What a figure carries without
showing it (columns that no encoding uses, custom data) does not go.
"""
