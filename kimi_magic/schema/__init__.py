"""Types and JSON schemas: what the service is asked for, and what its answer is read into."""
