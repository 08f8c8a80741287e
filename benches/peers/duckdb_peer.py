"""Habits by DuckDB: how often, how long and how recently each person came.

    duckdb_peer.py habits LOG OUT THREADS   prints {"peer", "cpu_seconds", "seconds", "rss_mib"}
    duckdb_peer.py differ OURS OUT          prints {"differ": people whose rows are not equal}

CPU time and seconds are those of the query alone, without starting Python. Two ways of writing the
query were measured; the faster one is kept (sessions by lists; by two window functions it took
a sixth more CPU time).
"""

import json
import resource
import sys
import time

import duckdb

GAP_S = 1800
KINDS = {"views": "pv", "carts": "cart", "purchases": "buy", "customs": "fav"}
FIGURES = [
    "events", *KINDS, "sessions", "session_ms", "session_ms_max", "session_ms_mean",
    "first_ms", "last_ms", "span_ms", "recency_ms",
]


def query(log):
    """Each event once; a person's times in order; where sessions start; how long they last."""
    counts = ", ".join(
        f"count(*) FILTER (behavior_type = '{word}') AS {name}" for name, word in KINDS.items()
    )
    return f"""
        WITH once AS (
            SELECT user_id, id, min(timestamp) AS timestamp,
                   any_value(behavior_type) AS behavior_type
            FROM read_parquet('{log}') GROUP BY user_id, id
        ), person AS (
            SELECT user_id, list_sort(list(timestamp)) AS t, count(*) AS events, {counts}
            FROM once GROUP BY user_id
        ), starts AS (
            SELECT *, list_filter(
                range(1, len(t) + 1), lambda i: i = 1 OR t[i] - t[i - 1] > {GAP_S}) AS s
            FROM person
        ), lasting AS (
            SELECT *, list_transform(
                range(1, len(s) + 1), lambda j: coalesce(t[s[j + 1] - 1], t[-1]) - t[s[j]]) AS d
            FROM starts
        )
        SELECT user_id AS user, events, {", ".join(KINDS)},
               len(s) AS sessions, list_sum(d)::BIGINT * 1000 AS session_ms,
               list_max(d) * 1000 AS session_ms_max,
               (list_sum(d)::BIGINT * 1000) // len(s) AS session_ms_mean,
               t[1] * 1000 AS first_ms, t[-1] * 1000 AS last_ms, (t[-1] - t[1]) * 1000 AS span_ms,
               ((SELECT max(timestamp) FROM read_parquet('{log}')) - t[-1]) * 1000 AS recency_ms
        FROM lasting"""


def habits(log, out, threads):
    """Writes the table and tells what it took."""
    connection = duckdb.connect()
    connection.execute(f"SET threads = {int(threads)}")
    connection.execute("SET preserve_insertion_order = false")
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    connection.execute(f"COPY ({query(log)}) TO '{out}' (FORMAT parquet)")
    seconds, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "peer": f"duckdb {duckdb.__version__}",
        "cpu_seconds": cpu,
        "seconds": seconds,
        "rss_mib": after.ru_maxrss / 1024,
    }


def differ(ours, out):
    """How many people stand in one table with figures that the other does not have."""
    columns = ", ".join(["user", *FIGURES])
    sides = [f"SELECT {columns} FROM read_parquet('{path}')" for path in (ours, out)]
    one_way = "SELECT count(*) FROM ({} EXCEPT ALL {})"
    both = [one_way.format(*pair) for pair in (sides, sides[::-1])]
    connection = duckdb.connect()
    return {"differ": sum(connection.execute(text).fetchall()[0][0] for text in both)}


if __name__ == "__main__":
    command, *words = sys.argv[1:]
    print(json.dumps({"habits": habits, "differ": differ}[command](*words)))
