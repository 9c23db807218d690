"""Alembic's folder, and the way to bring a database to the newest version."""

from services.persistence_worker.migrations.upgrade import upgrade_to_head

__all__ = ["upgrade_to_head"]
