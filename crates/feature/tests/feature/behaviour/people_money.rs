//! Twin of the group money.

use event::{Data, Event};
use feature::behaviour::Value;

use super::who::{DAY, SPANS, Who, gbp, goods, is, item, mean, median, num, share, touched, whole};

fn ours(event: &Event) -> bool {
    match event.data {
        Data::Purchase { currency, .. } => currency == gbp(),
        Data::Refund { currency, .. } | Data::View { currency, .. } => {
            currency.is_none_or(|c| c == gbp())
        }
        _ => true,
    }
}

fn paid(event: &Event) -> i64 {
    match event.data {
        Data::Purchase { total_minor, .. } if ours(event) => total_minor,
        _ => 0,
    }
}

fn back(event: &Event) -> i64 {
    match event.data {
        Data::Refund { amount_minor, .. } if ours(event) => amount_minor,
        _ => 0,
    }
}

fn discount(event: &Event) -> i64 {
    match event.data {
        Data::Purchase { discount_minor, .. } => discount_minor.unwrap_or(0),
        _ => 0,
    }
}

fn worth(event: &Event) -> i64 {
    goods(event).iter().map(|l| l.qty * l.unit_price_minor.unwrap_or(0)).sum()
}

pub fn money(who: &Who<'_>) -> Vec<(String, Value)> {
    let mut out = amounts(who);
    out.extend(shares(who).into_iter().map(|(name, value)| (name.to_owned(), value)));
    out.extend(prices(who).into_iter().map(|(name, value)| (name.to_owned(), value)));
    out
}

fn amounts(who: &Who<'_>) -> Vec<(String, Value)> {
    let mut out = Vec::new();
    let sum = |span: i64, of: fn(&Event) -> i64| -> i64 {
        who.events.iter().filter(|e| who.within(e, span)).map(|e| of(e)).sum()
    };
    for (suffix, span) in SPANS {
        out.push((format!("revenue_{suffix}"), whole(Some(sum(span, paid)))));
        out.push((format!("refunded_{suffix}"), whole(Some(sum(span, back)))));
    }
    let net = sum(i64::MAX, paid) - sum(i64::MAX, back);
    let orders = who.orders();
    let worths: Vec<i64> = orders.iter().filter(|e| ours(e)).map(|e| worth(e)).collect();
    let days = orders.last().map(|e| (who.as_of - e.time().0) / DAY);
    let units: i64 = orders.iter().flat_map(|e| goods(e)).map(|line| line.qty).sum();
    let lines = orders.iter().flat_map(|e| goods(e)).count() as i64;
    for (name, value) in [
        ("recency_days", whole(days)),
        ("order_count", whole(Some(orders.len() as i64))),
        ("revenue_net", whole(Some(net))),
        ("average_order", mean(&worths)),
        ("median_order", median(&worths)),
        ("largest_order", whole(worths.iter().max().copied())),
        ("last_order", whole(worths.last().copied())),
        ("units_per_order", share(units, orders.len() as i64)),
        ("lines_per_order", share(lines, orders.len() as i64)),
    ] {
        out.push((name.to_owned(), value));
    }
    out
}

fn shares(who: &Who<'_>) -> Vec<(&'static str, Value)> {
    let orders = who.orders();
    let ours_only: Vec<&Event> = orders.iter().copied().filter(|e| ours(e)).collect();
    let off: i64 = ours_only.iter().map(|e| discount(e)).sum();
    let total: i64 = ours_only.iter().map(|e| paid(e)).sum();
    let some = ours_only.iter().filter(|e| discount(e) > 0).count() as i64;
    let named = |e: &Event| match &e.data {
        Data::Purchase { order_id, .. } | Data::Refund { order_id, .. } => order_id.to_string(),
        _ => String::new(),
    };
    let place = |e: &Event| who.events.iter().position(|o| o.id == e.id).unwrap();
    let refunded = |order: &&&Event| {
        let later = &who.events[place(order)..];
        later.iter().any(|e| is(e, "refund") && named(e) == named(order))
    };
    let refunds = orders.iter().filter(refunded).count() as i64;
    let bought: i64 = who.events.iter().map(|e| paid(e)).sum();
    let given: i64 = who.events.iter().map(|e| back(e)).sum();
    let money = |e: &&&Event| is(e, "purchase") || is(e, "refund");
    let other = who.events.iter().filter(money).filter(|e| !ours(e)).count() as i64;
    vec![
        ("discount_share", share(off, total + off)),
        ("discounted_order_share", share(some, ours_only.len() as i64)),
        ("refund_rate", share(refunds, orders.len() as i64)),
        ("refund_amount_share", share(given, bought)),
        ("other_currency", whole(Some(other))),
    ]
}

fn prices(who: &Who<'_>) -> Vec<(&'static str, Value)> {
    let middle = |list: Vec<f64>| {
        num((!list.is_empty()).then(|| list.iter().sum::<f64>() / list.len() as f64))
    };
    let views: Vec<&&Event> = who.events.iter().filter(|e| is(e, "view")).collect();
    let shown = views.iter().filter(|e| ours(e)).filter_map(|e| match e.data {
        Data::View { price_minor, .. } => price_minor,
        _ => None,
    });
    let shown: Vec<i64> = shown.collect();
    let viewed = views.iter().filter_map(|e| who.price_position(&item(e)?)).collect();
    let orders = who.orders();
    let items = orders.iter().flat_map(|e| touched(e));
    let ordered = items.filter_map(|item| who.price_position(&item)).collect();
    let lines = orders.iter().filter(|e| ours(e)).flat_map(|e| goods(e));
    let paid: Vec<i64> = lines.filter_map(|l| l.unit_price_minor.filter(|p| *p > 0)).collect();
    vec![
        ("viewed_price_position", middle(viewed)),
        ("ordered_price_position", middle(ordered)),
        ("viewed_price_mean", mean(&shown)),
        ("ordered_price_mean", mean(&paid)),
    ]
}
