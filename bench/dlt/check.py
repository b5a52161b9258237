"""Adds up what dlt has loaded: a database and a query in, one row as a JSON object out."""

import json
import sys

import duckdb

database, query = sys.argv[1:]
result = duckdb.connect(database, read_only=True).execute(query)
names = [column[0] for column in result.description]
print(json.dumps(dict(zip(names, result.fetchone()))))
