//! Reasons: the past interactions that carry a choice, as a sentence in both languages.

use event::{Bilingual, ItemId};
use feature::ContactKind;

use super::{Candidate, Catalogue, Recommend, RecommendRequest, Subject};
use crate::record::{Evidence, Reason};

/// How many interactions a reason lists.
const EVIDENCE_MAX: usize = 5;
/// An interaction is named in the sentence when it adds at least this share of the largest.
const NAMED_SHARE: f32 = 0.5;

impl Recommend {
    /// Why a candidate stands in the slate of a request.
    pub(super) fn reason(&self, request: &RecommendRequest, candidate: &Candidate) -> Reason {
        if let Subject::Item(id) = &request.subject {
            return self.together(id, candidate);
        }
        let history = self.history(request);
        let personal =
            !history.is_empty() && self.models.champion.name() != self.models.popularity.name();
        if personal {
            let explanation = self.models.champion.explain(&history, candidate.item);
            let carries = explanation.contributions.iter().filter(|(_, add)| *add > 0.0);
            let evidence: Vec<Evidence> = carries
                .take(EVIDENCE_MAX)
                .filter_map(|&(item, add)| evidence(&self.catalogue, item, add))
                .collect();
            if !evidence.is_empty() {
                return because(request, evidence);
            }
        }
        self.popular_reason(candidate.item)
    }

    /// A reason that rests on everybody.
    pub(super) fn popular_reason(&self, item: u32) -> Reason {
        let people = self.catalogue.entry(item).map_or(0, |entry| entry.people);
        Reason {
            code: "popular",
            text: Bilingual::new(
                format!("popular: chosen by {people} shoppers"),
                format!("热门商品：有 {people} 位顾客选择"),
            ),
            evidence: Vec::new(),
        }
    }

    fn together(&self, item_id: &str, candidate: &Candidate) -> Reason {
        let item = self.catalogue.index_of(item_id);
        let evidence: Vec<Evidence> = item
            .and_then(|item| evidence(&self.catalogue, item, candidate.score))
            .into_iter()
            .collect();
        let label = evidence.first().map_or(item_id, |e| e.title.as_str());
        Reason {
            code: "bought_together",
            text: Bilingual::new(
                format!("shoppers who chose {label} also choose this"),
                format!("选择「{label}」的顾客也选择此商品"),
            ),
            evidence,
        }
    }
}

fn evidence(catalogue: &Catalogue, item: u32, contribution: f32) -> Option<Evidence> {
    let entry = catalogue.entry(item)?;
    let item_id: ItemId = entry.item_id.clone();
    Some(Evidence { item_id, title: entry.label().to_owned(), contribution })
}

/// "because you bought X and Y", naming at most two interactions.
fn because(request: &RecommendRequest, evidence: Vec<Evidence>) -> Reason {
    let most = evidence.first().map_or(0.0, |e| e.contribution);
    let named: Vec<&Evidence> =
        evidence.iter().filter(|e| e.contribution >= NAMED_SHARE * most).take(2).collect();
    let kind_of = |e: &Evidence| {
        let met = request.history.iter().find(|h| h.item_id == e.item_id.as_str());
        met.map_or(ContactKind::View, |h| h.kind)
    };
    let kinds: Vec<ContactKind> = named.iter().map(|e| kind_of(e)).collect();
    let (code, en, zh) = if kinds.iter().all(|kind| *kind == ContactKind::Purchase) {
        ("because_bought", "bought", "买过")
    } else if kinds.iter().all(|kind| *kind == ContactKind::Cart) {
        ("because_carted", "put in your cart", "加购过")
    } else {
        ("because_viewed", "looked at", "看过")
    };
    let titles: Vec<&str> = named.iter().map(|e| e.title.as_str()).collect();
    let quoted: Vec<String> = titles.iter().map(|title| format!("「{title}」")).collect();
    Reason {
        code,
        text: Bilingual::new(
            format!("because you {en} {}", titles.join(" and ")),
            format!("因为您{zh}{}", quoted.join("和")),
        ),
        evidence,
    }
}
