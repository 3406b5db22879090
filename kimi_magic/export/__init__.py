"""A conversation as a file of its own, and back: Markdown, HTML, JSONL, a notebook."""
