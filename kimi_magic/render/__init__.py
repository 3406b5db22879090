"""Where an answer is shown: in a cell, in a terminal, at the end of a run, or nowhere."""
