"""Kimi over HTTP."""
