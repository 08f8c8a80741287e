//! How often: counts, rates and different things within windows that end at the moment.
//!
//! One pass over the steps: each is counted in the shortest window it lies in, and the windows
//! are then summed from the shortest on. `O(steps)` time, `O(words)` memory.

use super::calendar::Days;
use super::definition::{Group, WINDOWS, ratio};
use super::moment::Moment;
use super::step::{StepKind, Word};

const N: usize = WINDOWS.len();
/// Above every window.
const NEVER: u8 = u8::MAX;

/// Counts by window, [`WINDOWS`] in order.
type Counts = [i64; N];

/// The counts of a person.
#[derive(Default)]
pub(super) struct Frequency {
    events: Counts,
    views: Counts,
    clicks: Counts,
    searches: Counts,
    empty_searches: Counts,
    impressions: Counts,
    cart_adds: Counts,
    orders: Counts,
    refunds: Counts,
    reviews: Counts,
    items: Counts,
    categories: Counts,
    sessions: Counts,
    days: Counts,
    /// Since the first event.
    age_ms: i64,
}

impl Frequency {
    pub(super) fn of(moment: &Moment<'_>) -> Self {
        let mut f = Self::default();
        // By item and by category: the shortest window it was met in, or none.
        let mut item_window = vec![NEVER; moment.history.words()];
        let mut category_window = vec![NEVER; moment.facts.categories()];
        for step in moment.steps {
            let window = moment.window(step.time_ms);
            f.events[window] += 1;
            if let Some(counts) = f.counts_of(step.kind) {
                counts[window] += 1;
            }
            f.empty_searches[window] += i64::from(step.results == Some(0));
            for item in moment.touched(step) {
                // Steps come in order of time: the last one lies in the shortest window.
                item_window[item as usize] = window as u8;
            }
        }
        for (item, window) in item_window.iter().enumerate().filter(|(_, w)| **w != NEVER) {
            f.items[usize::from(*window)] += 1;
            if let Some(category) = moment.category(item as Word) {
                let shortest = &mut category_window[category as usize];
                *shortest = (*shortest).min(*window);
            }
        }
        for window in category_window.iter().filter(|window| **window != NEVER) {
            f.categories[usize::from(*window)] += 1;
        }
        for session in &moment.sessions {
            f.sessions[moment.window(moment.steps[session.end - 1].time_ms)] += 1;
        }
        let mut days = Days::new(&moment.facts.zone);
        let mut last = None;
        for step in moment.steps.iter().rev() {
            let day = days.of(step.time_ms);
            if day.is_some() && day != last {
                f.days[moment.window(step.time_ms)] += 1;
                last = day;
            }
        }
        f.age_ms = moment.steps.first().map_or(0, |step| moment.since(step.time_ms));
        f.sum_windows();
        f
    }

    fn counts_of(&mut self, kind: StepKind) -> Option<&mut Counts> {
        Some(match kind {
            StepKind::View => &mut self.views,
            StepKind::Click => &mut self.clicks,
            StepKind::Search => &mut self.searches,
            StepKind::Impression => &mut self.impressions,
            StepKind::CartAdd => &mut self.cart_adds,
            StepKind::Order => &mut self.orders,
            StepKind::Refund => &mut self.refunds,
            StepKind::Review => &mut self.reviews,
            _ => return None,
        })
    }

    /// A longer window holds the shorter ones.
    fn sum_windows(&mut self) {
        for counts in [
            &mut self.events,
            &mut self.views,
            &mut self.clicks,
            &mut self.searches,
            &mut self.empty_searches,
            &mut self.impressions,
            &mut self.cart_adds,
            &mut self.orders,
            &mut self.refunds,
            &mut self.reviews,
            &mut self.items,
            &mut self.categories,
            &mut self.sessions,
            &mut self.days,
        ] {
            for window in 1..N {
                counts[window] += counts[window - 1];
            }
        }
    }

    /// A count per day of the window; of all time, per day since the first event.
    fn per_day(&self, counts: &Counts, window: usize) -> Option<f64> {
        let length_ms = if window == N - 1 { self.age_ms } else { WINDOWS[window].1 };
        ratio(counts[window], length_ms).map(|per_ms| per_ms * 86_400_000.0)
    }
}

