//! Reading the data of each event type.

use serde_json::Value;

use crate::fields::{Fields, short_text};
use crate::parse_context::read_consent;
use crate::payload::{
    Area, CameFrom, CartOp, ClickTarget, Data, Line, LineKind, PropValue, Rating, Shown,
    StockChange, Trait,
};
use crate::refusal::RefusalCode::*;
use crate::{
    Authority, ItemId, ListId, OrderId, RecId, Refusal, ReviewId, SearchId, SkuId, UserId, ViewId,
    limits,
};

type Read<T> = Result<T, Refusal>;

/// Reads `data` as the event type `kind` of the event `fields`.
pub(crate) fn read_data(kind: &str, event: &mut Fields<'_>, authority: Authority) -> Read<Data> {
    if !Data::TYPES.contains(&kind) {
        return Err(event.refuse(TypeUnknown, "type"));
    }
    if authority == Authority::Browser && matches!(kind, "item" | "price" | "stock") {
        return Err(event.refuse(KeyForbidden, "type"));
    }
    let value = event.need("data")?;
    let mut f = Fields::of(value, "data")?;
    let data = match kind {
        "view" => read_view(&mut f)?,
        "dwell" => Data::Dwell {
            view_id: f.need_id("view_id", ViewId::new)?,
            dwell_ms: f.count("dwell_ms")?.ok_or_else(|| f.refuse(FieldMissing, "dwell_ms"))?,
        },
        "click" => read_click(&mut f)?,
        "impression" => Data::Impression {
            rec_id: f.need_id("rec_id", RecId::new)?,
            surface: f.need_text("surface", limits::NAME_BYTES)?.to_owned(),
            policy: f.need_text("policy", limits::NAME_BYTES)?.to_owned(),
            slate: read_slate(&mut f)?,
        },
        "search" => Data::Search {
            query: f.need_text("query", limits::QUERY_BYTES)?.to_owned(),
            search_id: f.id("search_id", SearchId::new)?,
            results_n: f.count("results_n")?,
            filters: read_traits(&mut f, "filters")?,
            sort: f.name("sort")?,
        },
        "cart" => read_cart(&mut f, authority)?,
        "purchase" => read_purchase(&mut f, authority)?,
        "refund" => read_refund(&mut f, authority)?,
        "review" => read_review(&mut f)?,
        "identify" => Data::Identify {
            user_id: f.need_id("user_id", UserId::new)?,
            traits: read_traits(&mut f, "traits")?,
        },
        "consent" => Data::Consent {
            state: f
                .object("state", read_consent)?
                .ok_or_else(|| f.refuse(FieldMissing, "state"))?,
            notice: f.name("notice")?,
        },
        "item" => read_item(&mut f)?,
        "price" => {
            let item_id = f.need_id("item_id", ItemId::new)?;
            let amount = f.amount("price_minor")?;
            let price_minor = amount.ok_or_else(|| f.refuse(FieldMissing, "price_minor"))?;
            let currency = f.currency_for(Some(price_minor))?;
            let currency = currency.ok_or_else(|| f.refuse(CurrencyMissing, "currency"))?;
            Data::Price { item_id, price_minor, currency }
        }
        "stock" => read_stock(&mut f)?,
        _ => Data::Custom {
            name: f.need_text("name", limits::NAME_BYTES)?.to_owned(),
            props: read_traits(&mut f, "props")?,
        },
    };
    f.finish()?;
    Ok(data)
}

fn read_view(f: &mut Fields<'_>) -> Read<Data> {
    let price_minor = f.amount("price_minor")?;
    let scroll = f.whole("scroll_max_pct", 0, 100)?;
    Ok(Data::View {
        item_id: f.need_id("item_id", ItemId::new)?,
        sku_id: f.id("sku_id", SkuId::new)?,
        view_id: f.id("view_id", ViewId::new)?,
        price_minor,
        currency: f.currency_for(price_minor)?,
        in_stock: f.flag("in_stock")?,
        from: f.object("from", read_from)?,
        dwell_ms: f.count("dwell_ms")?,
        scroll_max_pct: scroll.and_then(|pct| u8::try_from(pct).ok()),
        areas: f.list("areas", limits::AREAS, |value, path| {
            let mut area = Fields::of(value, path)?;
            let read = Area {
                area: area.need_text("area", limits::NAME_BYTES)?.to_owned(),
                ms: area.count("ms")?.unwrap_or(0),
                clicks: area.small("clicks", 0)?.unwrap_or(0),
            };
            area.finish()?;
            Ok(read)
        })?,
    })
}

fn read_from(mut f: Fields<'_>) -> Read<CameFrom> {
    let from = CameFrom {
        rec_id: f.id("rec_id", RecId::new)?,
        list_id: f.id("list_id", ListId::new)?,
        search_id: f.id("search_id", SearchId::new)?,
        position: f.small("position", 1)?,
    };
    f.finish()?;
    Ok(from)
}

