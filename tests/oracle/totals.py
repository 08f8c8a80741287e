"""Totals of the shipped demo data, counted in the simplest obvious way.

The demo's printed totals and the dashboard's overview must equal what this script gives. It
shares no code with the product: plain loops over the rows as they lie, the standard library
only, and pyarrow for nothing but reading the Parquet files.

    totals.py --gifts YEAR1.parquet YEAR2.parquet --clicks CLICKS.csv.gz --reviews REVIEWS.csv.gz

It prints one JSON object. Money is in whole pence. `--weeks no` leaves out the weekly lists.

Definitions for the gift shop
  line       one row of a file. Stock codes are compared in upper case without outer blanks,
             because the shop's own systems wrote one article as 84997B and 84997b.
  overlap    the files share the invoices of 1 to 9 December 2010. An invoice of the second
             file whose number already came with the first is left out, line by line.
  repeat     a line equal in every column to an earlier line of its invoice in the same file.
             `--repeats keep` (the default) counts it: a till may scan one article twice, and
             the weekly unit series published with these files counts it. `drop` leaves it out.
  classes    every line is in exactly one, tried in this order:
               bad_debt        invoice A...: an accounting entry with a negative price
               refund          invoice C..., quantity below zero: a cancellation
               refund_positive invoice C..., quantity above zero (one line; left out of money)
               stock           quantity below zero outside C...: a correction, always at price 0
               free            quantity above zero at price 0
               sale            the rest: quantity above zero at a price above zero
  product    a code that names an article. Postage, carriage, manual entries, discounts,
             samples, fees, adjustments, tests and gift vouchers are not; see NON_PRODUCT.
  order      an invoice with at least one sale line of a product. An invoice that has sale
             lines of non-products only is a `charge`, not an order.
  anonymous  an order without a customer (empty in the first file, 0 in the second).
  buyers     different known customers with at least one order.
  gross      sum of quantity x unit price of sale lines; refunds: the same of refund lines,
             as a positive amount; net = gross - refunds. Products and non-products apart.
  average    gross of product lines / orders, in pence, half rounded up.
  pence      unit prices are the shortest decimal that reads back as the stored double. Where
             that has more than two decimals it is rounded half up (0.001 becomes 0).
  week       the Monday on or before the line's date, shop time. An invoice with two dates
             belongs to its earliest; no invoice spans two days.
"""

import argparse
import csv
import datetime
import gzip
import io
import json
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal

NON_PRODUCT = {
    "POST": "shipping",
    "DOT": "shipping",
    "C2": "shipping",
    "C3": "shipping",
    "M": "manual",
    "D": "discount",
    "S": "sample",
    "B": "bad_debt",
    "ADJUST": "adjustment",
    "ADJUST2": "adjustment",
    "AMAZONFEE": "fee",
    "BANK CHARGES": "fee",
    "TEST001": "test",
    "TEST002": "test",
    "GIFT": "voucher",
}
PLACEHOLDER_TITLES = {"nan", "Missing_Description"}
KINDS = ("product", "non_product")


def kind_of(code):
    """The kind of a non-product code, or None for a product."""
    if code.startswith("GIFT_0001_"):
        return "voucher"
    return NON_PRODUCT.get(code)


def pence_of(price):
    """Pence of a price, and whether rounding was needed."""
    exact = Decimal(repr(price)) * 100
    rounded = exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return int(rounded), exact != rounded


def monday_of(date):
    """The Monday on or before an ISO date, as an ISO date."""
    day = datetime.date.fromisoformat(date)
    return (day - datetime.timedelta(days=day.weekday())).isoformat()


def read_parquet(path):
    """Rows of a Parquet file as tuples in one column order, whatever the columns are called."""
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path).to_pydict()
    names = {name.replace(" ", "").lower(): name for name in table}

    def column(*choices):
        return table[next(names[choice] for choice in choices if choice in names)]

    return zip(
        column("invoice", "invoiceno"),
        column("stockcode"),
        column("description"),
        column("quantity"),
        column("invoicedate"),
        column("price", "unitprice"),
        column("customerid"),
        column("country"),
        strict=True,
    )


def line_class(invoice, quantity, price):
    """The class of a line; see the definitions above."""
    if invoice.startswith("A"):
        return "bad_debt"
    if invoice.startswith("C"):
        return "refund" if quantity < 0 else "refund_positive"
    if quantity < 0:
        return "stock"
    return "sale" if price > 0 else "free"