/// The features of the group.
pub(super) fn features() -> Group {
    let mut g = Group::new("frequency");
    let count = "count";
    g.windows("events", count, 0, ["events", "的事件数"], |m, w| {
        Some(m.frequency.events[w] as f64)
    });
    g.windows("views", count, 0, ["product views", "的商品浏览次数"], |m, w| {
        Some(m.frequency.views[w] as f64)
    });
    g.windows("clicks", count, 0, ["clicks", "的点击次数"], |m, w| {
        Some(m.frequency.clicks[w] as f64)
    });
    g.windows("searches", count, 0, ["searches", "的搜索次数"], |m, w| {
        Some(m.frequency.searches[w] as f64)
    });
    g.windows(
        "searches_without_result",
        count,
        0,
        ["searches that found nothing", "无结果的搜索次数"],
        |m, w| Some(m.frequency.empty_searches[w] as f64),
    );
    g.windows(
        "impressions",
        count,
        0,
        ["lists of recommendations shown", "展示推荐列表的次数"],
        |m, w| Some(m.frequency.impressions[w] as f64),
    );
    g.windows(
        "cart_adds",
        count,
        0,
        ["times something was put into the cart", "的加购次数"],
        |m, w| Some(m.frequency.cart_adds[w] as f64),
    );
    g.windows(
        "orders",
        count,
        0,
        [
            "orders: purchases with at least one product sold at a price",
            "的订单数：至少含一件有价商品的购买",
        ],
        |m, w| Some(m.frequency.orders[w] as f64),
    );
    g.windows("refunds", count, 0, ["refunds", "的退款次数"], |m, w| {
        Some(m.frequency.refunds[w] as f64)
    });
    g.windows("reviews", count, 0, ["reviews written", "的评价数"], |m, w| {
        Some(m.frequency.reviews[w] as f64)
    });
    distinct(&mut g);
    rates(&mut g);
    g
}

fn distinct(g: &mut Group) {
    let count = "count";
    g.windows("items", count, 0, [
        "different products viewed, clicked, put into or taken out of the cart, bought or reviewed",
        "浏览、点击、加购或移出、购买或评价过的不同商品数",
    ], |m, w| Some(m.frequency.items[w] as f64));
    g.windows(
        "categories",
        count,
        0,
        ["different top categories of the products met", "接触过的商品所属的不同一级类别数"],
        |m, w| Some(m.frequency.categories[w] as f64),
    );
    g.windows(
        "sessions",
        count,
        0,
        [
            "sessions (more than 30 minutes of quiet end one) with an event",
            "有事件的会话数（静默超过 30 分钟即结束一个会话）",
        ],
        |m, w| Some(m.frequency.sessions[w] as f64),
    );
    g.windows(
        "active_days",
        "days",
        0,
        ["different days of the shop's calendar with an event", "有事件的不同日期数（按店铺时区）"],
        |m, w| Some(m.frequency.days[w] as f64),
    );
}

fn rates(g: &mut Group) {
    g.windows(
        "events_per_day",
        "per day",
        2,
        [
            "events per day (of all time: per day since the first event)",
            "的日均事件数；全部时间按首个事件以来的天数计",
        ],
        |m, w| m.frequency.per_day(&m.frequency.events, w),
    );
    g.windows(
        "orders_per_day",
        "per day",
        2,
        [
            "orders per day (of all time: per day since the first event)",
            "的日均订单数；全部时间按首个事件以来的天数计",
        ],
        |m, w| m.frequency.per_day(&m.frequency.orders, w),
    );
    g.windows(
        "orders_per_session",
        "ratio",
        2,
        ["orders per session", "的每会话订单数"],
        |m, w| ratio(m.frequency.orders[w], m.frequency.sessions[w]),
    );
    g.windows(
        "orders_per_view",
        "ratio",
        2,
        ["orders per product view", "的每次浏览订单数"],
        |m, w| ratio(m.frequency.orders[w], m.frequency.views[w]),
    );
    g.windows(
        "cart_adds_per_view",
        "ratio",
        2,
        ["times something was put into the cart per product view", "的每次浏览加购次数"],
        |m, w| ratio(m.frequency.cart_adds[w], m.frequency.views[w]),
    );
    g.windows(
        "events_per_session",
        "ratio",
        2,
        ["events per session", "的每会话事件数"],
        |m, w| ratio(m.frequency.events[w], m.frequency.sessions[w]),
    );
}
