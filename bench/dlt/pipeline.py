"""Loads the same tables with dlt, a process of its own.

Three ways, each as good as this project could make it:

* rest: dlt's rest_api source as the page on Xano in dlt's documentation has it, with a paginator that works;
* parquet: the same, through Parquet files instead of INSERT statements, and without child tables;
* arrow: a resource of one's own that asks for several pages at a time and hands dlt an Arrow table for each.

The one argument is a JSON object: see `Task` in `dlt.ts`.
"""

import json
import os
import sys

task = json.loads(sys.argv[1])
cores = os.cpu_count() or 1
# INSERT statements are fastest, and take the least memory, with few rows in each; everything else with many.
few_at_a_time = task["way"] == "rest"
os.environ.update(
    {
        # Nothing leaves this computer.
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        # Tables are extracted side by side, and files are small enough for several workers to have something to do.
        "EXTRACT__WORKERS": "8",
        "EXTRACT__MAX_PARALLEL_ITEMS": "32",
        "DATA_WRITER__BUFFER_MAX_ITEMS": "1000" if few_at_a_time else "50000",
        "DATA_WRITER__FILE_MAX_ITEMS": "1000" if few_at_a_time else "125000",
        # Arrow tables are handed on as they are: other processes would only have to be started.
        "NORMALIZE__WORKERS": "1" if task["way"] == "arrow" else str(cores),
        "LOAD__WORKERS": str(max(4, cores)),
        "LOAD__DELETE_COMPLETED_JOBS": "true",
    }
)
if task["strategy"] != "truncate-and-insert":
    os.environ["DESTINATION__REPLACE_STRATEGY"] = task["strategy"]

import dlt  # noqa: E402
from dlt.destinations import duckdb  # noqa: E402

HEADERS = {"authorization": f"Bearer {task['token']}"}


def rest_source():
    """The rest_api source with everything said that it would otherwise guess."""
    from dlt.sources.rest_api import rest_api_source

    resources = [
        {"name": name, "endpoint": {"path": f"table/{table}/content"}}
        for name, table in task["tables"].items()
    ]
    defaults = {
        "primary_key": "id",
        "write_disposition": "replace",
        "parallelized": True,
        "endpoint": {"params": {"per_page": task["page_size"]}, "data_selector": "items"},
    }
    if task["way"] == "parquet":
        defaults["max_table_nesting"] = 0
    return rest_api_source(
        {
            "client": {
                "base_url": f"{task['base_url']}/",
                "auth": {"type": "bearer", "token": task["token"]},
                "paginator": {
                    "type": "page_number",
                    "base_page": 1,
                    "page_param": "page",
                    "total_path": "pageTotal",
                },
            },
            "resource_defaults": defaults,
            "resources": resources,
        }
    )


def arrow_source():
    """Pages in flight together, each parsed by Arrow's own JSON reader: no Python object is made for a row."""
    from collections import deque
    from concurrent.futures import ThreadPoolExecutor
    from io import BytesIO

    import pyarrow as pa
    import pyarrow.json as pj
    import requests

    columns = task["columns"]
    schema = pa.schema([("items", pa.list_(pa.struct(list(arrow_types(pa, columns)))))])
    times = {column["name"] for column in columns if column["type"] == "timestamp"}
    parsing = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    session = requests.Session()
    adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=task["in_flight"])
    session.mount("http://", adapter)

    def page_of(table, page):
        url = f"{task['base_url']}/table/{table}/content"
        asked = {"page": page, "per_page": task["page_size"]}
        answer = session.get(url, params=asked, headers=HEADERS, timeout=120)
        answer.raise_for_status()
        body = answer.content
        reading = pj.ReadOptions(use_threads=False, block_size=len(body) + 1)
        items = pj.read_json(BytesIO(body), reading, parsing).column("items").chunk(0).values
        fields = {}
        for field, values in zip(items.type, items.flatten()):
            fields[field.name] = values.cast(pa.timestamp("ms", "UTC")) if field.name in times else values
        return pa.table(fields)

    def pages(table):
        rows = task["rows_per_table"]
        last = -(-rows // task["page_size"])
        with ThreadPoolExecutor(task["in_flight"]) as pool:
            waiting = deque()
            following = iter(range(1, last + 1))
            for page in following:
                waiting.append(pool.submit(page_of, table, page))
                if len(waiting) >= task["in_flight"]:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    @dlt.source
    def bench():
        for name, table in task["tables"].items():
            yield dlt.resource(
                pages, name=name, primary_key="id", write_disposition="replace", parallelized=True
            )(table)

    return bench()


def arrow_types(pa, columns):
    """What Arrow reads of each column; an object's members are known to whoever writes such a resource."""
    simple = {
        "int": pa.int64(),
        "timestamp": pa.int64(),
        "bool": pa.bool_(),
        "decimal": pa.float64(),
        "object": pa.struct([("source", pa.string()), ("visits", pa.int64()), ("ratio", pa.float64())]),
    }
    for column in columns:
        type_ = simple.get(column["type"], pa.string())
        yield column["name"], pa.list_(type_) if column["style"] == "list" else type_


def main():
    pipeline = dlt.pipeline(
        pipeline_name="bench",
        pipelines_dir=os.path.join(task["folder"], "pipelines"),
        destination=duckdb(task["database"]),
        dataset_name="xano_data",
    )
    if task["way"] == "arrow":
        info = pipeline.run(arrow_source())
    else:
        formats = {"loader_file_format": "parquet"} if task["way"] == "parquet" else {}
        info = pipeline.run(rest_source(), **formats)
    info.raise_on_failed_jobs()


if __name__ == "__main__":
    main()
    import resource

    own = resource.getrusage(resource.RUSAGE_SELF)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Kilobytes on Linux, bytes on macOS.
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    used = {
        "cpu_s": own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime,
        "rss_mb": max(own.ru_maxrss, workers.ru_maxrss) / unit,
    }
    with open(os.environ["BENCH_USAGE"], "w", encoding="utf-8") as file:
        json.dump(used, file)
