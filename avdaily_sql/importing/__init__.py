"""Pairs of migration files out of the trees of other tools: Flyway, Alembic, dbmate, golang-migrate.

One module reads each tool's tree into ``foreign.Foreign``; ``writing`` judges them as the runner would and writes all
pairs or none.
"""

from avdaily_sql.importing.writing import TOOLS, Imported, import_tree

__all__ = ["TOOLS", "Imported", "import_tree"]