fn read_click(f: &mut Fields<'_>) -> Read<Data> {
    let target = f
        .object("target", |mut t| {
            let kind = t.need_text("kind", limits::NAME_BYTES)?.to_owned();
            let item = t.need_id("id", ItemId::new)?;
            t.finish()?;
            let id = item.as_str().to_owned();
            Ok(ClickTarget { item_id: (kind == "item").then_some(item), kind, id })
        })?
        .ok_or_else(|| f.refuse(FieldMissing, "target"))?;
    Ok(Data::Click {
        target,
        area: f.name("area")?,
        x_pct: f.number("x_pct", 0.0, 100.0)?,
        y_pct: f.number("y_pct", 0.0, 100.0)?,
        from: f.object("from", read_from)?,
    })
}

fn read_slate(f: &mut Fields<'_>) -> Read<Vec<Shown>> {
    f.need("slate")?;
    f.list("slate", limits::SLATE, |value, path| {
        let mut shown = Fields::of(value, path)?;
        let p = shown.number("p", f64::MIN, f64::MAX)?;
        if p.is_some_and(|p| !(p > 0.0 && p <= 1.0)) {
            return Err(shown.refuse(PropensityInvalid, "p"));
        }
        let position = shown.small("position", 1)?;
        let read = Shown {
            item_id: shown.need_id("item_id", ItemId::new)?,
            position: position.ok_or_else(|| shown.refuse(FieldMissing, "position"))?,
            p,
            score: shown.number("score", f64::MIN, f64::MAX)?,
            reason: shown.name("reason")?,
        };
        shown.finish()?;
        Ok(read)
    })
}

fn read_cart(f: &mut Fields<'_>, authority: Authority) -> Read<Data> {
    let op = match f.need_text("op", limits::NAME_BYTES)? {
        "add" => CartOp::Add,
        "remove" => CartOp::Remove,
        "set" => CartOp::Set,
        "clear" => CartOp::Clear,
        _ => return Err(f.refuse(FieldType, "op")),
    };
    let lines = read_lines(f, authority, true)?;
    if lines.is_empty() && op != CartOp::Clear {
        return Err(f.refuse(LinesEmpty, "lines"));
    }
    Ok(Data::Cart { op, lines })
}

fn read_lines(f: &mut Fields<'_>, authority: Authority, in_cart: bool) -> Read<Vec<Line>> {
    f.list("lines", limits::LINES, |value, path| {
        let mut line = Fields::of(value, path)?;
        let qty = match line.need("qty")?.as_i64() {
            Some(n) if n > 0 && usize::try_from(n).is_ok_and(|n| n <= limits::QTY.value) => n,
            _ => return Err(line.refuse(QuantityInvalid, "qty")),
        };
        let kind = match line.text("kind", limits::NAME_BYTES)? {
            None => LineKind::Product,
            Some(name) => {
                LineKind::from_name(name).ok_or_else(|| line.refuse(FieldType, "kind"))?
            }
        };
        let unit_price_minor = line.amount("unit_price_minor")?;
        let cost_minor = line.amount("cost_minor")?;
        if cost_minor.is_some() && authority == Authority::Browser {
            return Err(line.refuse(KeyForbidden, "cost_minor"));
        }
        let currency = if in_cart { line.currency_for(unit_price_minor)? } else { None };
        let read = Line {
            item_id: line.need_id("item_id", ItemId::new)?,
            sku_id: line.id("sku_id", SkuId::new)?,
            qty,
            unit_price_minor,
            cost_minor,
            currency,
            kind,
        };
        line.finish()?;
        Ok(read)
    })
}

fn read_purchase(f: &mut Fields<'_>, authority: Authority) -> Read<Data> {
    let order_id = f.need_id("order_id", OrderId::new)?;
    let currency = f.currency("currency")?;
    let currency = currency.ok_or_else(|| f.refuse(CurrencyMissing, "currency"))?;
    let total = f.amount("total_minor")?;
    let lines = read_lines(f, authority, false)?;
    if lines.is_empty() {
        return Err(f.refuse(LinesEmpty, "lines"));
    }
    Ok(Data::Purchase {
        order_id,
        currency,
        total_minor: total.ok_or_else(|| f.refuse(FieldMissing, "total_minor"))?,
        lines,
        tax_minor: f.amount("tax_minor")?,
        shipping_minor: f.amount("shipping_minor")?,
        discount_minor: f.amount("discount_minor")?,
        coupons: f.list("coupons", limits::PROPS, short_text)?,
        payment_method: f.name("payment_method")?,
        channel: f.name("channel")?,
    })
}

