//! The features of an item: definitions beside the code that works them out.

use std::sync::LazyLock;

use event::Bilingual;

use super::definition::{FeatureDef, FeatureKind, Value, ratio};
use super::facts::ShopFacts;
use super::items::{ItemMeasures, RATING_ONE};
use super::shelf::{Past, Shelf};

const DAY_MS: i64 = 86_400_000;

/// An item at a moment.
struct Item<'a> {
    measures: &'a ItemMeasures,
    past: Option<&'a Past>,
    category: Option<&'a str>,
    price_position: Option<f64>,
    as_of_ms: i64,
}

impl Item<'_> {
    fn count(&self, name: &str) -> i64 {
        self.measures.counts.get(name)
    }

    fn first_ms(&self) -> Option<i64> {
        let met = Some(self.count("first_ms")).filter(|ms| *ms != i64::MAX);
        let named = self.past.and_then(|past| past.first_ms);
        [met, named].into_iter().flatten().min()
    }
}

struct ItemFeature {
    def: FeatureDef,
    of: fn(&Item<'_>) -> Value,
}

static FEATURES: LazyLock<Vec<ItemFeature>> = LazyLock::new(|| {
    let mut list = Vec::new();
    people(&mut list);
    ratios(&mut list);
    catalogue(&mut list);
    stock(&mut list);
    list
});

/// The definitions of an item's features, in the order of the columns of `item_table`.
pub fn item_definitions() -> impl ExactSizeIterator<Item = &'static FeatureDef> {
    FEATURES.iter().map(|feature| &feature.def)
}

/// An item's values, in the order of [`item_definitions`].
pub(super) fn values(
    id: &str,
    measures: &ItemMeasures,
    shelf: &Shelf,
    as_of_ms: i64,
    facts: &ShopFacts,
) -> Vec<Value> {
    let known = facts.item(id);
    let item = Item {
        measures,
        past: shelf.item(id),
        category: known.category.map(|category| facts.category_name(category)),
        price_position: facts.price_position(known),
        as_of_ms,
    };
    FEATURES.iter().map(|feature| (feature.of)(&item)).collect()
}

fn number(value: Option<f64>) -> Value {
    value.filter(|n| n.is_finite()).map_or(Value::Null, |n| Value::Number(n + 0.0))
}

fn whole(value: Option<i64>) -> Value {
    number(value.map(|n| n as f64))
}

