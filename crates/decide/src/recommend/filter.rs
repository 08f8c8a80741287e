//! Constraints: what may not be shown, and how many candidates each rule took away.

use event::Bilingual;
use rustc_hash::FxHashSet;

use super::{Candidate, Catalogue, OwnedRule, RecommendRequest};
use crate::record::Binding;

/// The rules in the order they are applied; a candidate counts under the first that removes it.
const RULES: [(&str, &str, &str); 5] = [
    ("not_a_product", "postage, fees and vouchers are not recommended", "不推荐运费、手续费和礼券"),
    ("out_of_stock", "out of stock", "缺货"),
    ("excluded", "excluded by the request", "请求中已排除"),
    ("already_owned", "already bought and kept", "已购买且未退货"),
    ("already_seen", "already looked at", "已浏览"),
];

/// What the rules leave, and those that took something.
pub(super) fn apply(
    catalogue: &Catalogue,
    request: &RecommendRequest,
    candidates: Vec<Candidate>,
) -> (Vec<Candidate>, Vec<Binding>) {
    let indices = |ids: &[String]| -> FxHashSet<u32> {
        ids.iter().filter_map(|id| catalogue.index_of(id)).collect()
    };
    let excluded = indices(&request.exclude);
    let (owned, seen) = match request.owned_rule {
        OwnedRule::Exclude => (indices(&request.owned), indices(&request.seen)),
        OwnedRule::Allow => (FxHashSet::default(), FxHashSet::default()),
    };
    let mut counts = [0_usize; RULES.len()];
    let mut left = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let entry = catalogue.entry(candidate.item);
        let broken = [
            !entry.is_some_and(|e| e.is_product),
            !entry.is_some_and(|e| e.in_stock),
            excluded.contains(&candidate.item),
            owned.contains(&candidate.item),
            seen.contains(&candidate.item),
        ];
        match broken.iter().position(|broken| *broken) {
            Some(rule) => counts[rule] += 1,
            None => left.push(candidate),
        }
    }
    let binding = RULES.iter().zip(counts).filter(|(_, count)| *count > 0);
    let binding = binding.map(|((code, en, zh), count)| Binding {
        code,
        count,
        text: Bilingual::new(*en, *zh),
    });
    (left, binding.collect())
}
