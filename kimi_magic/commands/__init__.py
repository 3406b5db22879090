"""What `%kimi /…` and the panel can be told to do."""
