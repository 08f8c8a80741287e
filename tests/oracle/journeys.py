"""Funnel and retention of public click logs, counted in the simplest obvious way.

What `dongcha analyse funnel` and `dongcha analyse retention` say of these files must equal what
this script gives. It shares no code with the product: plain loops over the rows as they lie, the
standard library only.

    journeys.py --log taobao UserBehavior.csv.gz --zone Asia/Shanghai
    journeys.py --log retailrocket events.csv --zone UTC
    journeys.py --stamp VIEWS.dat CARTS.dat PURCHASES.dat > events.csv

It prints one JSON object with `funnel` and `retention`, as the product's reports have them.

Definitions
  event      one row. taobao: user, item, category, behaviour, Unix seconds, no header.
             retailrocket: timestamp (ms), visitorid, event, itemid, transactionid.
  funnel     an attempt begins at any event of the first step. It goes on with the first later
             event of the next step, and so on, as long as that lies no more than the window after
             the attempt's beginning. Of a person's attempts the one that gets furthest counts; of
             several such the one that gets there first; then the one that began first.
  later      at a later time. What happens at the very same moment has no order that the file
             states: `--ties first` lets the step come after the one before it if both share a
             moment, `--ties last` does not. Where both give the same funnel, order among equal
             times does not matter to it. For funnels whose steps all differ.
  median     of the times from step to step; the mean of the two middle ones, rounded down.
  cohort     people by the period (day, week from Monday, month; in the zone) of their first
             `--first` event. They return in a later period by an `--again` event in it.
  complete   periods whose last millisecond is not after the last event of the file.

`--stamp` makes a log out of the three lists of the filtered RetailRocket sample, which states who
saw, carted and bought what and says nothing of when. The times it gives are made up: a fixed
scatter over 30 days. What is counted on them is the counting and not the shop.
"""

import argparse
import csv
import datetime
import gzip
import json
import sys
import zoneinfo
from collections import defaultdict

NAMES = {
    "pv": "view",
    "fav": "custom[name=favourite]",
    "buy": "purchase",
    "addtocart": "cart",
    "transaction": "purchase",
}
STAMP_START_MS = 1_430_622_000_000


def read(log, path):
    """(person, time in ms, step) of every row."""
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path, newline="")
    with opened as file:
        rows = csv.reader(file)
        if log == "taobao":
            for user, _item, _category, behaviour, seconds in rows:
                yield user, int(seconds) * 1000, NAMES.get(behaviour, behaviour)
            return
        header = next(rows)
        at = [header.index(name) for name in ("visitorid", "timestamp", "event")]
        for row in rows:
            user, millis, event = (row[i] for i in at)
            yield user, int(millis), NAMES.get(event, event)


def attempts(events, steps, window_ms, tie_counts):
    """Times of every attempt of one person."""
    for start_ms, step in events:
        if step != steps[0]:
            continue
        times = [start_ms]
        for wanted in steps[1:]:
            after = [
                ms
                for ms, step in events
                if step == wanted
                and (ms > times[-1] or (tie_counts and ms == times[-1]))
                and ms - start_ms <= window_ms
            ]
            if not after:
                break
            times.append(min(after))
        yield times


def ratio(part, whole):
    return part / whole if whole else None


