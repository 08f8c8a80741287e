//! A shop of two tastes: even people choose even items and odd people odd ones.

use std::sync::{Arc, LazyLock};

use decide::recommend::{
    Catalogue, CatalogueEntry, HistoryItem, Models, OwnedRule, RankResponse, Recommend,
    RecommendRequest, ResponseKind, Responses, Subject,
};
use decide::{Decision, ModelRef, Record};
use event::{Currency, ItemId, SiteId};
use feature::{ContactKind, Csr};
use model::{
    Fitted, IAls, IAlsConfig, ItemKnn, ItemKnnConfig, Popularity, PopularityConfig, Recommender,
    TrainSet,
};
use proptest::prelude::*;

/// Items: more than the least pool of candidates, so that the pool's edge is met.
pub const ITEMS: usize = 240;
/// Ranks with a measured response.
pub const RANKS: usize = 20;

pub struct Fits {
    pub popularity: Arc<Popularity>,
    pub knn: Arc<ItemKnn>,
    pub ials: Arc<IAls>,
}

pub fn ials_config() -> IAlsConfig {
    IAlsConfig { factors: 2, iterations: 8, ..IAlsConfig::default() }
}

/// The models, fitted once. Person `u` leaves out what is far from them, so that items differ in
/// popularity; weights differ too.
pub static FITS: LazyLock<Fits> = LazyLock::new(|| {
    let mut triplets = Vec::new();
    for user in 0..60_u32 {
        for item in 0..ITEMS as u32 {
            if user % 2 == item % 2 && (user * 7 + item * 11) % 17 < 3 + item % 5 {
                triplets.push((user, item, 0.5 + (item % 3) as f32));
            }
        }
    }
    let train = TrainSet::from(Csr::from_triplets(60, ITEMS, &triplets).unwrap());
    Fits {
        popularity: Arc::new(Popularity::fit(&PopularityConfig::default(), &train).unwrap()),
        knn: Arc::new(ItemKnn::fit(&ItemKnnConfig::default(), &train).unwrap()),
        ials: Arc::new(IAls::fit(&ials_config(), &train).unwrap()),
    }
});

/// Which model serves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Champion {
    Popularity,
    Knn,
    IAls,
}

impl Champion {
    pub fn model(self) -> Arc<dyn Recommender> {
        match self {
            Self::Popularity => FITS.popularity.clone(),
            Self::Knn => FITS.knn.clone(),
            Self::IAls => FITS.ials.clone(),
        }
    }
}

pub fn gbp() -> Currency {
    Currency::new("GBP").unwrap()
}

pub fn id(item: usize) -> String {
    format!("i{item:03}")
}

pub fn index(item_id: &str) -> u32 {
    item_id[1..].parse().unwrap()
}

/// An item as everything goes well.
pub fn entry(item: usize) -> CatalogueEntry {
    CatalogueEntry {
        item_id: ItemId::new(&id(item)).unwrap(),
        title: (!item.is_multiple_of(4)).then(|| format!("Title {item}")),
        price_minor: Some(100 + 7 * item as i64),
        currency: Some(gbp()),
        is_product: true,
        in_stock: true,
        people: 3 + item as u64,
    }
}

pub fn entries() -> Vec<CatalogueEntry> {
    (0..ITEMS).map(entry).collect()
}

pub fn response(kind: ResponseKind, trials: u64) -> RankResponse {
    let hits = (0..RANKS as u64).map(|rank| 40 - 2 * rank + rank % 3).collect();
    RankResponse { kind, horizon_days: 28, trials, hits }
}

pub fn responses(kind: ResponseKind, trials: u64) -> Responses {
    let mut popularity = response(kind, trials);
    popularity.hits.iter_mut().for_each(|hits| *hits /= 2);
    Responses { champion: response(kind, trials), popularity }
}

pub fn try_shop(
    champion: Champion,
    entries: Vec<CatalogueEntry>,
    responses: Option<Responses>,
    interactions: usize,
) -> Result<Recommend, decide::DecideError> {
    let model = ModelRef {
        name: champion.model().name().to_owned(),
        version: "20260101-000000".to_owned(),
        trained_at: "2026-01-01T00:00:00.000+00:00".to_owned(),
    };
    let models = Models {
        champion: champion.model(),
        neighbours: FITS.knn.clone(),
        popularity: FITS.popularity.clone(),
    };
    let site = SiteId::new("gifts").unwrap();
    Recommend::new(site, gbp(), model, models, Catalogue::new(entries), responses, interactions)
}

