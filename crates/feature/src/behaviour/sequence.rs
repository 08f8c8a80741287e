//! In which order: the last things met, transitions, repeats, and the time since each.
//!
//! Transitions are between neighbours of the same session. Item-to-item effects look at views that
//! follow each other: whether they are of the same product, of the same category, of a dearer one.
//! `O(steps log steps)` time.

use super::definition::{Group, LIST, mean, median, ratio};
use super::moment::Moment;
use super::step::{Step, StepKind, Word};

/// Kinds between which transitions are counted.
const KINDS: [(&str, &str); 5] = [
    ("view", "浏览"),
    ("search", "搜索"),
    ("click", "点击"),
    ("cart", "购物车变动"),
    ("purchase", "购买"),
];

/// The place of a kind of step in [`KINDS`].
fn place(kind: StepKind) -> Option<usize> {
    Some(match kind {
        StepKind::View => 0,
        StepKind::Search => 1,
        StepKind::Click => 2,
        StepKind::CartAdd | StepKind::CartOther => 3,
        StepKind::Order | StepKind::OtherPurchase => 4,
        _ => return None,
    })
}

/// The sequence of a person.
#[derive(Default)]
pub(super) struct Sequence<'a> {
    touched: Vec<&'a str>,
    viewed: Vec<&'a str>,
    bought: Vec<&'a str>,
    categories: Vec<&'a str>,
    types: Vec<&'a str>,
    /// From one of [`KINDS`] to another.
    transitions: [[i64; KINDS.len()]; KINDS.len()],
    any_transitions: i64,
    position: i64,
    open: bool,
    order_gaps: Vec<i64>,
    item_gaps: Vec<i64>,
    views: i64,
    views_again: i64,
    pairs: i64,
    same_item: i64,
    category_pairs: i64,
    same_category: i64,
    priced_pairs: i64,
    dearer: i64,
    bought_items: i64,
    bought_again: i64,
    since: Since,
}

/// Milliseconds from the latest event of each sort to the moment.
#[derive(Default)]
struct Since {
    first: Option<i64>,
    last: Option<i64>,
    view: Option<i64>,
    cart_add: Option<i64>,
    order: Option<i64>,
    search: Option<i64>,
    refund: Option<i64>,
    review: Option<i64>,
}

impl<'a> Sequence<'a> {
    pub(super) fn of(moment: &Moment<'a>) -> Self {
        let mut s = Self::default();
        s.lists(moment);
        s.transitions(moment);
        s.repeats(moment);
        s.neighbours(moment);
        let last = |kind| moment.of_kind(kind).next_back().map(|step| moment.since(step.time_ms));
        s.since = Since {
            first: moment.steps.first().map(|step| moment.since(step.time_ms)),
            last: moment.steps.last().map(|step| moment.since(step.time_ms)),
            view: last(StepKind::View),
            cart_add: last(StepKind::CartAdd),
            order: last(StepKind::Order),
            search: last(StepKind::Search),
            refund: last(StepKind::Refund),
            review: last(StepKind::Review),
        };
        s.open = moment.session_is_open();
        if s.open {
            s.position = moment.sessions.last().map_or(0, |session| session.len() as i64);
        }
        s
    }

    fn lists(&mut self, moment: &Moment<'a>) {
        let latest = |of: fn(&Step) -> bool| {
            let steps = moment.steps.iter().rev().filter(move |step| of(step));
            // Within a step the lines keep their order.
            steps.flat_map(|step| moment.touched(step))
        };
        let words = moment.history.words();
        let names = |list: Vec<Word>| list.into_iter().map(|word| moment.word(word)).collect();
        self.touched = names(first_different(latest(|_| true), words));
        self.viewed = names(first_different(latest(|s| s.kind == StepKind::View), words));
        self.bought = names(first_different(latest(|s| s.kind == StepKind::Order), words));
        let categories = latest(|_| true).filter_map(|item| moment.category(item));
        self.categories = first_different(categories, moment.facts.categories())
            .into_iter()
            .map(|category| moment.facts.category_name(category))
            .collect();
        let types = moment.steps.iter().rev().take(LIST);
        self.types = types.map(|step| step.kind.type_name()).collect();
    }

    fn transitions(&mut self, moment: &Moment<'a>) {
        for session in &moment.sessions {
            for pair in moment.steps[session.clone()].windows(2) {
                self.any_transitions += 1;
                if let (Some(from), Some(to)) = (place(pair[0].kind), place(pair[1].kind)) {
                    self.transitions[from][to] += 1;
                }
            }
        }
    }

