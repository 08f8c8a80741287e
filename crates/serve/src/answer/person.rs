//! Answers about people.

use std::collections::BTreeMap;

use event::{Currency, Money, TimeMs};
use feature::overview::BuyerSummary;
use feature::profile::{Profile, RecentEvent};
use serde::Serialize;
use utoipa::ToSchema;

use super::Text;
use crate::error::ServeError;
use crate::shop::Shop;

/// Items of a person that are answered, latest first.
const ITEMS: usize = 200;

/// People found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserMatches {
    /// Most orders first.
    pub users: Vec<UserMatch>,
}

/// A person found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserMatch {
    /// Who.
    user_id: String,
    /// How many orders.
    orders: u64,
    /// When last seen.
    last_seen: String,
}

impl UserMatch {
    /// A person in short.
    pub(crate) fn of(buyer: BuyerSummary, shop: &Shop) -> Self {
        Self {
            user_id: buyer.user_id.to_string(),
            orders: buyer.orders,
            last_seen: shop.local_time(TimeMs(buyer.last_seen_ms)),
        }
    }
}

/// A person's history.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Person {
    /// Who.
    user_id: String,
    /// First event.
    first_seen: Option<String>,
    /// Last event.
    last_seen: Option<String>,
    /// Orders placed.
    orders: u64,
    /// Sum of order totals in minor units.
    revenue_gross_minor: i64,
    /// Money given back.
    refunds_minor: i64,
    /// Gross minus refunds.
    revenue_net_minor: i64,
    /// Currency of the amounts.
    currency: String,
    /// Number of events by type.
    events: BTreeMap<String, u64>,
    /// Items met, latest first, at most 200.
    items: Vec<PersonItem>,
    /// The last events, latest first.
    recent: Vec<PersonEvent>,
}

/// An item a person met.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonItem {
    /// The item.
    item_id: String,
    /// Its name, where the catalogue has one.
    title: Option<String>,
    /// Units bought minus units returned.
    qty: i64,
    /// Latest contact.
    last_at: String,
}

/// One event in short.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonEvent {
    /// Event type.
    r#type: String,
    /// When.
    at: String,
    /// As a sentence.
    summary: Text,
}

impl Person {
    /// The answer for a person.
    pub(crate) fn of(user_id: String, profile: Profile, shop: &Shop) -> Result<Self, ServeError> {
        let currency = shop.config().currency;
        let at = |ms: i64| shop.local_time(TimeMs(ms));
        let mut titles = Titles { shop, known: BTreeMap::new() };
        let mut items = Vec::new();
        for item in profile.items.iter().take(ITEMS) {
            items.push(PersonItem {
                title: titles.of(item.item_id.as_str())?,
                item_id: item.item_id.to_string(),
                qty: item.qty,
                last_at: at(item.last_ms),
            });
        }
        let mut recent = Vec::new();
        for event in &profile.recent {
            let summary = summary(event, currency, &mut titles)?;
            recent.push(PersonEvent { r#type: event.kind.clone(), at: at(event.time_ms), summary });
        }
        let (gross, refunds) = (profile.revenue_gross_minor, profile.refunds_minor);
        Ok(Self {
            user_id,
            first_seen: profile.first_seen_ms.map(at),
            last_seen: profile.last_seen_ms.map(at),
            orders: profile.orders,
            revenue_gross_minor: gross,
            refunds_minor: refunds,
            revenue_net_minor: gross.saturating_sub(refunds),
            currency: currency.to_string(),
            events: profile.events.into_iter().collect(),
            items,
            recent,
        })
    }
}

/// Names of items, asked once each.
struct Titles<'a> {
    shop: &'a Shop,
    known: BTreeMap<String, Option<String>>,
}

impl Titles<'_> {
    fn of(&mut self, item_id: &str) -> Result<Option<String>, ServeError> {
        if let Some(title) = self.known.get(item_id) {
            return Ok(title.clone());
        }
        let title = self.shop.item(item_id)?.and_then(|item| item.title);
        self.known.insert(item_id.to_owned(), title.clone());
        Ok(title)
    }
}

/// One event as a sentence.
fn summary(
    event: &RecentEvent,
    currency: Currency,
    titles: &mut Titles<'_>,
) -> Result<Text, ServeError> {
    let about = event.about.as_deref().unwrap_or_default();
    let lines = event.lines;
    let amount = event.amount_minor.map(|minor| Money { minor, currency }.to_string());
    let worth_en = amount.as_ref().map(|a| format!(", {a}")).unwrap_or_default();
    let worth_zh = amount.as_ref().map(|a| format!("，{a}")).unwrap_or_default();
    let plural = if lines == 1 { "" } else { "s" };
    Ok(match event.kind.as_str() {
        "purchase" => Text::new(
            format!("ordered {lines} line{plural}{worth_en} (order {about})"),
            format!("下单 {lines} 行{worth_zh}（订单 {about}）"),
        ),
        "refund" => Text::new(
            format!("was refunded {lines} line{plural}{worth_en} (order {about})"),
            format!("退款 {lines} 行{worth_zh}（订单 {about}）"),
        ),
        "cart" => Text::new(
            format!("changed {lines} line{plural} of the cart"),
            format!("更改购物车 {lines} 行"),
        ),
        kind => {
            let title = match about {
                "" => None,
                id => Some(titles.of(id)?.unwrap_or_else(|| id.to_owned())),
            };
            let (en, zh) = deed(kind);
            let named_en = title.as_ref().map(|t| format!(" {t}")).unwrap_or_default();
            let named_zh = title.as_ref().map(|t| format!("「{t}」")).unwrap_or_default();
            Text::new(format!("{en}{named_en}"), format!("{zh}{named_zh}"))
        }
    })
}

/// What a person did, by event type.
fn deed(kind: &str) -> (&str, &str) {
    match kind {
        "view" => ("looked at", "浏览"),
        "dwell" => ("stayed on the page", "停留在页面"),
        "click" => ("clicked", "点击"),
        "impression" => ("was shown recommendations", "看到推荐"),
        "search" => ("searched", "搜索"),
        "review" => ("reviewed", "评价"),
        "identify" => ("signed in", "登录"),
        "consent" => ("changed what is consented to", "更改授权"),
        other => (other, other),
    }
}
