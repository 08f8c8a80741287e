//! Twins of the groups frequency, duration, place, device and channel.

use event::{Context, Data, Event};
use feature::behaviour::Value;

use super::who::{
    SPANS, Who, changes, different, is, is_add, is_order, item, mean, median, num, share, text,
    time, touched, usual, whole,
};

pub fn frequency(who: &Who<'_>) -> Vec<(String, Value)> {
    let mut out = Vec::new();
    let born = who.events.iter().map(|e| time(e)).min().unwrap();
    for (at, (suffix, span)) in SPANS.into_iter().enumerate() {
        let events: Vec<&Event> =
            who.events.iter().copied().filter(|e| who.within(e, span)).collect();
        let count = |of: &dyn Fn(&Event) -> bool| events.iter().filter(|e| of(e)).count() as i64;
        let empty = |e: &Event| matches!(e.data, Data::Search { results_n: Some(0), .. });
        let items: Vec<String> = events.iter().flat_map(|e| touched(e)).collect();
        let sessions = who.sessions();
        let sessions =
            sessions.iter().filter(|s| s.iter().any(|e| who.within(e, span))).count() as i64;
        let (views, orders) = (count(&|e| is(e, "view")), count(&is_order));
        let adds = count(&is_add);
        let mut put = |name: &str, value: Value| out.push((format!("{name}_{suffix}"), value));
        put("events", whole(Some(events.len() as i64)));
        put("views", whole(Some(views)));
        put("clicks", whole(Some(count(&|e| is(e, "click")))));
        put("searches", whole(Some(count(&|e| is(e, "search")))));
        put("searches_without_result", whole(Some(count(&empty))));
        put("impressions", whole(Some(count(&|e| is(e, "impression")))));
        put("cart_adds", whole(Some(adds)));
        put("orders", whole(Some(orders)));
        put("refunds", whole(Some(count(&|e| is(e, "refund")))));
        put("reviews", whole(Some(count(&|e| is(e, "review")))));
        put("categories", whole(Some(different(items.iter().filter_map(|i| who.category(i))))));
        put("items", whole(Some(different(items))));
        put("sessions", whole(Some(sessions)));
        put("active_days", whole(Some(different(events.iter().map(|e| who.day(e))))));
        if at >= 2 {
            let length = if suffix == "all" { who.as_of - born } else { span };
            let days = length as f64 / 86_400_000.0;
            put("events_per_day", num(Some(events.len() as f64 / days)));
            put("orders_per_day", num(Some(orders as f64 / days)));
            put("orders_per_session", share(orders, sessions));
            put("orders_per_view", share(orders, views));
            put("cart_adds_per_view", share(adds, views));
            put("events_per_session", share(events.len() as i64, sessions));
        }
    }
    out
}