    fn repeats(&mut self, moment: &Moment<'a>) {
        let mut last_order: Option<i64> = None;
        // By item: when it was last bought, and in which order.
        let mut last_bought: Vec<(Option<i64>, u32)> = vec![(None, 0); moment.history.words()];
        let mut order = 0_u32;
        for step in moment.of_kind(StepKind::Order) {
            self.order_gaps.extend(last_order.map(|last| step.time_ms.saturating_sub(last)));
            last_order = Some(step.time_ms);
            order += 1;
            for item in moment.touched(step) {
                let (last, in_order) = &mut last_bought[item as usize];
                if std::mem::replace(in_order, order) == order {
                    continue; // another line of the same order
                }
                self.bought_items += 1;
                if let Some(last) = last.replace(step.time_ms) {
                    self.bought_again += 1;
                    self.item_gaps.push(step.time_ms.saturating_sub(last));
                }
            }
        }
    }

    fn neighbours(&mut self, moment: &Moment<'a>) {
        let mut seen = vec![false; moment.history.words()];
        for session in &moment.sessions {
            let mut before: Option<Word> = None;
            let views = moment.steps[session.clone()].iter().filter(|s| s.kind == StepKind::View);
            for item in views.filter_map(|step| step.item) {
                self.views += 1;
                let again = std::mem::replace(&mut seen[item as usize], true);
                self.views_again += i64::from(again);
                if let Some(before) = before.replace(item) {
                    self.pair(moment, before, item);
                }
            }
        }
    }

    fn pair(&mut self, moment: &Moment<'a>, before: Word, item: Word) {
        self.pairs += 1;
        self.same_item += i64::from(before == item);
        if before == item {
            return;
        }
        let (before, item) = (moment.item(before), moment.item(item));
        if let (Some(before), Some(item)) = (before.category, item.category) {
            self.category_pairs += 1;
            self.same_category += i64::from(before == item);
        }
        if let (Some(before), Some(item)) = (before.price_minor, item.price_minor) {
            self.priced_pairs += 1;
            self.dearer += i64::from(item > before);
        }
    }

    /// The transition made most often; of equals the first by the order of kinds.
    fn top_transition(&self) -> Option<&'static str> {
        const NAMES: [[&str; KINDS.len()]; KINDS.len()] = [
            ["view>view", "view>search", "view>click", "view>cart", "view>purchase"],
            ["search>view", "search>search", "search>click", "search>cart", "search>purchase"],
            ["click>view", "click>search", "click>click", "click>cart", "click>purchase"],
            ["cart>view", "cart>search", "cart>click", "cart>cart", "cart>purchase"],
            [
                "purchase>view",
                "purchase>search",
                "purchase>click",
                "purchase>cart",
                "purchase>purchase",
            ],
        ];
        let cells = (0..KINDS.len()).flat_map(|from| (0..KINDS.len()).map(move |to| (from, to)));
        let best = cells.rev_max(|(from, to)| self.transitions[from][to])?;
        (self.transitions[best.0][best.1] > 0).then_some(NAMES[best.0][best.1])
    }
}

/// The first of the largest.
trait FirstLargest: Iterator + Sized {
    fn rev_max(self, by: impl Fn(Self::Item) -> i64) -> Option<Self::Item>
    where
        Self::Item: Copy,
    {
        self.fold(None, |best: Option<Self::Item>, next| match best {
            Some(best) if by(best) >= by(next) => Some(best),
            _ => Some(next),
        })
    }
}

impl<I: Iterator> FirstLargest for I {}

/// The first [`LIST`] different numbers of a list; all are below `below`.
fn first_different(list: impl Iterator<Item = u32>, below: usize) -> Vec<u32> {
    let mut met = vec![false; below];
    list.filter(|n| !std::mem::replace(&mut met[*n as usize], true)).take(LIST).collect()
}

/// The features of the group.
pub(super) fn features() -> Group {
    let mut g = Group::new("sequence");
    lists(&mut g);
    transitions(&mut g);
    repeats(&mut g);
    neighbours(&mut g);
    since(&mut g);
    g
}

fn lists(g: &mut Group) {
    g.list(
        "last_items",
        [
            "the last 10 different products met in any way, latest first",
            "最近接触过的 10 个不同商品，最新在前",
        ],
        |m| m.sequence.touched.clone(),
    );
    g.list(
        "last_items_viewed",
        [
            "the last 10 different products viewed, latest first",
            "最近浏览的 10 个不同商品，最新在前",
        ],
        |m| m.sequence.viewed.clone(),
    );
    g.list(
        "last_items_ordered",
        [
            "the last 10 different products ordered, latest first",
            "最近下单的 10 个不同商品，最新在前",
        ],
        |m| m.sequence.bought.clone(),
    );
    g.list(
        "last_categories",
        [
            "the last 10 different top categories met, latest first",
            "最近接触过的 10 个不同一级类别，最新在前",
        ],
        |m| m.sequence.categories.clone(),
    );
    g.list(
        "last_types",
        ["the types of the last 10 events, latest first", "最近 10 个事件的类型，最新在前"],
        |m| m.sequence.types.clone(),
    );
    g.number(
        "session_position",
        "count",
        [
            "events so far in the session that is going on; 0 when none is",
            "当前会话中至今的事件数；无进行中的会话时为 0",
        ],
        |m| Some(m.sequence.position as f64),
    );
    g.number(
        "session_open",
        "flag",
        [
            "1 when the last event is at most 30 minutes past, else 0",
            "最后事件距今不超过 30 分钟为 1，否则为 0",
        ],
        |m| Some(f64::from(u8::from(m.sequence.open))),
    );
}

