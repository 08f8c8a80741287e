//! By which way: campaigns that brought the person, and channels they came and ordered by.

use super::definition::{Group, ratio};
use super::moment::{Moment, Tallied, switches};
use super::step::{Circumstance, StepKind, Word};

/// First, last and usual of one kind of name.
#[derive(Default)]
struct Names<'a> {
    first: Option<&'a str>,
    last: Option<&'a str>,
    usual: Option<&'a str>,
    different: i64,
    switches: i64,
    known: i64,
}

/// The channels of a person.
#[derive(Default)]
pub(super) struct Channel<'a> {
    source: Names<'a>,
    medium: Names<'a>,
    campaign: Names<'a>,
    arrival: Names<'a>,
    order_channel: Names<'a>,
    events: i64,
    sessions: i64,
    campaign_sessions: i64,
    orders: i64,
    campaign_orders: i64,
}

impl<'a> Channel<'a> {
    pub(super) fn of(moment: &Moment<'a>) -> Self {
        let of = |of: fn(&Circumstance) -> Option<Word>| {
            names(moment, moment.circumstances().filter_map(|(_, c)| of(&c)).collect())
        };
        let orders = moment.of_kind(StepKind::Order);
        let mut channel = Self {
            source: of(|c| c.source),
            medium: of(|c| c.medium),
            campaign: of(|c| c.campaign),
            arrival: names(moment, moment.steps.iter().map(|step| step.source).collect()),
            order_channel: names(moment, orders.filter_map(|step| step.order_channel).collect()),
            events: moment.steps.len() as i64,
            sessions: moment.sessions.len() as i64,
            ..Self::default()
        };
        for session in &moment.sessions {
            let mut brought = false;
            for step in &moment.steps[session.clone()] {
                let c = moment.history.circumstance_of(step);
                brought |= c.source.or(c.medium).or(c.campaign).is_some();
                let order = i64::from(step.kind == StepKind::Order);
                channel.orders += order;
                channel.campaign_orders += if brought { order } else { 0 };
            }
            channel.campaign_sessions += i64::from(brought);
        }
        channel
    }
}

fn names<'a>(moment: &Moment<'a>, said: Vec<Word>) -> Names<'a> {
    let tallied = Tallied::of(moment.history.words(), said.iter().copied());
    Names {
        first: said.first().map(|word| moment.word(*word)),
        last: said.last().map(|word| moment.word(*word)),
        usual: tallied.most().map(|word| moment.word(word)),
        different: tallied.different(),
        switches: switches(said.iter().copied()),
        known: said.len() as i64,
    }
}

/// The features of the group.
pub(super) fn features() -> Group {
    let mut g = Group::new("channel");
    macro_rules! names {
        ($name:literal, $field:ident, $en:literal, $zh:literal) => {
            let t = |en: &str, zh: &str| [en.replace('@', $en), zh.replace('@', $zh)];
            let add = t("the first @", "首个@");
            g.text(concat!("first_", $name), [&add[0], &add[1]], |m| m.channel.$field.first);
            let add = t("the latest @", "最近的@");
            g.text(concat!("last_", $name), [&add[0], &add[1]], |m| m.channel.$field.last);
            let add = t("the most frequent @, of equals the first", "最常见的@（并列取最先出现）");
            g.text(concat!("usual_", $name), [&add[0], &add[1]], |m| m.channel.$field.usual);
            let add = t("number of different values of @", "不同@的数量");
            g.number(concat!($name, "_different"), "count", [&add[0], &add[1]], |m| {
                Some(m.channel.$field.different as f64)
            });
            let add = t("how often @ changed from one to the next", "@变化的次数");
            g.number(concat!($name, "_switches"), "count", [&add[0], &add[1]], |m| {
                Some(m.channel.$field.switches as f64)
            });
        };
    }
    names!("campaign_source", source, "campaign source", "推广来源");
    names!("campaign_medium", medium, "campaign medium", "推广媒介");
    names!("campaign_name", campaign, "campaign name", "推广活动名称");
    names!("source", arrival, "source of events (web, app, …)", "事件来源（网页、应用等）");
    names!("order_channel", order_channel, "channel of orders", "订单渠道");
    g.number(
        "campaign_event_share",
        "share",
        ["share of events that carry a campaign source", "带推广来源的事件比例"],
        |m| ratio(m.channel.source.known, m.channel.events),
    );
    g.number(
        "campaign_session_share",
        "share",
        ["share of sessions with a campaign", "带推广信息的会话比例"],
        |m| ratio(m.channel.campaign_sessions, m.channel.sessions),
    );
    g.number(
        "campaign_order_share",
        "share",
        [
            "share of orders placed in a session after or at an event with a campaign",
            "在会话内带推广信息的事件之时或之后下单的订单比例",
        ],
        |m| ratio(m.channel.campaign_orders, m.channel.orders),
    );
    g
}
