"""Reads stored events with DuckDB, pandas and Polars as they lie and prints what each counts.

engines.py EVENTS prints {"versions": …, "engines": {engine: {site: {type: [events, sum of
amount_minor]}}}}. The folder holds hive partitions; nothing tells the engines more.
"""

import json
import sys

import duckdb
import pandas
import polars

events = sys.argv[1]


def nested(rows):
    """Rows (site, type, events, amount) as nested objects."""
    out = {}
    for site, kind, count, amount in rows:
        out.setdefault(str(site), {})[str(kind)] = [int(count), int(amount or 0)]
    return out


def with_duckdb():
    """One query over all files."""
    source = f"read_parquet('{events}/**/*.parquet', hive_partitioning = true)"
    query = f"select site, type, count(*), sum(amount_minor) from {source} group by all"
    return nested(duckdb.sql(query).fetchall())


def with_pandas():
    """A data set read as one frame."""
    frame = pandas.read_parquet(events, columns=["site", "type", "amount_minor"])
    grouped = frame.groupby(["site", "type"], observed=True)["amount_minor"]
    return nested(grouped.agg(["size", "sum"]).reset_index().itertuples(index=False, name=None))


def with_polars():
    """A lazy scan."""
    frame = polars.scan_parquet(f"{events}/**/*.parquet", hive_partitioning=True)
    sums = frame.group_by("site", "type").agg(polars.len(), polars.col("amount_minor").sum())
    return nested(sums.collect().rows())


versions = {engine.__name__: engine.__version__ for engine in (duckdb, pandas, polars)}
print(
    json.dumps(
        {
            "versions": versions,
            "engines": {"duckdb": with_duckdb(), "pandas": with_pandas(), "polars": with_polars()},
        }
    )
)
