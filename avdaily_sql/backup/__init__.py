"""Backup and restore: pg_dump's one door. A backup is a whole file or none, a restore is a whole database or none."""

from __future__ import annotations

from avdaily_sql.backup.dump import Backup, Reports, create
from avdaily_sql.backup.restore import Order, Plan, Restored, plan, restore, undo

__all__ = ["Backup", "Order", "Plan", "Reports", "Restored", "create", "plan", "restore", "undo"]
