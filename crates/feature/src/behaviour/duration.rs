//! How long: dwell, scroll, the length of sessions, and the time from one thing to the next.
//!
//! Times are whole milliseconds and their sums exact; a mean or median of nothing is null. The
//! dwell of a view is the most it or a later report of it says. `O(steps log steps)` time.

use super::definition::{Group, mean, median, ratio};
use super::moment::Moment;
use super::step::StepKind;

/// The durations of a person.
#[derive(Default)]
pub(super) struct Duration<'a> {
    view_dwell: Vec<i64>,
    item_dwell: Vec<i64>,
    category_dwell: Vec<i64>,
    session_dwell: Vec<i64>,
    last_session_dwell: Option<i64>,
    top_category: Option<(&'a str, i64)>,
    scroll: Vec<i64>,
    session_length: Vec<i64>,
    /// From an event to the next of the same session.
    next: Vec<i64>,
    view_to_order: Vec<i64>,
    cart_to_order: Vec<i64>,
    session_to_order: Vec<i64>,
    first_to_order: Option<i64>,
}

impl<'a> Duration<'a> {
    pub(super) fn of(moment: &Moment<'a>) -> Self {
        let mut d = Self::default();
        d.dwell(moment);
        d.scroll = moment.of_kind(StepKind::View).filter_map(|step| step.scroll_pct).collect();
        for session in &moment.sessions {
            let steps = &moment.steps[session.clone()];
            let time = |at: usize| steps[at].time_ms;
            d.session_length.push(time(steps.len() - 1) - time(0));
            d.next.extend((1..steps.len()).map(|at| time(at) - time(at - 1)));
            let orders = steps.iter().filter(|step| step.kind == StepKind::Order);
            d.session_to_order.extend(orders.take(1).map(|step| step.time_ms - time(0)));
        }
        d.orders(moment);
        d
    }

    fn dwell(&mut self, moment: &Moment<'a>) {
        let mut items: Vec<Option<i64>> = vec![None; moment.history.words()];
        let mut categories: Vec<Option<i64>> = vec![None; moment.facts.categories()];
        let add = |sum: &mut Option<i64>, ms: i64| {
            *sum = Some(sum.unwrap_or(0).saturating_add(ms));
        };
        for session in &moment.sessions {
            let mut total = None;
            for at in session.clone() {
                let (Some(ms), Some(item)) = (moment.dwell_ms[at], moment.steps[at].item) else {
                    continue;
                };
                self.view_dwell.push(ms);
                add(&mut total, ms);
                add(&mut items[item as usize], ms);
                if let Some(category) = moment.category(item) {
                    add(&mut categories[category as usize], ms);
                }
            }
            self.session_dwell.extend(total);
            self.last_session_dwell = total;
        }
        self.item_dwell = items.into_iter().flatten().collect();
        let names = |category: usize| moment.facts.category_name(category as u32);
        let known = categories.iter().enumerate().filter_map(|(c, ms)| Some((names(c), (*ms)?)));
        // Of equals the name that sorts first, so that the order of the catalogue does not matter.
        self.top_category = known.max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)));
        self.category_dwell = categories.into_iter().flatten().collect();
    }

    fn orders(&mut self, moment: &Moment<'a>) {
        let mut first_view: Vec<Option<i64>> = vec![None; moment.history.words()];
        let mut first_add = None;
        for step in moment.steps {
            match step.kind {
                StepKind::View => {
                    if let Some(item) = step.item {
                        first_view[item as usize].get_or_insert(step.time_ms);
                    }
                }
                StepKind::CartAdd => {
                    first_add.get_or_insert(step.time_ms);
                }
                StepKind::Order => {
                    // Each look is answered by one purchase: the next one needs a new look.
                    for item in moment.touched(step) {
                        let seen = first_view[item as usize].take();
                        self.view_to_order
                            .extend(seen.map(|seen| step.time_ms.saturating_sub(seen)));
                    }
                    let added = first_add.take();
                    self.cart_to_order
                        .extend(added.map(|added| step.time_ms.saturating_sub(added)));
                }
                _ => {}
            }
        }
        let order = moment.of_kind(StepKind::Order).next();
        self.first_to_order =
            order.map(|step| step.time_ms.saturating_sub(moment.steps[0].time_ms));
    }
}

