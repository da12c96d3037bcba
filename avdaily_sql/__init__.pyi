from avdaily_sql import errors as errors
from avdaily_sql import queries as queries
from avdaily_sql import refusals as refusals
from avdaily_sql.connections import as_user as as_user
from avdaily_sql.connections import async_pool as async_pool
from avdaily_sql.connections import connect as connect
from avdaily_sql.connections import pool as pool
from avdaily_sql.connections import transaction as transaction

__version__: str
