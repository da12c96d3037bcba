"""Backup and restore: pg_dump's one door. A backup is a whole file or none, a restore is a whole database or none."""

from __future__ import annotations

from avdaily_sql.backup.dump import Backup, Reports, create

__all__ = ["Backup", "Reports", "create"]
