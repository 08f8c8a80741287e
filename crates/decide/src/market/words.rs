//! What binds and what clashes, as sentences in both languages.

use event::Bilingual;

use crate::record::Binding;

fn binding(code: &'static str, count: usize, en: String, zh: String) -> Binding {
    Binding { code, count, text: Bilingual::new(en, zh) }
}

/// The budget keeps people from an offer that would pay.
pub(super) fn budget(count: usize, marginal: f64) -> Binding {
    binding(
        "budget",
        count,
        format!(
            "the budget ends before {count} people get the offer that earns most of them; one more \
             unit of money would earn about {marginal:.2}"
        ),
        format!(
            "预算用尽，{count} 人未能得到对其收益最高的优惠；再多一单位预算约可多赚 {marginal:.2}"
        ),
    )
}

/// A channel is full.
pub(super) fn capacity(count: usize, channel: &str, marginal: f64) -> Binding {
    binding(
        "channel_capacity",
        count,
        format!(
            "channel {channel} is full: {count} people do without it; one more contact would earn \
             about {marginal:.2}"
        ),
        format!("渠道 {channel} 已满：{count} 人无法使用；多一次触达约可多赚 {marginal:.2}"),
    )
}

/// A group has as many people as it may.
pub(super) fn group_most(count: usize, group: &str) -> Binding {
    binding(
        "group_share_max",
        count,
        format!("group {group} is at its largest share: {count} of it worth a contact get none"),
        format!("分组 {group} 已达最高占比：其中 {count} 人值得触达而未触达"),
    )
}

/// A group has people only because it must.
pub(super) fn group_least(count: usize, group: &str, price: f64) -> Binding {
    binding(
        "group_share_min",
        count,
        format!(
            "group {group} is at its smallest share, {count} people; the last of them costs about \
             {price:.2} of profit"
        ),
        format!("分组 {group} 处于最低占比（{count} 人）；其中最后一人约使利润减少 {price:.2}"),
    )
}

/// A rule about people keeps some out.
pub(super) fn kept_out(code: &'static str, count: usize) -> Binding {
    let (en, zh) = match code {
        "suppressed" => {
            ("people are on the list of those never to be contacted", "人在禁止触达名单上")
        }
        "no_consent" => {
            ("people have not consented to any of the purposes", "人未同意任何相关用途")
        }
        "frequency_cap" => ("people had as many contacts as they may have", "人的触达次数已达上限"),
        "holdout" => {
            ("people are held out at random, to measure against", "人被随机留出，用于对照")
        }
        _ => (
            "people are not worth any offer: each costs more than it earns",
            "人不值得任何优惠：成本高于收益",
        ),
    };
    binding(code, count, format!("{count} {en}"), format!("{count} {zh}"))
}

/// Groups' minima and channels clash.
pub(super) fn channels_too_small(channels: &[&str], groups: &[&str], short: f64) -> Binding {
    let (channels, groups) = (channels.join(", "), groups.join(", "));
    binding(
        "clash_capacity_group_min",
        short as usize,
        format!(
            "the smallest shares of {groups} need {short:.0} contacts more than {channels} can \
             carry; raise that capacity or lower those shares"
        ),
        format!(
            "{groups} 的最低占比所需触达比 {channels} 的容量多 {short:.0} 次；请提高容量或降低占比"
        ),
    )
}

/// Groups' minima and the budget clash.
pub(super) fn budget_too_small(needed: f64, budget: f64, people: f64) -> Binding {
    binding(
        "clash_budget_group_min",
        people as usize,
        format!(
            "the smallest shares need {people:.0} people, who cost at least {needed:.2}, but the \
             budget is {budget:.2}; raise it or lower the shares"
        ),
        format!(
            "最低占比需触达 {people:.0} 人，至少花费 {needed:.2}，而预算为 {budget:.2}；\
             请提高预算或降低占比"
        ),
    )
}

/// No clash was proved, but no plan was found either.
pub(super) fn not_found(people: f64) -> Binding {
    binding(
        "clash_together",
        people as usize,
        format!(
            "no plan was found that gives the groups their smallest shares ({people:.0} people) \
             within the budget and the channels together, though each alone would do; loosen one"
        ),
        format!(
            "未找到同时满足各分组最低占比（{people:.0} 人）、预算与渠道容量的方案，\
             虽然单独看都可行；请放宽其一"
        ),
    )
}
