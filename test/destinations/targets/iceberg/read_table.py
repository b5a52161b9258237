"""Prints the rows of an Iceberg table as JSON, read by PyIceberg alone. Arguments: catalog, warehouse, table."""

import datetime
import json
import sys
import uuid
from os import environ

from pyiceberg.catalog import load_catalog

endpoint, warehouse, name = sys.argv[1:]
catalog = load_catalog(
    "xano",
    **{
        "type": "rest",
        "uri": endpoint,
        "warehouse": warehouse,
        "credential": f"{environ['ICEBERG_CLIENT_ID']}:{environ['ICEBERG_CLIENT_SECRET']}",
        "s3.endpoint": environ["AWS_ENDPOINT_URL"],
        "s3.access-key-id": environ["AWS_ACCESS_KEY_ID"],
        "s3.secret-access-key": environ["AWS_SECRET_ACCESS_KEY"],
        "s3.region": environ["AWS_REGION"],
    },
)
table = catalog.load_table(name)


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds")
    if isinstance(value, (datetime.date, uuid.UUID)):
        return str(value)
    if isinstance(value, bytes):
        return str(uuid.UUID(bytes=value))
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value


rows = sorted(table.scan().to_arrow().to_pylist(), key=lambda row: row["id"])
schema = [f"{field.name} {field.field_type}" for field in table.schema().fields]
state = json.loads(table.properties["xano"])
print(
    json.dumps(
        {
            "schema": schema,
            "rows": [{key: plain(value) for key, value in row.items()} for row in rows],
            "state": {"rows": state["rows"], "load_id": state["load_id"]},
        }
    )
)
