"""Backup and restore: pg_dump's one door. A backup is a whole file or none, a restore is a whole database or none."""

from __future__ import annotations

from avdaily_sql.backup.anonymise import create as create_anonymised
from avdaily_sql.backup.anonymise import read as read_rules
from avdaily_sql.backup.drill import verify_full
from avdaily_sql.backup.dump import Backup, create
from avdaily_sql.backup.encryption import Key, keygen
from avdaily_sql.backup.reports import Reports
from avdaily_sql.backup.restore import Order, Plan, Restored, plan, restore, undo
from avdaily_sql.backup.retention import Keep, Listed, Listing, Pruned, listed, newest, newest_of, prune
from avdaily_sql.backup.retention import plan as plan_prune
from avdaily_sql.backup.verify import Verdict
from avdaily_sql.backup.verify import quick as verify_quick
from avdaily_sql.maintenance import database_name

__all__ = [
    "Backup",
    "Keep",
    "Key",
    "Listed",
    "Listing",
    "Order",
    "Plan",
    "Pruned",
    "Reports",
    "Restored",
    "Verdict",
    "create",
    "create_anonymised",
    "database_name",
    "keygen",
    "listed",
    "newest",
    "newest_of",
    "plan",
    "plan_prune",
    "prune",
    "read_rules",
    "restore",
    "undo",
    "verify_full",
    "verify_quick",
]
