"""The migration runner: yoyo's files and history, applied and undone so that no crash leaves half of anything.

``apply(target_url, tree, options, observer)``, ``plan``, ``rollback``, ``plan_rollback``, ``status`` and ``draft`` are
what the commands call; a program may call them as well.
"""

from avdaily_sql.migrations.backward import plan_rollback, rollback
from avdaily_sql.migrations.directives import duration_ms
from avdaily_sql.migrations.forward import apply, plan
from avdaily_sql.migrations.observer import Holder, Observer
from avdaily_sql.migrations.options import Options
from avdaily_sql.migrations.report import status, verdict
from avdaily_sql.migrations.results import (
    Applied,
    ApplyResult,
    Counts,
    DraftResult,
    MigrationState,
    Planned,
    PlanResult,
    RollbackResult,
    RolledBack,
    StatusResult,
)
from avdaily_sql.migrations.template import draft

__all__ = [
    "Applied",
    "ApplyResult",
    "Counts",
    "DraftResult",
    "Holder",
    "MigrationState",
    "Observer",
    "Options",
    "PlanResult",
    "Planned",
    "RollbackResult",
    "RolledBack",
    "StatusResult",
    "apply",
    "draft",
    "duration_ms",
    "plan",
    "plan_rollback",
    "rollback",
    "status",
    "verdict",
]
