"""Reads the tables of a Parquet folder with DuckDB, Polars and pyarrow, and fails where a value differs."""
import datetime
import sys
import uuid
from glob import glob
from os.path import join

import duckdb
import polars
import pyarrow.dataset


def plain(value):
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.astimezone(datetime.timezone.utc).isoformat()
    if isinstance(value, (uuid.UUID, datetime.date)):
        return str(value)
    if isinstance(value, bytes) and len(value) == 16:
        return str(uuid.UUID(bytes=value))
    return value.decode() if isinstance(value, bytes) else value


def rows_of(rows):
    return sorted(repr([plain(value) for value in row]) for row in rows)


duck = duckdb.connect()
duck.execute("SET TimeZone = 'UTC'")
data = join(sys.argv[1], "xano_data")
for table in sys.argv[2:]:
    files = glob(join(data, table + ".parquet")) or glob(join(data, table, "*", "*.parquet"))
    found = duck.read_parquet(files, hive_partitioning=False)
    columns, rows = found.columns, rows_of(found.fetchall())
    theirs = polars.read_parquet(files, hive_partitioning=False).select(columns)
    arrow = pyarrow.dataset.dataset(files).to_table(columns=columns)
    assert len(rows) > 0, table
    assert rows_of(theirs.rows()) == rows, table
    assert rows_of(row.values() for row in arrow.to_pylist()) == rows, table
