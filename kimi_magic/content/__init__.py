"""What a cell names becomes parts of a message."""