/// The features of the group.
pub(super) fn features() -> Group {
    let mut g = Group::new("duration");
    dwell(&mut g);
    let ms = "ms";
    g.number(
        "session_length_mean",
        ms,
        [
            "mean time from the first to the last event of a session",
            "会话从首个到最后事件的平均时长",
        ],
        |m| mean(m.duration.session_length.iter().copied()),
    );
    g.number(
        "session_length_median",
        ms,
        [
            "median time from the first to the last event of a session",
            "会话从首个到最后事件的时长中位数",
        ],
        |m| median(&m.duration.session_length),
    );
    g.number(
        "session_length_last",
        ms,
        [
            "time from the first to the last event of the latest session",
            "最近一次会话从首个到最后事件的时长",
        ],
        |m| m.duration.session_length.last().map(|ms| *ms as f64),
    );
    g.number(
        "next_event_mean",
        ms,
        ["mean time from an event to the next of the same session", "同一会话内相邻事件的平均间隔"],
        |m| mean(m.duration.next.iter().copied()),
    );
    g.number(
        "next_event_median",
        ms,
        [
            "median time from an event to the next of the same session",
            "同一会话内相邻事件间隔的中位数",
        ],
        |m| median(&m.duration.next),
    );
    orders(&mut g);
    g
}

fn orders(g: &mut Group) {
    let ms = "ms";
    g.number(
        "view_to_order_median",
        ms,
        [
            "median time from the first view of a product (since it was last ordered) to its order",
            "商品自上次下单后首次浏览到下单的时间中位数",
        ],
        |m| median(&m.duration.view_to_order),
    );
    g.number(
        "cart_to_order_median",
        ms,
        [
            "median time from the first cart addition since the last order to the next order",
            "上一订单后首次加购到下一订单的时间中位数",
        ],
        |m| median(&m.duration.cart_to_order),
    );
    g.number(
        "session_to_order_median",
        ms,
        [
            "median time from the start of a session to its first order",
            "会话开始到其首个订单的时间中位数",
        ],
        |m| median(&m.duration.session_to_order),
    );
    g.number(
        "first_event_to_first_order",
        ms,
        ["time from the first event to the first order", "首个事件到首个订单的时间"],
        |m| m.duration.first_to_order.map(|ms| ms as f64),
    );
}

fn dwell(g: &mut Group) {
    let ms = "ms";
    g.number(
        "dwell_per_view_mean",
        ms,
        [
            "mean dwell of the product views whose dwell is known",
            "已知停留时长的商品浏览的平均停留",
        ],
        |m| mean(m.duration.view_dwell.iter().copied()),
    );
    g.number(
        "dwell_per_view_median",
        ms,
        [
            "median dwell of the product views whose dwell is known",
            "已知停留时长的商品浏览的停留中位数",
        ],
        |m| median(&m.duration.view_dwell),
    );
    g.number(
        "dwell_per_view_max",
        ms,
        ["longest dwell of a product view", "单次商品浏览的最长停留"],
        |m| m.duration.view_dwell.iter().max().map(|ms| *ms as f64),
    );
    g.number(
        "dwell_per_item_mean",
        ms,
        ["mean total dwell of the products with a known dwell", "有停留记录的每个商品的平均总停留"],
        |m| mean(m.duration.item_dwell.iter().copied()),
    );
    g.number(
        "dwell_per_category_mean",
        ms,
        [
            "mean total dwell of the top categories with a known dwell",
            "有停留记录的每个一级类别的平均总停留",
        ],
        |m| mean(m.duration.category_dwell.iter().copied()),
    );
    g.number(
        "dwell_per_session_mean",
        ms,
        ["mean total dwell of the sessions with a known dwell", "有停留记录的每个会话的平均总停留"],
        |m| mean(m.duration.session_dwell.iter().copied()),
    );
    g.number(
        "dwell_last_session",
        ms,
        ["total dwell of the latest session", "最近一次会话的总停留"],
        |m| m.duration.last_session_dwell.map(|ms| ms as f64),
    );
    top_category_and_scroll(g);
}

fn top_category_and_scroll(g: &mut Group) {
    g.text(
        "dwell_top_category",
        ["top category with the longest total dwell", "总停留最长的一级类别"],
        |m| m.duration.top_category.map(|(name, _)| name),
    );
    g.number(
        "dwell_top_category_share",
        "share",
        ["share of that category in the dwell of all categories", "该类别停留占全部类别停留的比例"],
        |m| {
            let all =
                m.duration.category_dwell.iter().fold(0_i64, |sum, ms| sum.saturating_add(*ms));
            ratio(m.duration.top_category?.1, all)
        },
    );
    g.number(
        "scroll_mean",
        "percent",
        [
            "mean of the deepest scroll of the product views that report one",
            "上报滚动深度的商品浏览的平均最大滚动",
        ],
        |m| mean(m.duration.scroll.iter().copied()),
    );
    g.number(
        "scroll_max",
        "percent",
        ["deepest scroll of a product view", "商品浏览的最大滚动深度"],
        |m| m.duration.scroll.iter().max().map(|pct| *pct as f64),
    );
}
