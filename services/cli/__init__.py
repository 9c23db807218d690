"""The `supportbot` command."""
