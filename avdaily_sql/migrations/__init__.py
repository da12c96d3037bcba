"""The migration runner: yoyo's files and history, applied and undone so that no crash leaves half of anything.

``apply(target_url, tree, options, observer)``, ``plan``, ``rollback``, ``plan_rollback``, ``status`` and ``draft`` are
what the commands call; a program may call them as well.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from avdaily_sql.migrations.backward import RollbackResult, RolledBack, plan_rollback, rollback
    from avdaily_sql.migrations.durations import duration_ms
    from avdaily_sql.migrations.foresight import Planned, PlanResult
    from avdaily_sql.migrations.forward import Applied, ApplyResult, apply, plan
    from avdaily_sql.migrations.observer import Holder, Observer
    from avdaily_sql.migrations.options import Options
    from avdaily_sql.migrations.repeating import RepeatableState
    from avdaily_sql.migrations.report import Counts, MigrationState, StatusResult, status, unsettled, verdict
    from avdaily_sql.migrations.template import DraftResult, draft

# Each is imported at its first use: an apply with nothing to do takes hardly longer than the start of Python.
_HOMES = {
    "Applied": "forward",
    "ApplyResult": "forward",
    "Counts": "report",
    "DraftResult": "template",
    "Holder": "observer",
    "MigrationState": "report",
    "Observer": "observer",
    "Options": "options",
    "PlanResult": "foresight",
    "Planned": "foresight",
    "RepeatableState": "repeating",
    "RollbackResult": "backward",
    "RolledBack": "backward",
    "StatusResult": "report",
    "apply": "forward",
    "draft": "template",
    "duration_ms": "durations",
    "plan": "forward",
    "plan_rollback": "backward",
    "rollback": "backward",
    "status": "report",
    "unsettled": "report",
    "verdict": "report",
}

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
    "RepeatableState",
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
    "unsettled",
    "verdict",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