fn transitions(g: &mut Group) {
    macro_rules! transition {
        ($name:literal, $from:literal, $to:literal) => {
            let (from, to) = (KINDS[$from], KINDS[$to]);
            let en = format!("share of steps from {} to {} among those of a session", from.0, to.0);
            let zh = format!("会话内由{}到{}的转移占全部转移的比例", from.1, to.1);
            g.number($name, "share", [en.as_str(), zh.as_str()], |m| {
                ratio(m.sequence.transitions[$from][$to], m.sequence.any_transitions)
            });
        };
    }
    transition!("from_view_to_view", 0, 0);
    transition!("from_view_to_search", 0, 1);
    transition!("from_view_to_cart", 0, 3);
    transition!("from_view_to_purchase", 0, 4);
    transition!("from_search_to_view", 1, 0);
    transition!("from_search_to_search", 1, 1);
    transition!("from_cart_to_view", 3, 0);
    transition!("from_cart_to_cart", 3, 3);
    transition!("from_cart_to_purchase", 3, 4);
    transition!("from_purchase_to_view", 4, 0);
    g.text("top_transition", [
        "the transition made most often within sessions, among view, search, click, cart, purchase",
        "会话内最常见的转移（浏览、搜索、点击、购物车变动、购买之间）",
    ], |m| m.sequence.top_transition());
}

fn repeats(g: &mut Group) {
    let ms = "ms";
    g.number(
        "order_interval_mean",
        ms,
        ["mean time between orders", "订单间的平均间隔"],
        |m| mean(m.sequence.order_gaps.iter().copied()),
    );
    g.number(
        "order_interval_median",
        ms,
        ["median time between orders", "订单间隔的中位数"],
        |m| median(&m.sequence.order_gaps),
    );
    g.number(
        "order_interval_last",
        ms,
        ["time between the last two orders", "最近两个订单的间隔"],
        |m| m.sequence.order_gaps.last().map(|ms| *ms as f64),
    );
    g.number(
        "item_repeat_interval_median",
        ms,
        [
            "median time from an order of a product to the next order of it",
            "同一商品两次下单间隔的中位数",
        ],
        |m| median(&m.sequence.item_gaps),
    );
    g.number(
        "item_repeat_share",
        "share",
        [
            "share of products in orders that had been ordered before",
            "订单商品中此前已下单过的比例",
        ],
        |m| ratio(m.sequence.bought_again, m.sequence.bought_items),
    );
}

fn neighbours(g: &mut Group) {
    g.number(
        "view_again_share",
        "share",
        ["share of product views of a product viewed before", "商品浏览中再次浏览同一商品的比例"],
        |m| ratio(m.sequence.views_again, m.sequence.views),
    );
    g.number(
        "next_view_same_item_share",
        "share",
        [
            "share of consecutive views in a session that are of the same product",
            "会话内相邻浏览为同一商品的比例",
        ],
        |m| ratio(m.sequence.same_item, m.sequence.pairs),
    );
    g.number(
        "next_view_same_category_share",
        "share",
        [
            "share of consecutive views of different products that stay in the top category",
            "相邻浏览不同商品时停留在同一一级类别的比例",
        ],
        |m| ratio(m.sequence.same_category, m.sequence.category_pairs),
    );
    g.number(
        "next_view_dearer_share",
        "share",
        [
            "share of consecutive views of different products that go to a dearer one",
            "相邻浏览不同商品时转向更贵商品的比例",
        ],
        |m| ratio(m.sequence.dearer, m.sequence.priced_pairs),
    );
}

fn since(g: &mut Group) {
    macro_rules! since {
        ($name:literal, $field:ident, $en:literal, $zh:literal) => {
            g.number($name, "ms", [$en, $zh], |m| m.sequence.since.$field.map(|ms| ms as f64));
        };
    }
    since!("since_first_event", first, "time since the first event", "距首个事件的时间");
    since!("since_last_event", last, "time since the last event", "距最后事件的时间");
    since!("since_last_view", view, "time since the last product view", "距最近商品浏览的时间");
    since!(
        "since_last_cart_add",
        cart_add,
        "time since the last cart addition",
        "距最近加购的时间"
    );
    since!("since_last_order", order, "time since the last order", "距最近订单的时间");
    since!("since_last_search", search, "time since the last search", "距最近搜索的时间");
    since!("since_last_refund", refund, "time since the last refund", "距最近退款的时间");
    since!("since_last_review", review, "time since the last review", "距最近评价的时间");
}
