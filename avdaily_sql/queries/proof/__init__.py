"""Proves which result columns of a query are never null, from the tree that the server itself made of it."""

from avdaily_sql.queries.proof.analyst import Analyst

__all__ = ["Analyst"]