def gifts(paths, repeats):
    """Totals of the gift shop's files, in the order given."""
    files, lines, seen_before = [], [], {}
    for path in paths:
        rows, seen, here = 0, set(), set()
        repeated = overlap_lines = 0
        overlap_invoices = set()
        for row in read_parquet(path):
            rows += 1
            invoice = str(row[0])
            here.add(invoice)
            is_repeat = row in seen
            seen.add(row)
            repeated += is_repeat
            if invoice in seen_before:
                overlap_lines += 1
                overlap_invoices.add(invoice)
            elif not (is_repeat and repeats == "drop"):
                lines.append((invoice, *row[1:]))
        files.append(
            {
                "lines": rows,
                "invoices": len(here),
                "repeated_lines": repeated,
                "overlap_invoices": len(overlap_invoices),
                "overlap_lines": overlap_lines,
            }
        )
        seen_before |= dict.fromkeys(here)
    return {"files": files, "lines_received": sum(f["lines"] for f in files), **count(lines)}


def count(lines):
    """Everything counted over the lines that remain."""
    by_class, invoices_by_class = Counter(), defaultdict(set)
    codes = defaultdict(lambda: Counter(lines=0))
    raw_codes, all_items, sold_items = set(), set(), set()
    missing_lines, missing_invoices, customers = 0, set(), set()
    gross, refunds, units = Counter(), Counter(), Counter()
    rounded = rounded_sales = placeholder = free_with_customer = 0
    week_gross, week_refunds = defaultdict(Counter), defaultdict(Counter)
    week_of, customer_of, dates_of = {}, {}, defaultdict(set)
    prices = {}
    for invoice, raw_code, title, quantity, date, price, customer, _country in lines:
        code = raw_code.strip().upper()
        customer = int(customer) if customer else None
        if price not in prices:
            prices[price] = pence_of(price)
        unit_pence, was_rounded = prices[price]
        kind = kind_of(code)
        which = "non_product" if kind else "product"
        group = line_class(invoice, quantity, price)
        week = monday_of(date[:10])
        dates_of[invoice].add(date)
        week_of[invoice] = min(week_of.get(invoice, week), week)
        customer_of[invoice] = customer
        by_class[group] += 1
        invoices_by_class[group].add(invoice)
        raw_codes.add(raw_code)
        all_items.add(code)
        rounded += was_rounded
        placeholder += title in PLACEHOLDER_TITLES
        if customer is None:
            missing_lines += 1
            missing_invoices.add(invoice)
        else:
            customers.add(customer)
        amount = quantity * unit_pence
        if kind:
            codes[code].update(lines=1, **{group: 1, f"{group}_pence": amount})
        if group == "free":
            free_with_customer += customer is not None
        elif group == "sale":
            rounded_sales += was_rounded
            gross[which] += amount
            units[which] += quantity
            week_gross[week][which] += amount
            invoices_by_class["sale_" + which].add(invoice)
            if not kind:
                sold_items.add(code)
        elif group == "refund":
            refunds[which] -= amount
            week_refunds[week][which] -= amount
            invoices_by_class["refund_" + which].add(invoice)

    orders = invoices_by_class["sale_product"]
    anonymous = {invoice for invoice in orders if customer_of[invoice] is None}
    buyers = {customer_of[invoice] for invoice in orders} - {None}
    weeks = weekly(orders, anonymous, week_of, customer_of, week_gross, week_refunds)
    free_only = invoices_by_class["free"] - invoices_by_class["sale"]
    return {
        "lines_counted": len(lines),
        "invoices_counted": len(week_of),
        "invoices_with_two_dates": sum(len(dates) > 1 for dates in dates_of.values()),
        "lines_by_class": dict(by_class),
        "invoices_by_class": {
            name: len(invoices) for name, invoices in sorted(invoices_by_class.items())
        },
        "lines_price_zero_or_less": by_class["stock"] + by_class["free"] + by_class["bad_debt"],
        "free_lines_with_customer": free_with_customer,
        "free_invoices_without_sale": len(free_only),
        "lines_price_over_two_decimals": rounded,
        "sale_lines_below_one_penny": rounded_sales,
        "lines_placeholder_title": placeholder,
        "missing_customer_lines": missing_lines,
        "missing_customer_invoices": len(missing_invoices),
        "customers": len(customers),
        "non_product_lines": sum(c["lines"] for c in codes.values()),
        "non_product_codes": {
            code: {"kind": kind_of(code), **codes[code]} for code in sorted(codes)
        },
        "stock_codes_as_written": len(raw_codes),
        "items": len(all_items),
        "product_items": sum(kind_of(code) is None for code in all_items),
        "product_items_sold": len(sold_items),
        "orders": len(orders),
        "anonymous_orders": len(anonymous),
        "charges": len(invoices_by_class["sale"] - orders),
        "buyers": len(buyers),
        "units_sold": {which: units[which] for which in KINDS},
        "gross_pence": with_all(gross),
        "refunds_pence": with_all(refunds),
        "net_pence": with_all({which: gross[which] - refunds[which] for which in KINDS}),
        "average_order_pence": (2 * gross["product"] + len(orders)) // (2 * len(orders)),
        "first": min(min(dates) for dates in dates_of.values()),
        "last": max(max(dates) for dates in dates_of.values()),
        "weeks": weeks,
    }


