//! How much: recency, frequency and monetary value, order value, discounts, refunds, and where in
//! its category a person buys.
//!
//! Amounts are whole minor units of the shop's currency; those in another are counted and left
//! out. A share divides exact sums once, at the end. `O(steps)` time.

use super::definition::{Group, WINDOWS, mean, median, ratio};
use super::moment::Moment;
use super::step::StepKind;

const DAY_MS: i64 = 86_400_000;

/// The money of a person.
#[derive(Default)]
pub(super) struct Money {
    /// Totals of all purchases by window.
    revenue: [i64; WINDOWS.len()],
    refunded: [i64; WINDOWS.len()],
    /// Goods of each order.
    order_values: Vec<i64>,
    orders: i64,
    units: i64,
    lines: i64,
    discount: i64,
    total: i64,
    discounted: i64,
    ours: i64,
    other_currency: i64,
    refunds: i64,
    refunded_orders: i64,
    recency_days: Option<i64>,
    viewed_positions: Shares,
    ordered_positions: Shares,
    viewed_prices: Vec<i64>,
    ordered_prices: Vec<i64>,
}

impl Money {
    pub(super) fn of(moment: &Moment<'_>) -> Self {
        let mut m = Self::default();
        for step in moment.steps {
            let window = moment.window(step.time_ms);
            let amount = step.amount_minor.unwrap_or(0);
            match step.kind {
                StepKind::Order | StepKind::OtherPurchase | StepKind::Refund
                    if !moment.is_ours(step) =>
                {
                    m.other_currency += 1;
                }
                StepKind::Order | StepKind::OtherPurchase => add(&mut m.revenue[window], amount),
                StepKind::Refund => add(&mut m.refunded[window], amount),
                _ => {}
            }
            match step.kind {
                StepKind::Order => m.order(moment, step),
                StepKind::Refund => m.refunds += 1,
                StepKind::View => m.view(moment, step),
                _ => {}
            }
        }
        for window in 1..WINDOWS.len() {
            m.revenue[window] = m.revenue[window].saturating_add(m.revenue[window - 1]);
            m.refunded[window] = m.refunded[window].saturating_add(m.refunded[window - 1]);
        }
        let last = moment.of_kind(StepKind::Order).next_back();
        m.recency_days = last.map(|step| moment.since(step.time_ms).div_euclid(DAY_MS));
        m.refunded_orders = refunded_orders(moment);
        m
    }

    fn order(&mut self, moment: &Moment<'_>, step: &super::step::Step) {
        self.orders += 1;
        let is_ours = moment.is_ours(step);
        let mut value = 0;
        for line in moment.history.lines_of(step).iter().filter(|line| line.is_product) {
            add(&mut self.units, line.qty);
            self.lines += 1;
            self.ordered_positions.add(moment.price_position(line.item));
            add(&mut value, line.amount_minor);
            if is_ours && line.qty > 0 && line.amount_minor > 0 {
                self.ordered_prices.push(line.amount_minor / line.qty);
            }
        }
        if !is_ours {
            return;
        }
        self.ours += 1;
        self.order_values.push(value);
        add(&mut self.total, step.amount_minor.unwrap_or(0));
        let discount = step.discount_minor.unwrap_or(0).max(0);
        add(&mut self.discount, discount);
        self.discounted += i64::from(discount > 0);
    }

    fn view(&mut self, moment: &Moment<'_>, step: &super::step::Step) {
        let Some(item) = step.item else { return };
        self.viewed_positions.add(moment.price_position(item));
        if moment.is_ours(step) {
            self.viewed_prices.extend(step.amount_minor);
        }
    }

    fn net(&self) -> i64 {
        let all = WINDOWS.len() - 1;
        self.revenue[all].saturating_sub(self.refunded[all])
    }
}

fn add(sum: &mut i64, amount: i64) {
    *sum = sum.saturating_add(amount);
}

/// Orders with a later refund that names them.
fn refunded_orders(moment: &Moment<'_>) -> i64 {
    let mut ordered = vec![false; moment.history.words()];
    let mut count = 0;
    for step in moment.steps {
        let Some(order) = step.order else { continue };
        match step.kind {
            StepKind::Order => ordered[order as usize] = true,
            StepKind::Refund => {
                count += i64::from(std::mem::take(&mut ordered[order as usize]));
            }
            _ => {}
        }
    }
    count
}

/// Shares, added in the order of time.
#[derive(Default)]
struct Shares {
    sum: f64,
    count: u32,
}