fn define(
    list: &mut Vec<ItemFeature>,
    name: &str,
    unit: &'static str,
    text: [&str; 2],
    of: fn(&Item<'_>) -> Value,
) {
    let kind = match unit {
        "name" => FeatureKind::Text,
        "names" => FeatureKind::List,
        _ => FeatureKind::Number,
    };
    let definition = Bilingual::new(text[0], text[1]);
    let def = FeatureDef { name: name.to_owned(), unit, group: "item", kind, definition };
    list.push(ItemFeature { def, of });
}

fn people(list: &mut Vec<ItemFeature>) {
    macro_rules! counts {
        ($($name:literal, $unit:literal, $en:literal, $zh:literal;)*) => {
            $(define(list, $name, $unit, [$en, $zh], |item| whole(Some(item.count($name))));)*
        };
    }
    counts! {
        "views", "count", "product views ever", "全部浏览次数";
        "views_30d", "count", "product views in the last 30 days", "最近 30 天浏览次数";
        "viewers", "count", "different people who viewed it", "浏览过的不同人数";
        "clicks", "count", "clicks on it", "点击次数";
        "cart_adds", "count", "lines of it put into a cart", "加入购物车的行数";
        "orders", "count", "orders that hold it", "包含它的订单数";
        "orders_30d", "count", "orders in the last 30 days that hold it", "最近 30 天包含它的订单数";
        "buyers", "count", "different people who ordered it", "下过单的不同人数";
        "units", "count", "units ordered ever", "全部下单件数";
        "units_30d", "count", "units ordered in the last 30 days", "最近 30 天下单件数";
        "revenue_minor", "minor", "amount of its order lines", "其订单行的金额";
        "returned_units", "count", "units given back", "退回件数";
        "reviews", "count", "reviews with a rating", "有评分的评价数";
    }
}

fn ratios(list: &mut Vec<ItemFeature>) {
    define(
        list,
        "buyers_per_viewer",
        "ratio",
        ["people who ordered it per person who viewed it", "下单人数与浏览人数之比"],
        |item| number(ratio(item.count("buyers"), item.count("viewers"))),
    );
    define(
        list,
        "cart_adds_per_view",
        "ratio",
        ["cart additions per product view", "每次浏览的加购次数"],
        |item| number(ratio(item.count("cart_adds"), item.count("views"))),
    );
    define(
        list,
        "return_share",
        "ratio",
        ["units given back per unit ordered", "退回件数与下单件数之比"],
        |item| number(ratio(item.count("returned_units"), item.count("units"))),
    );
    define(
        list,
        "dwell_mean",
        "ms",
        ["mean dwell of its views whose dwell is known", "已知停留时长的浏览的平均停留"],
        |item| number(ratio(item.count("dwell_ms"), item.count("dwell_views"))),
    );
    define(
        list,
        "rating_mean",
        "share",
        ["mean rating as a share of the maximum", "平均评分（占满分比例）"],
        |item| {
            number(
                ratio(item.count("rating_sum"), item.count("reviews")).map(|sum| sum / RATING_ONE),
            )
        },
    );
    define(
        list,
        "also_viewed",
        "names",
        [
            "up to 5 products that most of its viewers viewed too, among each one's latest 20",
            "其浏览者也浏览最多的至多 5 个商品（每人仅计最近 20 个）",
        ],
        |item| Value::List(item.measures.also_viewed.clone()),
    );
    define(
        list,
        "also_ordered",
        "names",
        [
            "up to 5 products that most of its buyers ordered too, among each one's latest 20",
            "其购买者也购买最多的至多 5 个商品（每人仅计最近 20 个）",
        ],
        |item| Value::List(item.measures.also_ordered.clone()),
    );
}

fn catalogue(list: &mut Vec<ItemFeature>) {
    define(list, "category", "name", ["its top category", "其一级类别"], |item| {
        item.category.map_or(Value::Null, |name| Value::Text(name.to_owned()))
    });
    define(
        list,
        "age_days",
        "days",
        [
            "whole days since the catalogue named it or somebody met it first",
            "自目录首次列出或首次被接触以来的整天数",
        ],
        |item| whole(item.first_ms().map(|ms| item.as_of_ms.saturating_sub(ms).div_euclid(DAY_MS))),
    );
    define(
        list,
        "since_last_event",
        "ms",
        ["time since somebody met it last", "距最近一次被接触的时间"],
        |item| {
            let last = Some(item.count("last_ms")).filter(|ms| *ms != i64::MIN);
            whole(last.map(|ms| item.as_of_ms.saturating_sub(ms)))
        },
    );
    define(
        list,
        "price_minor",
        "minor",
        ["price in force by the catalogue", "目录现行价格"],
        |item| whole(item.past.and_then(|past| past.price_minor)),
    );
    define(
        list,
        "lowest_price_minor",
        "minor",
        ["lowest price so far", "历史最低价"],
        |item| whole(item.past.and_then(|past| past.lowest_minor)),
    );
    define(
        list,
        "highest_price_minor",
        "minor",
        ["highest price so far", "历史最高价"],
        |item| whole(item.past.and_then(|past| past.highest_minor)),
    );
    define(
        list,
        "price_changes",
        "count",
        ["how often the catalogue's price changed", "目录价格变动次数"],
        |item| whole(item.past.map(|past| past.price_changes)),
    );
    define(
        list,
        "since_price_change",
        "ms",
        ["time since the catalogue's price last changed", "距目录价格最近变动的时间"],
        |item| {
            let changed = item.past.and_then(|past| past.changed_ms);
            whole(changed.map(|ms| item.as_of_ms.saturating_sub(ms)))
        },
    );
}

fn stock(list: &mut Vec<ItemFeature>) {
    define(
        list,
        "price_position",
        "share",
        [
            "place of its price among those of its category, 0 lowest, 1 highest",
            "其价格在类别中的位置（0 最低，1 最高）",
        ],
        |item| number(item.price_position),
    );
    define(list, "stock_level", "count", ["units on hand", "现有库存件数"], |item| {
        whole(item.past.and_then(|past| past.level))
    });
    define(
        list,
        "in_stock",
        "flag",
        ["1 when it can be bought, 0 when it is out of stock", "可购买为 1，缺货为 0"],
        |item| whole(item.past.and_then(|past| past.in_stock).map(i64::from)),
    );
    define(list, "stock_outs", "count", ["how often it ran out of stock", "缺货次数"], |item| {
        whole(item.past.map(|past| past.stock_outs))
    });
}
