"""Reads an export with DuckDB, pandas and Polars as it lies and prints what each counts.

engines.py EXPORT prints {engine: {site: {type: [events, sum of amount_minor]}}} and, for each
engine, how many items there are. The folders are hive partitions; nothing tells the engines more.
"""

import json
import sys
from pathlib import Path

import duckdb
import pandas
import polars

export = Path(sys.argv[1])
events, items = export / "events", export / "items"


def nested(rows):
    """Rows (site, type, events, amount) as nested objects."""
    out = {}
    for site, kind, count, amount in rows:
        out.setdefault(str(site), {})[str(kind)] = [int(count), int(amount or 0)]
    return out


def with_duckdb():
    """One query over all files."""
    source = f"read_parquet('{events}/**/*.parquet', hive_partitioning = true)"
    rows = duckdb.sql(
        f"select site, type, count(*), sum(amount_minor) from {source} group by all"
    ).fetchall()
    source = f"read_parquet('{items}/**/*.parquet', hive_partitioning = true)"
    (count,) = duckdb.sql(f"select count(*) from {source}").fetchone()
    return {"events": nested(rows), "items": count}


def with_pandas():
    """A data set read as one frame."""
    columns = ["site", "type", "amount_minor"]
    frame = pandas.read_parquet(events, columns=columns)
    grouped = frame.groupby(["site", "type"], observed=True)["amount_minor"]
    sums = grouped.agg(["size", "sum"]).reset_index()
    rows = sums.itertuples(index=False, name=None)
    return {"events": nested(rows), "items": len(pandas.read_parquet(items, columns=["item_id"]))}


def with_polars():
    """A lazy scan."""
    frame = (
        polars.scan_parquet(f"{events}/**/*.parquet", hive_partitioning=True)
        .group_by("site", "type")
        .agg(polars.len(), polars.col("amount_minor").sum())
        .collect()
    )
    count = polars.scan_parquet(f"{items}/**/*.parquet").select(polars.len()).collect().item()
    return {"events": nested(frame.rows()), "items": count}


versions = {engine.__name__: engine.__version__ for engine in (duckdb, pandas, polars)}
print(
    json.dumps(
        {
            "versions": versions,
            "engines": {"duckdb": with_duckdb(), "pandas": with_pandas(), "polars": with_polars()},
        }
    )
)
