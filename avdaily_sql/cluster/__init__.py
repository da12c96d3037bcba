"""The embedded server: a PostgreSQL of our own, started on demand, its data kept between runs."""

from avdaily_sql.cluster.databases import FIRST, Listed, database_of, ensure_database, list_databases
from avdaily_sql.cluster.server import Cluster, locate

__all__ = ["FIRST", "Cluster", "Listed", "database_of", "ensure_database", "list_databases", "locate"]