pub fn shop(champion: Champion, entries: Vec<CatalogueEntry>) -> Recommend {
    let responses = Some(responses(ResponseKind::Purchase, 500));
    try_shop(champion, entries, responses, 1_000).unwrap()
}

/// A request of a person with this history.
pub fn request(history: &[(usize, f32, ContactKind)], n: usize) -> RecommendRequest {
    let one = |&(item, weight, kind): &(usize, f32, ContactKind)| HistoryItem {
        item_id: id(item),
        weight,
        kind,
    };
    RecommendRequest {
        subject: Subject::UserId("7".to_owned()),
        surface: "home".to_owned(),
        n,
        exclude: Vec::new(),
        owned_rule: OwnedRule::Exclude,
        owned: Vec::new(),
        seen: Vec::new(),
        history: history.iter().map(one).collect(),
    }
}

/// A request beside an item.
pub fn beside(item: &str, n: usize) -> RecommendRequest {
    RecommendRequest { subject: Subject::Item(item.to_owned()), ..request(&[], n) }
}

pub fn decide(shop: &Recommend, request: &RecommendRequest) -> Record {
    shop.decide("d-1", "2026-03-01T10:00:00.000+00:00", request)
}

pub fn champions() -> impl Strategy<Value = Champion> {
    prop::sample::select(vec![Champion::Popularity, Champion::Knn, Champion::IAls])
}

/// Catalogues from whole to almost sold out.
pub fn catalogues() -> impl Strategy<Value = Vec<CatalogueEntry>> {
    let lost = prop::sample::select(vec![0_u32, 5, 50, 90, 98]);
    let dice = prop::collection::vec((0..100_u32, 0..4_u8, 0..40_u8), ITEMS);
    (lost, dice).prop_map(|(lost, dice)| {
        let one = |(item, (roll, how, price)): (usize, (u32, u8, u8))| {
            let mut entry = entry(item);
            if roll < lost {
                entry.is_product = how % 2 == 0;
                entry.in_stock = how % 2 == 1;
            }
            match price {
                0 => (entry.price_minor, entry.currency) = (None, None),
                1 => entry.currency = Currency::new("EUR"),
                _ => {}
            }
            entry
        };
        dice.into_iter().enumerate().map(one).collect()
    })
}

fn item_ids(most: usize) -> impl Strategy<Value = Vec<String>> {
    // Some ids that nobody knows, and repeats.
    prop::collection::vec((0..ITEMS + 9).prop_map(id), 0..most)
}

pub fn histories() -> impl Strategy<Value = Vec<(usize, f32, ContactKind)>> {
    let kind = prop::sample::select(vec![
        ContactKind::Purchase,
        ContactKind::Cart,
        ContactKind::View,
        ContactKind::Click,
    ]);
    let weight = prop::sample::select(vec![0.2_f32, 0.5, 1.0, 3.7]);
    let entry = (0..ITEMS + 9, (weight, kind));
    prop::collection::btree_map(entry.clone().prop_map(|(item, _)| item), entry, 0..9)
        .prop_map(|map| map.into_iter().map(|(item, (_, (w, k)))| (item, w, k)).collect())
}

pub fn requests() -> impl Strategy<Value = RecommendRequest> {
    let n = prop_oneof![Just(0), 1..30_usize, Just(ITEMS), Just(usize::MAX)];
    let subject = prop_oneof![
        3 => Just(Subject::UserId("7".to_owned())),
        1 => Just(Subject::AnonId("x".to_owned())),
        1 => (0..ITEMS + 9).prop_map(|item| Subject::Item(id(item))),
    ];
    let rule = prop_oneof![Just(OwnedRule::Exclude), Just(OwnedRule::Allow)];
    (histories(), n, subject, rule, item_ids(20), item_ids(20), item_ids(20)).prop_map(
        |(history, n, subject, owned_rule, exclude, owned, seen)| RecommendRequest {
            subject,
            owned_rule,
            exclude,
            owned,
            seen,
            ..request(&history, n)
        },
    )
}