def median(values):
    values = sorted(values)
    if not values:
        return None
    return (values[(len(values) - 1) // 2] + values[len(values) // 2]) // 2


def funnel(people, steps, window_ms, tie_counts):
    best = []
    for events in people.values():
        found = list(attempts(events, steps, window_ms, tie_counts))
        if found:
            best.append(min(found, key=lambda times: (-len(times), times[-1], times[0])))
    reached = [sum(len(times) > at for times in best) for at in range(len(steps))]
    return {
        "counting": "people",
        "window_ms": window_ms,
        "by": None,
        "steps": [
            {
                "label": step,
                "people": reached[at],
                "share_of_first": ratio(reached[at], reached[0]),
                "share_of_previous": ratio(reached[at], reached[at - 1]) if at else None,
                "median_ms_from_previous": median(
                    [times[at] - times[at - 1] for times in best if at and len(times) > at]
                ),
            }
            for at, step in enumerate(steps)
        ],
        "segments": [],
    }


def start_of(ms, period, zone):
    """First day of the period a moment lies in."""
    moment = datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)
    day = moment.astimezone(zone).date()
    if period == "week":
        return day - datetime.timedelta(days=day.weekday())
    return day.replace(day=1) if period == "month" else day


def next_of(start, period):
    if period == "month":
        return (start + datetime.timedelta(days=31)).replace(day=1)
    return start + datetime.timedelta(days=7 if period == "week" else 1)


def retention(people, first, again, period, most, zone):
    last_ms = max(ms for events in people.values() for ms, _ in events)
    cohorts = defaultdict(lambda: defaultdict(set))
    for person, events in people.items():
        begin = min((ms for ms, step in events if step == first), default=None)
        if begin is None:
            continue
        cohort = cohorts[start_of(begin, period, zone)]
        cohort[start_of(begin, period, zone)].add(person)
        for ms, step in events:
            if step == again and ms >= begin:
                cohort[start_of(ms, period, zone)].add(person)
    table = []
    for start in sorted(cohorts):
        days, returned, complete = start, [], 0
        while days <= start_of(last_ms, period, zone) and len(returned) <= most:
            returned.append(len(cohorts[start][days]))
            days = next_of(days, period)
            over = datetime.datetime.combine(days, datetime.time(), zone).timestamp() * 1000
            complete += over - 1 <= last_ms
        table.append(
            {
                "start": start.isoformat(),
                "people": returned[0],
                "returned": returned,
                "complete": complete,
            }
        )
    average = []
    for k in range(max((len(cohort["returned"]) for cohort in table), default=0)):
        done = [cohort for cohort in table if cohort["complete"] > k]
        came = sum(cohort["returned"][k] for cohort in done)
        average.append(ratio(came, sum(cohort["people"] for cohort in done)))
    return {
        "counting": "people",
        "period": period,
        "first": first,
        "again": again,
        "cohorts": table,
        "average": average,
    }


def stamp(paths):
    """A log with made-up times out of lists of views, carts and purchases."""
    out = csv.writer(sys.stdout)
    out.writerow(["timestamp", "visitorid", "event", "itemid", "transactionid"])
    events = ("view", "addtocart", "transaction")
    for at, (path, event) in enumerate(zip(paths, events, strict=True)):
        with open(path, newline="") as file:
            for number, row in enumerate(csv.DictReader(file, delimiter="\t")):
                user, item = int(row["visitorid"]), int(row["itemid"])
                scatter = user * 7_919 + item * 104_729 + number * 3_571 + at * 1_000_003
                # Files have milliseconds of their own, so that no two steps share a moment.
                millis = STAMP_START_MS + scatter % (30 * 86_400) * 1000 + at
                out.writerow([millis, user, event, item, ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log", choices=["taobao", "retailrocket"], default="taobao")
    parser.add_argument("--stamp", action="store_true")
    parser.add_argument("--zone", type=zoneinfo.ZoneInfo, default=zoneinfo.ZoneInfo("UTC"))
    parser.add_argument("--steps", default="view,cart,purchase")
    parser.add_argument("--window-ms", type=int, default=7 * 86_400_000)
    parser.add_argument("--ties", choices=["first", "last"], default="first")
    parser.add_argument("--first", default="purchase")
    parser.add_argument("--again")
    parser.add_argument("--period", choices=["day", "week", "month"], default="week")
    parser.add_argument("--periods", type=int, default=12)
    parser.add_argument("files", nargs="+")
    given = parser.parse_args()
    if given.stamp:
        stamp(given.files)
        return
    people = defaultdict(list)
    for path in given.files:
        for person, ms, step in read(given.log, path):
            people[person].append((ms, step))
    again = given.again or given.first
    steps = given.steps.split(",")
    report = {
        "funnel": funnel(people, steps, given.window_ms, given.ties == "first"),
        "retention": retention(
            people, given.first, again, given.period, given.periods, given.zone
        ),
    }
    print(json.dumps(report, ensure_ascii=False))


if __name__ == "__main__":
    main()
