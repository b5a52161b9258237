"""Runs a sources.yml as Dango does: read by its model, made into dlt's words by its own function, handed to dlt's rest_api source.

Arguments: the sources.yml, the DuckDB file. Dango's warehouse, schedules and web pages around that are left out.
"""

import sys

import dlt
import yaml
from dango.config.models import SourcesConfig
from dango.ingestion.dlt_runner import DltPipelineRunner
from dlt.sources.rest_api import rest_api_source

with open(sys.argv[1], encoding="utf-8") as file:
    config = SourcesConfig(**yaml.safe_load(file))

runner = DltPipelineRunner.__new__(DltPipelineRunner)
for source in config.get_enabled_sources():
    words = runner._build_source_config(source, source.type)
    built = runner._build_rest_api_config(words)
    pipeline = dlt.pipeline(
        pipeline_name=source.name,
        destination=dlt.destinations.duckdb(sys.argv[2]),
        dataset_name=f"raw_{source.name}",
    )
    pipeline.run(rest_api_source(**built)).raise_on_failed_jobs()