fn read_refund(f: &mut Fields<'_>, authority: Authority) -> Read<Data> {
    let amount = f.amount("amount_minor")?;
    Ok(Data::Refund {
        order_id: f.need_id("order_id", OrderId::new)?,
        amount_minor: amount.ok_or_else(|| f.refuse(FieldMissing, "amount_minor"))?,
        currency: f.currency("currency")?,
        lines: read_lines(f, authority, false)?,
        reason: f.text("reason", limits::TEXT_BYTES)?.map(str::to_owned),
    })
}

fn read_review(f: &mut Fields<'_>) -> Read<Data> {
    let rating = f.object("rating", |mut r| {
        let value = r.number("value", f64::MIN, f64::MAX)?;
        let max = r.number("max", f64::MIN, f64::MAX)?;
        let (Some(value), Some(max)) = (value, max) else {
            return Err(r.refuse(FieldMissing, if value.is_none() { "value" } else { "max" }));
        };
        if !(max > 0.0 && (0.0..=max).contains(&value)) {
            return Err(r.refuse(RatingInvalid, "value"));
        }
        r.finish()?;
        Ok(Rating { value, max })
    })?;
    Ok(Data::Review {
        review_id: f.need_id("review_id", ReviewId::new)?,
        item_id: f.need_id("item_id", ItemId::new)?,
        rating,
        title: f.text("title", limits::TEXT_BYTES)?.map(str::to_owned),
        text: f.text("text", limits::TEXT_BYTES)?.map(str::to_owned),
        lang: f.name("lang")?,
        order_id: f.id("order_id", OrderId::new)?,
        verified: f.flag("verified")?,
        origin: f.name("origin")?,
    })
}

fn read_item(f: &mut Fields<'_>) -> Read<Data> {
    let price_minor = f.amount("price_minor")?;
    let cost_minor = f.amount("cost_minor")?;
    let kind = match f.text("kind", limits::NAME_BYTES)? {
        None => LineKind::Product,
        Some(name) => LineKind::from_name(name).ok_or_else(|| f.refuse(FieldType, "kind"))?,
    };
    Ok(Data::Item {
        item_id: f.need_id("item_id", ItemId::new)?,
        title: f.text("title", limits::TEXT_BYTES)?.map(str::to_owned),
        category: f.list("category", limits::PROPS, short_text)?,
        price_minor,
        cost_minor,
        currency: f.currency_for(price_minor.or(cost_minor))?,
        kind,
        in_stock: f.flag("in_stock")?,
        attrs: read_traits(f, "attrs")?,
    })
}

fn read_stock(f: &mut Fields<'_>) -> Read<Data> {
    let most = i64::try_from(limits::QTY.value).unwrap_or(i64::MAX);
    let level = f.whole("level", 0, most)?;
    let delta = f.whole("delta", -most, most)?;
    let change = match (level, delta) {
        (Some(level), None) => StockChange::Level(level),
        (None, Some(delta)) => StockChange::Delta(delta),
        (None, None) => return Err(f.refuse(FieldMissing, "level")),
        (Some(_), Some(_)) => return Err(f.refuse(FieldType, "delta")),
    };
    Ok(Data::Stock {
        item_id: f.need_id("item_id", ItemId::new)?,
        change,
        reason: f.text("reason", limits::TEXT_BYTES)?.map(str::to_owned),
    })
}

/// An object of scalars, in the order of its names.
fn read_traits(f: &mut Fields<'_>, name: &'static str) -> Read<Vec<Trait>> {
    let map = match f.get(name) {
        None => return Ok(Vec::new()),
        Some(Value::Object(map)) if map.len() > limits::PROPS.value => {
            return Err(f.refuse(ListTooLong, name));
        }
        Some(Value::Object(map)) => map,
        Some(_) => return Err(f.refuse(FieldType, name)),
    };
    let path = f.path(name);
    let mut traits = Vec::with_capacity(map.len());
    for (key, value) in map {
        let place = format!("{path}.{key}");
        if key.len() > limits::NAME_BYTES.value {
            return Err(Refusal::new(FieldTooLong, path));
        }
        let value = match value {
            Value::Null => continue,
            Value::String(text) if text.len() > limits::TEXT_BYTES.value => {
                return Err(Refusal::new(FieldTooLong, place));
            }
            Value::String(text) => PropValue::Text(text.clone()),
            Value::Bool(flag) => PropValue::Flag(*flag),
            Value::Number(n) => match (n.as_i64(), n.as_f64()) {
                (Some(n), _) => PropValue::Whole(n),
                (None, Some(n)) if n.is_finite() => PropValue::Number(n),
                _ => return Err(Refusal::new(NumberRange, place)),
            },
            _ => return Err(Refusal::new(FieldType, place)),
        };
        traits.push(Trait { name: key.clone(), value });
    }
    Ok(traits)
}