pub fn duration(who: &Who<'_>) -> Vec<(String, Value)> {
    let known: Vec<(&Event, i64)> =
        who.events.iter().filter_map(|e| Some((*e, who.dwell(e)?))).collect();
    let dwell: Vec<i64> = known.iter().map(|(_, ms)| *ms).collect();
    let sums = |of: &dyn Fn(&Event) -> Option<String>| -> Vec<(String, i64)> {
        let mut sums = std::collections::BTreeMap::new();
        for (event, ms) in &known {
            if let Some(key) = of(event) {
                *sums.entry(key).or_insert(0) += ms;
            }
        }
        sums.into_iter().collect()
    };
    let of = |sums: &[(String, i64)]| -> Vec<i64> { sums.iter().map(|(_, ms)| *ms).collect() };
    let sessions = who.sessions();
    let place = |e: &Event| sessions.iter().position(|s| s.iter().any(|o| o.id == e.id));
    let by_session = sums(&|e| place(e).map(|at| format!("{at:04}")));
    let categories = sums(&|e| who.category(&item(e)?));
    let longest = categories.iter().map(|(_, ms)| *ms).max();
    let top = categories.iter().find(|(_, ms)| Some(*ms) == longest);
    let last = sessions.len() as i64 - 1;
    let last = by_session.iter().find(|(at, _)| *at == format!("{last:04}"));
    let scroll: Vec<i64> = who
        .events
        .iter()
        .filter_map(|e| match e.data {
            Data::View { scroll_max_pct, .. } => scroll_max_pct.map(i64::from),
            _ => None,
        })
        .collect();
    let mut out = vec![
        ("dwell_per_view_mean", mean(&dwell)),
        ("dwell_per_view_median", median(&dwell)),
        ("dwell_per_view_max", whole(dwell.iter().max().copied())),
        ("dwell_per_item_mean", mean(&of(&sums(&item)))),
        ("dwell_per_category_mean", mean(&of(&categories))),
        ("dwell_per_session_mean", mean(&of(&by_session))),
        ("dwell_last_session", whole(last.map(|(_, ms)| *ms))),
        ("dwell_top_category", text(top.map(|(name, _)| name.clone()))),
        ("dwell_top_category_share", share(top.map_or(0, |t| t.1), of(&categories).iter().sum())),
        ("scroll_mean", mean(&scroll)),
        ("scroll_max", whole(scroll.iter().max().copied())),
    ];
    out.extend(gaps(who));
    out.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn gaps(who: &Who<'_>) -> Vec<(&'static str, Value)> {
    let sessions = who.sessions();
    let length = |s: &Vec<&Event>| time(s[s.len() - 1]) - time(s[0]);
    let lengths: Vec<i64> = sessions.iter().map(length).collect();
    let next: Vec<i64> =
        sessions.iter().flat_map(|s| s.windows(2).map(|p| time(p[1]) - time(p[0]))).collect();
    let in_session: Vec<i64> = sessions
        .iter()
        .filter_map(|s| Some(time(s.iter().find(|e| is_order(e))?) - time(s[0])))
        .collect();
    // For each ordered item the first view after the order of it before.
    let (mut from_view, mut from_cart) = (Vec::new(), Vec::new());
    let mut added_since = 0;
    for (at, order) in who.events.iter().enumerate().filter(|(_, e)| is_order(e)) {
        let mut items = touched(order);
        items.sort();
        items.dedup();
        for item in items {
            let before = &who.events[..at];
            let start = before.iter().rposition(|e| is_order(e) && touched(e).contains(&item));
            let views = &before[start.map_or(0, |s| s + 1)..];
            let view = views.iter().find(|e| is(e, "view") && touched(e).contains(&item));
            from_view.extend(view.map(|view| time(order) - time(view)));
        }
        let add = who.events[added_since..at].iter().find(|e| is_add(e));
        from_cart.extend(add.map(|add| time(order) - time(add)));
        added_since = at;
    }
    let first = who.orders().first().map(|order| time(order) - time(who.events[0]));
    vec![
        ("session_length_mean", mean(&lengths)),
        ("session_length_median", median(&lengths)),
        ("session_length_last", whole(lengths.last().copied())),
        ("next_event_mean", mean(&next)),
        ("next_event_median", median(&next)),
        ("view_to_order_median", median(&from_view)),
        ("cart_to_order_median", median(&from_cart)),
        ("session_to_order_median", median(&in_session)),
        ("first_event_to_first_order", whole(first)),
    ]
}

pub fn place(who: &Who<'_>) -> Vec<(String, Value)> {
    let mut out = vec![
        ("geohash".to_owned(), Value::Null),
        ("usual_geohash".to_owned(), Value::Null),
        ("distance_from_usual".to_owned(), Value::Null),
    ];
    let place = |c: &Context| c.place.clone().unwrap_or_default();
    for (name, said) in [
        ("country", who.said(|c| place(c).country)),
        ("region", who.said(|c| place(c).region)),
        ("city", who.said(|c| place(c).city)),
    ] {
        let last = said.last().map(|(_, text)| text.clone());
        let first = said.iter().find(|(_, text)| Some(text) == last.as_ref());
        out.push((format!("since_{name}_first_seen"), who.ago(first.map(|(e, _)| e))));
        out.extend(named(name, said));
    }
    out
}

/// The features that places and devices share.
fn named(name: &str, said: Vec<(&Event, String)>) -> Vec<(String, Value)> {
    let list: Vec<String> = said.into_iter().map(|(_, text)| text).collect();
    let (last, usual) = (list.last().cloned(), usual(&list));
    let in_usual = list.iter().filter(|text| Some(*text) == usual.as_ref()).count() as i64;
    vec![
        (format!("{name}_differs"), whole(last.as_ref().map(|_| i64::from(last != usual)))),
        (name.to_owned(), text(last)),
        (format!("usual_{name}"), text(usual)),
        (format!("{name}_different"), whole(Some(different(&list)))),
        (format!("{name}_switches"), whole(Some(changes(&list)))),
        (format!("{name}_usual_share"), share(in_usual, list.len() as i64)),
    ]
}

pub fn device(who: &Who<'_>) -> Vec<(String, Value)> {
    let device = |c: &Context| c.device.clone().unwrap_or_default();
    let class = |c: &Context| device(c).class.map(|class| format!("{class:?}").to_lowercase());
    let classes = who.said(class);
    let mobile = classes.iter().filter(|(_, class)| class == "mobile").count() as i64;
    let mut out = vec![("mobile_share".to_owned(), share(mobile, classes.len() as i64))];
    out.extend(named("device_class", classes));
    out.extend(named("os", who.said(|c| device(c).os)));
    out.extend(named("browser", who.said(|c| device(c).browser)));
    out
}

pub fn channel(who: &Who<'_>) -> Vec<(String, Value)> {
    let campaign = |c: &Context| c.campaign.clone().unwrap_or_default();
    let texts = |said: Vec<(&Event, String)>| said.into_iter().map(|(_, t)| t).collect();
    let sources: Vec<String> = texts(who.said(|c| campaign(c).source));
    let sold = who.orders().into_iter().filter_map(|e| match &e.data {
        Data::Purchase { channel, .. } => channel.clone(),
        _ => None,
    });
    let with_source = sources.len() as i64;
    let mut out = Vec::new();
    for (name, list) in [
        ("campaign_source", sources),
        ("campaign_medium", texts(who.said(|c| campaign(c).medium))),
        ("campaign_name", texts(who.said(|c| campaign(c).name))),
        ("source", who.events.iter().map(|e| e.source.clone()).collect()),
        ("order_channel", sold.collect()),
    ] {
        out.push((format!("first_{name}"), text(list.first().cloned())));
        out.push((format!("last_{name}"), text(list.last().cloned())));
        out.push((format!("usual_{name}"), text(usual(&list))));
        out.push((format!("{name}_different"), whole(Some(different(&list)))));
        out.push((format!("{name}_switches"), whole(Some(changes(&list)))));
    }
    let sessions = who.sessions();
    let brought = |events: &[&Event]| events.iter().any(|e| e.ctx.campaign.is_some());
    let some = sessions.iter().filter(|s| brought(s)).count() as i64;
    let orders = sessions
        .iter()
        .flat_map(|s| (0..s.len()).filter(|at| is_order(s[*at])).map(|at| brought(&s[..=at])));
    let orders: Vec<bool> = orders.collect();
    let won = orders.iter().filter(|won| **won).count() as i64;
    let put = |name: &str, value| (name.to_owned(), value);
    out.push(put("campaign_event_share", share(with_source, who.events.len() as i64)));
    out.push(put("campaign_session_share", share(some, sessions.len() as i64)));
    out.push(put("campaign_order_share", share(won, orders.len() as i64)));
    out
}
