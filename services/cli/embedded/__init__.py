"""Real Redis-compatible and Postgres servers as children of a process, in one data directory.

Both listen on a Unix socket alone, which only the user who started them may open.
"""
