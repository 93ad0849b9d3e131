"""Connections: how they come about, are found, and end."""
