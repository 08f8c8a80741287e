"""The RFM grid and the top basket rules of the gift shop, counted in the simplest obvious way.

What `dongcha analyse rfm` and `dongcha analyse baskets` print for the shipped gift shop must equal
what this script gives. It shares no code with the product: plain loops, the standard library only,
and pyarrow for nothing but reading the Parquet files. Lines are cleaned as totals.py in this
folder says, whose definitions of line, overlap, product, sale and order hold here too.

    customers.py YEAR1.parquet YEAR2.parquet [--min-share .01] [--min-confidence .2] [--top 20]

It prints one JSON object. Money is in whole pence.

Definitions
  buyer      a known customer with at least one order.
  recency    days from the date of the last order to the date of the last order of all buyers.
  money      quantity x unit price of the product sale lines of the buyer's orders.
  score      1 (worst) to 5: with w buyers worse and e equal (oneself included) of n, the whole
             part of 1 + 5 (2 w + e) / (2 n), in whole numbers.
  basket     the different products of an order that were sold for a penny or more.
  sets       up to three products that min-share of the orders have together.
  rule       if X then Y, for X and Y that make up such a set; confidence = both / X's orders,
             lift = confidence / share of orders with Y. Most lift first, then most orders, then
             X and Y in the order of their codes.
"""

import argparse
import json
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction
from itertools import combinations

from totals import kind_of, line_class, pence_of, read_parquet


def orders_of(paths):
    """Each order's date, customer, products and pence, by invoice number."""
    orders, seen_before = {}, set()
    for path in paths:
        here = set()
        for invoice, code, _title, quantity, when, price, customer, _country in read_parquet(path):
            invoice, code = str(invoice), code.strip().upper()
            here.add(invoice)
            is_sale = line_class(invoice, quantity, price) == "sale" and not kind_of(code)
            if invoice in seen_before or not is_sale:
                continue
            pence = pence_of(price)[0]
            if pence == 0:
                continue
            day = date.fromisoformat(str(when)[:10])
            empty = {"day": day, "who": None, "items": set(), "pence": 0}
            order = orders.setdefault(invoice, empty)
            order["who"] = int(customer) if customer else None
            order["items"].add(code)
            order["pence"] += quantity * pence
        seen_before |= here
    return orders


def scores(values):
    """The score of each value among all; more is better."""
    ranked, n = sorted(values), len(values)

    def score(value):
        worse = bisect_left(ranked, value)
        equal = bisect_right(ranked, value) - worse
        return 1 + 5 * (2 * worse + equal) // (2 * n)

    return [score(value) for value in values]


def rfm(orders):
    """The grid by recency and frequency."""
    last, count, money = {}, Counter(), Counter()
    for order in orders.values():
        who = order["who"]
        if who is not None:
            last[who] = max(last.get(who, order["day"]), order["day"])
            count[who] += 1
            money[who] += order["pence"]
    people = sorted(count)
    as_of = max(last.values())
    away = [(as_of - last[who]).days for who in people]
    r, f = scores([-days for days in away]), scores([count[who] for who in people])
    cells = defaultdict(list)
    for i, who in enumerate(people):
        cells[r[i], f[i]].append((money[who], away[i]))
    return {
        "as_of": as_of.isoformat(),
        "people": len(people),
        "orders": sum(count.values()),
        "revenue_minor": sum(money.values()),
        "cells": [
            {
                "r": cell[0],
                "f": cell[1],
                "people": len(cells[cell]),
                "revenue_minor": sum(m for m, _ in cells[cell]),
                "average_recency_days": sum(d for _, d in cells[cell]) / len(cells[cell]),
            }
            for cell in sorted(cells)
        ],
    }


def baskets(orders, min_share, min_confidence, top):
    """Frequent sets by size, and the rules of most lift."""
    n = len(orders)
    having = Counter()
    holders = defaultdict(int)  # a bit per order
    for bit, order in enumerate(orders.values()):
        for item in order["items"]:
            having[item] += 1
            holders[item] |= 1 << bit
    least = next(k for k in range(1, n + 1) if k / n >= min_share)
    singles = sorted(item for item in having if having[item] >= least)
    sets = {(item,): having[item] for item in singles}
    pairs = {}
    for a, b in combinations(singles, 2):
        both = holders[a] & holders[b]
        if both.bit_count() >= least:
            pairs[a, b] = both
            sets[a, b] = both.bit_count()
    for (a, b), both in pairs.items():
        for c in singles[bisect_right(singles, b) :]:
            if (a, c) in pairs and (both & holders[c]).bit_count() >= least:
                sets[a, b, c] = (both & holders[c]).bit_count()
    rules = []
    for items, both in sets.items():
        for size in range(1, len(items)):
            for left in combinations(items, size):
                right = tuple(item for item in items if item not in left)
                if both / sets[left] >= min_confidence:
                    lift = Fraction(n * both, sets[left] * sets[right])
                    rules.append((-lift, -both, left, right, both / sets[left]))
    rules.sort()
    return {
        "orders": n,
        "items": len(having),
        "min_orders": least,
        "sets_by_size": {str(k): sum(len(s) == k for s in sets) for k in (1, 2, 3)},
        "rules": len(rules),
        "top": [
            {
                "if": list(left),
                "then": list(right),
                "orders": -both,
                "confidence": confidence,
                "lift": float(-lift),
            }
            for lift, both, left, right, confidence in rules[:top]
        ],
    }


def main():
    """Reads the command line and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gifts", nargs="+", metavar="PARQUET", help="oldest file first")
    parser.add_argument("--min-share", type=float, default=0.01)
    parser.add_argument("--min-confidence", type=float, default=0.2)
    parser.add_argument("--top", type=int, default=20)
    asked = parser.parse_args()
    orders = orders_of(asked.gifts)
    found = {
        "rfm": rfm(orders),
        "baskets": baskets(orders, asked.min_share, asked.min_confidence, asked.top),
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
