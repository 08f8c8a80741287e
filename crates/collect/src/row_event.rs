//! The `rows` layout: one row, one event of a type that the map or a column names.

use event::{Refusal, RefusalCode};
use serde_json::{Map, Value, json};

use crate::map::{Field, RowType};
use crate::order::place_context;
use crate::outgoing::{put, put_object};
use crate::row::{Price, RowReader};
use crate::source::Record;

/// The wire name of the event type.
pub(crate) fn type_name(kind: &RowType) -> &'static str {
    match kind {
        RowType::View => "view",
        RowType::Click => "click",
        RowType::Cart(_) => "cart",
        RowType::Purchase => "purchase",
        RowType::Refund => "refund",
        RowType::Review => "review",
        RowType::Search => "search",
        RowType::Item => "item",
        RowType::Stock => "stock",
        RowType::Custom(_) => "custom",
    }
}

/// The data of an event of this type; `id` names reviews that have no id of their own.
pub(crate) fn data(
    reader: &RowReader<'_>,
    record: &Record,
    kind: &RowType,
    price: Option<Price>,
    id: &str,
) -> Result<Map<String, Value>, Refusal> {
    let mut data = Map::new();
    let text = |field| reader.text(record, field).map(str::to_owned);
    if let RowType::Search = kind {
        put(&mut data, "query", text(Field::Query));
        return Ok(data);
    }
    let item = reader.item(record)?;
    match kind {
        RowType::Click => {
            put(&mut data, "target", Some(json!({"kind": "item", "id": item})));
            put(&mut data, "area", text(Field::Area));
        }
        RowType::Cart(op) => {
            let qty = reader.qty(record)?;
            if qty < 0 {
                return Err(reader.refuse(RefusalCode::QuantityInvalid, Field::Qty));
            }
            let mut line = Map::new();
            put(&mut line, "item_id", Some(item));
            put(&mut line, "sku_id", text(Field::Sku));
            put(&mut line, "qty", Some(qty));
            put(&mut line, "unit_price_minor", price.map(|p| p.minor));
            put(&mut line, "currency", price.map(|p| p.currency.to_string()));
            put(&mut data, "op", Some(*op));
            put(&mut data, "lines", Some(vec![Value::Object(line)]));
        }
        RowType::Stock => {
            put(&mut data, "item_id", Some(item));
            put(&mut data, "level", reader.whole(record, Field::Qty)?);
        }
        RowType::Custom(name) => {
            put(&mut data, "name", Some(name.as_str()));
            put(&mut data, "props", Some(json!({"item_id": item})));
        }
        RowType::Review => {
            put(&mut data, "item_id", Some(item));
            review(reader, record, id, &mut data)?;
        }
        RowType::Item => {
            put(&mut data, "item_id", Some(item));
            about_item(reader, record, price, &mut data);
        }
        _ => {
            put(&mut data, "item_id", Some(item));
            put(&mut data, "sku_id", text(Field::Sku));
            put(&mut data, "price_minor", price.map(|p| p.minor));
            put(&mut data, "currency", price.map(|p| p.currency.to_string()));
            put(&mut data, "dwell_ms", reader.whole(record, Field::DwellMs)?);
            if let Some(area) = text(Field::Area) {
                put(&mut data, "areas", Some(json!([{"area": area, "ms": 0, "clicks": 1}])));
            }
        }
    }
    Ok(data)
}

fn review(
    reader: &RowReader<'_>,
    record: &Record,
    id: &str,
    data: &mut Map<String, Value>,
) -> Result<(), Refusal> {
    let text = |field| reader.text(record, field).map(str::to_owned);
    let own = reader.id(record, Field::ReviewId);
    put(data, "review_id", Some(own.unwrap_or(id)));
    if let Some(value) = reader.number(record, Field::Rating)? {
        let max = reader.map.rating_max.unwrap_or(5.0);
        put(data, "rating", Some(json!({"value": value, "max": max})));
    }
    put(data, "title", text(Field::ReviewTitle));
    put(data, "text", text(Field::Text));
    put(data, "lang", text(Field::Lang));
    put(data, "order_id", reader.id(record, Field::Order));
    Ok(())
}

fn about_item(
    reader: &RowReader<'_>,
    record: &Record,
    price: Option<Price>,
    data: &mut Map<String, Value>,
) {
    put(data, "title", reader.title(record));
    let category = reader.category(record);
    if !category.is_empty() {
        put(data, "category", Some(category));
    }
    put(data, "price_minor", price.map(|p| p.minor));
    put(data, "currency", price.map(|p| p.currency.to_string()));
    let attrs = reader.attrs(record);
    let attrs = attrs.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
    put_object(data, "attrs", attrs);
}

/// The circumstances of the event.
pub(crate) fn context(reader: &RowReader<'_>, record: &Record) -> Map<String, Value> {
    let text = |field| reader.text(record, field).map(str::to_owned);
    let mut ctx = place_context(&[Field::Country, Field::Region, Field::City].map(text));
    let mut page = Map::new();
    put(&mut page, "url", text(Field::Url));
    put(&mut page, "kind", text(Field::PageKind).or_else(|| reader.map.page_kind.clone()));
    put(&mut page, "referrer", text(Field::Referrer));
    put_object(&mut ctx, "page", page);
    ctx
}