def with_all(parts):
    """Product, non-product and their sum."""
    return {**{which: parts[which] for which in KINDS}, "all": sum(parts[k] for k in KINDS)}


def weekly(orders, anonymous, week_of, customer_of, week_gross, week_refunds):
    """One object per week that has any line, oldest first."""
    by_week = defaultdict(set)
    for invoice in orders:
        by_week[week_of[invoice]].add(invoice)
    out = []
    for week in sorted(set(week_of.values())):
        here = by_week[week]
        sold, back = week_gross[week], week_refunds[week]
        out.append(
            {
                "week_start": week,
                "orders": len(here),
                "anonymous_orders": len(here & anonymous),
                "buyers": len({customer_of[invoice] for invoice in here} - {None}),
                "gross_pence": with_all(sold),
                "refunds_pence": with_all(back),
                "net_pence": with_all({k: sold[k] - back[k] for k in KINDS}),
            }
        )
    return out


def read_csv(path, delimiter):
    """Rows of a gzipped CSV file as dictionaries; quoted fields may hold line ends."""
    with gzip.open(path, "rb") as packed:
        text = io.TextIOWrapper(packed, encoding="utf-8", newline="")
        yield from csv.DictReader(text, delimiter=delimiter)


def clicks(path):
    """Totals of the clothing shop's click file: each row is one product page viewed."""
    rows, sessions, days, models = 0, Counter(), set(), set()
    countries, week_views, week_sessions = set(), Counter(), defaultdict(set)
    price_of, prices_change = {}, set()
    for row in read_csv(path, ";"):
        rows += 1
        day = f"{int(row['year']):04}-{int(row['month']):02}-{int(row['day']):02}"
        model, session = row["page 2 (clothing model)"], row["session ID"]
        sessions[session] += 1
        days.add(day)
        models.add(model)
        countries.add(row["country"])
        week_views[monday_of(day)] += 1
        week_sessions[monday_of(day)].add(session)
        if price_of.setdefault(model, row["price"]) != row["price"]:
            prices_change.add(model)
    return {
        "clicks": rows,
        "sessions": len(sessions),
        "sessions_of_one_click": sum(n == 1 for n in sessions.values()),
        "longest_session": max(sessions.values()),
        "items": len(models),
        "items_with_more_than_one_price": len(prices_change),
        "countries": len(countries),
        "days": len(days),
        "first_day": min(days),
        "last_day": max(days),
        "weeks": [
            {"week_start": week, "views": week_views[week], "sessions": len(week_sessions[week])}
            for week in sorted(week_views)
        ],
    }


def reviews(path):
    """Totals of the clothing reviews. A duplicate equals an earlier row but for its number."""
    rows, items, ratings, departments = 0, set(), Counter(), Counter()
    empty_texts = empty_titles = recommended = duplicates = duplicates_with_text = 0
    seen = set()
    for row in read_csv(path, ","):
        rows += 1
        row.pop("")  # the uploader's row number
        items.add(row["Clothing ID"])
        ratings[row["Rating"]] += 1
        departments[row["Department Name"]] += 1
        recommended += row["Recommended IND"] == "1"
        empty_texts += row["Review Text"] == ""
        empty_titles += row["Title"] == ""
        content = tuple(row.values())
        if content in seen:
            duplicates += 1
            duplicates_with_text += row["Review Text"] != ""
        seen.add(content)
    return {
        "reviews": rows,
        "items": len(items),
        "by_rating": dict(sorted(ratings.items())),
        "by_department": dict(sorted(departments.items())),
        "recommended": recommended,
        "empty_texts": empty_texts,
        "empty_titles": empty_titles,
        "exact_duplicates": duplicates,
        "exact_duplicates_with_text": duplicates_with_text,
    }


def main():
    """Reads the command line and prints the totals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gifts", nargs="+", metavar="PARQUET", help="oldest file first")
    parser.add_argument("--clicks", metavar="CSV_GZ")
    parser.add_argument("--reviews", metavar="CSV_GZ")
    parser.add_argument("--repeats", choices=["keep", "drop"], default="keep")
    parser.add_argument("--weeks", choices=["yes", "no"], default="yes")
    args = parser.parse_args()
    out = {"repeats": args.repeats}
    if args.gifts:
        out["gifts"] = gifts(args.gifts, args.repeats)
    clothing = {}
    if args.clicks:
        clothing["clicks"] = clicks(args.clicks)
    if args.reviews:
        clothing["reviews"] = reviews(args.reviews)
    if clothing:
        out["clothing"] = clothing
    if args.weeks == "no":
        for part in (out.get("gifts"), clothing.get("clicks")):
            if part:
                part.pop("weeks")
    print(json.dumps(out, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