impl Shares {
    fn add(&mut self, share: Option<f64>) {
        if let Some(share) = share {
            self.sum += share;
            self.count += 1;
        }
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}

/// The features of the group.
pub(super) fn features() -> Group {
    let mut g = Group::new("money");
    let minor = "minor";
    g.number(
        "recency_days",
        "days",
        ["whole days since the last order", "距最近订单的整天数"],
        |m| m.money.recency_days.map(|days| days as f64),
    );
    g.number("order_count", "count", ["orders so far", "至今的订单数"], |m| {
        Some(m.money.orders as f64)
    });
    g.windows(
        "revenue",
        minor,
        0,
        ["sum of the totals of all purchases", "全部购买的总额之和"],
        |m, w| Some(m.money.revenue[w] as f64),
    );
    g.windows("refunded", minor, 0, ["money given back", "的退款额"], |m, w| {
        Some(m.money.refunded[w] as f64)
    });
    g.number(
        "revenue_net",
        minor,
        ["monetary value: all purchases minus all refunds", "消费金额：全部购买减全部退款"],
        |m| Some(m.money.net() as f64),
    );
    g.number(
        "average_order",
        minor,
        ["mean value of the goods of an order", "每个订单的平均商品金额"],
        |m| mean(m.money.order_values.iter().copied()),
    );
    g.number(
        "median_order",
        minor,
        ["median value of the goods of an order", "订单商品金额的中位数"],
        |m| median(&m.money.order_values),
    );
    g.number(
        "largest_order",
        minor,
        ["largest value of the goods of an order", "单个订单的最大商品金额"],
        |m| m.money.order_values.iter().max().map(|v| *v as f64),
    );
    g.number(
        "last_order",
        minor,
        ["value of the goods of the last order", "最近订单的商品金额"],
        |m| m.money.order_values.last().map(|v| *v as f64),
    );
    g.number(
        "units_per_order",
        "ratio",
        ["units of goods per order", "每个订单的商品件数"],
        |m| ratio(m.money.units, m.money.orders),
    );
    g.number(
        "lines_per_order",
        "ratio",
        ["lines of goods per order", "每个订单的商品行数"],
        |m| ratio(m.money.lines, m.money.orders),
    );
    shares(&mut g);
    positions(&mut g);
    g
}

fn shares(g: &mut Group) {
    g.number(
        "discount_share",
        "share",
        [
            "discounts as a share of what the orders would have cost without them",
            "折扣占订单折前总额的比例",
        ],
        |m| ratio(m.money.discount, m.money.total.saturating_add(m.money.discount)),
    );
    g.number(
        "discounted_order_share",
        "share",
        ["share of orders with a discount", "有折扣的订单比例"],
        |m| ratio(m.money.discounted, m.money.ours),
    );
    g.number(
        "refund_rate",
        "share",
        ["share of orders with a later refund that names them", "之后有对应退款的订单比例"],
        |m| ratio(m.money.refunded_orders, m.money.orders),
    );
    g.number(
        "refund_amount_share",
        "share",
        ["money given back as a share of all purchases", "退款额占全部购买额的比例"],
        |m| {
            let all = WINDOWS.len() - 1;
            ratio(m.money.refunded[all], m.money.revenue[all])
        },
    );
    g.number(
        "other_currency",
        "count",
        [
            "purchases and refunds in another currency, left out of the amounts",
            "使用其他货币的购买与退款数（未计入金额）",
        ],
        |m| Some(m.money.other_currency as f64),
    );
}

fn positions(g: &mut Group) {
    g.number(
        "viewed_price_position",
        "share",
        [
            "mean place of the products viewed among their category's prices, 0 lowest, 1 highest",
            "浏览商品在其类别价格中的平均位置（0 最低，1 最高）",
        ],
        |m| m.money.viewed_positions.mean(),
    );
    g.number(
        "ordered_price_position",
        "share",
        [
            "mean place of the products ordered among their category's prices, 0 lowest, 1 highest",
            "下单商品在其类别价格中的平均位置（0 最低，1 最高）",
        ],
        |m| m.money.ordered_positions.mean(),
    );
    g.number(
        "viewed_price_mean",
        "minor",
        ["mean price shown at a product view", "商品浏览时展示的平均价格"],
        |m| mean(m.money.viewed_prices.iter().copied()),
    );
    g.number(
        "ordered_price_mean",
        "minor",
        [
            "mean price of a unit over the lines ordered at a price, rounded down by line",
            "有价订单行的平均单价（逐行向下取整）",
        ],
        |m| mean(m.money.ordered_prices.iter().copied()),
    );
}
