//! Explaining a recommendation: from a small log to a slate whose reason is redone by hand.
//!
//! Run it with `cargo run --release -p dongcha-examples --example explain_a_recommendation`.
#![expect(clippy::print_stdout, reason = "an essay tells what it finds")]

use std::error::Error;
use std::sync::Arc;

use decide::recommend::{
    Catalogue, CatalogueEntry, HistoryItem, Models, OwnedRule, Recommend, RecommendRequest, Subject,
};
use decide::{Decision, ModelRef, Outcome};
use event::schema::EventBatchBuilder;
use event::{Authority, Currency, SiteId, parse, parse_zoned};
use feature::{ContactKind, ContactLog, ContactWeights, FeatureError};
use model::{
    Fitted, ItemKnn, ItemKnnConfig, Popularity, PopularityConfig, Recommender, Similarity, TrainSet,
};

/// Who bought what. Two tastes, and a mug that everybody may want.
const BASKETS: [(&str, &[&str]); 12] = [
    ("ana", &["assam", "teapot"]),
    ("bea", &["assam", "teapot", "strainer"]),
    ("cleo", &["assam", "teapot", "strainer", "mug"]),
    ("dora", &["assam", "strainer"]),
    ("emil", &["sencha", "teapot", "strainer"]),
    ("finn", &["sencha", "assam", "mug"]),
    ("gina", &["beans", "press"]),
    ("hans", &["beans", "press", "grinder"]),
    ("ida", &["beans", "grinder", "mug"]),
    ("jon", &["press", "grinder", "filters"]),
    ("kim", &["beans", "filters", "mug"]),
    ("lea", &["beans", "press", "filters"]),
];

/// Tells the story; every claim on the way is checked.
fn main() -> Result<(), Box<dyn Error>> {
    // Events become contacts: who met which item when. A model sees nothing else of a person.
    let log = contacts()?;
    let now_ms = log.end_ms();
    let known = log.known_at(now_ms, &ContactWeights::default());
    let train = TrainSet::ordered(log.histories(&known)?)?;
    let pairs = train.matrix().nnz();
    println!("{} people, {} items, {pairs} pairs", train.n_users(), train.n_items());

    // Cosine without shrinking, so that the figures below can be checked on paper.
    let recommend = engine(&log, &train)?;

    // What Ana gets. The request carries everything that the decision depends on, so that it can
    // be stored and made again.
    let bought = |item: &str| HistoryItem {
        item_id: item.to_owned(),
        weight: 1.0,
        kind: ContactKind::Purchase,
    };
    let owned: Vec<String> = BASKETS[0].1.iter().map(|item| (*item).to_owned()).collect();
    let request = RecommendRequest {
        subject: Subject::UserId("ana".to_owned()),
        surface: "home".to_owned(),
        n: 3,
        exclude: Vec::new(),
        owned_rule: OwnedRule::Exclude,
        history: owned.iter().map(|item| bought(item)).collect(),
        owned,
        seen: Vec::new(),
    };
    let record = recommend.decide("d-1", "2026-11-23T12:00:00+01:00", &request);
    for choice in &record.items {
        let reason = &choice.reason.text.en;
        println!("{}. {} ({:.3}): {reason}", choice.position, choice.title, choice.score);
    }
    assert_eq!(record.outcome, Outcome::Model);

    // What she owns bound the choice, and the record says so.
    println!("{}: {}", record.binding[0].text.en, record.binding[0].count);
    assert_eq!((record.binding[0].code, record.binding[0].count), ("already_owned", 2));

    // The reason is no story told afterwards: it is the sum that made the score, term by term.
    // With cosine, what `j` adds to `i` is `both / √(buyers of j · buyers of i)`. Count it in the
    // twelve baskets above.
    let best = &record.items[0];
    assert_eq!(best.item_id.as_str(), "strainer");
    assert_eq!(best.reason.text.en, "because you bought teapot and assam");
    let mut sum = 0.0;
    for evidence in &best.reason.evidence {
        let by_hand = cosine(evidence.item_id.as_str(), best.item_id.as_str());
        println!("  {} adds {:.4}; by hand {by_hand:.4}", evidence.title, evidence.contribution);
        assert!((f64::from(evidence.contribution) - by_hand).abs() < 1e-6);
        sum += by_hand;
    }
    assert!((f64::from(best.score) - sum).abs() < 1e-6, "the evidence is the whole score");

    // Beside it stands what popularity alone would have shown.
    let baseline: Vec<&str> =
        record.baseline.items.iter().map(|choice| choice.title.as_str()).collect();
    println!("popularity instead: {}", baseline.join(", "));
    assert_eq!(baseline[0], "beans");

    // The same request and models give the same record, so a stored decision can be audited.
    let stored = serde_json::to_value(&record)?;
    assert_eq!(recommend.replay(&stored)?, record);
    println!("made again from its record, it comes out the same");
    Ok(())
}

/// The baskets as purchase events, read into contacts.
fn contacts() -> Result<ContactLog, Box<dyn Error>> {
    let (received, _) = parse_zoned("2026-11-23T12:00:00+01:00")?;
    let mut table = EventBatchBuilder::default();
    // The kernel wants people in order of their key; the baskets are.
    for (at, (person, items)) in BASKETS.iter().enumerate() {
        let line = |item: &&str| format!(r#"{{"item_id":"{item}","qty":1}}"#);
        let lines: Vec<String> = items.iter().map(line).collect();
        let json = format!(
            r#"{{"v":1,"id":"e-{at}","type":"purchase","ts":"2026-11-{:02}T12:00:00+01:00",
                "user_id":"{person}","data":{{"order_id":"o-{at}","currency":"EUR",
                "total_minor":1000,"lines":[{}]}}}}"#,
            at + 1,
            lines.join(",")
        );
        table.push(&parse(&json, Authority::Server, received)?);
    }
    let batches = [Ok::<_, FeatureError>(table.finish()?)];
    Ok(ContactLog::read(batches)?)
}

/// Models and catalogue joined, as a server holds them. Nothing was held out here, so no response
/// was measured: the slate will carry no probability and no money.
fn engine(log: &ContactLog, train: &TrainSet) -> Result<Recommend, Box<dyn Error>> {
    let config = ItemKnnConfig { neighbours: 20, similarity: Similarity::Cosine, shrink: 0.0 };
    let neighbours: Arc<dyn Recommender> = Arc::new(ItemKnn::fit(&config, train)?);
    let popularity = Arc::new(Popularity::fit(&PopularityConfig::default(), train)?);
    let buyers = |item: &str| BASKETS.iter().filter(|(_, items)| items.contains(&item)).count();
    let entry = |item: &event::ItemId| CatalogueEntry {
        item_id: item.clone(),
        title: None,
        price_minor: None,
        currency: None,
        is_product: true,
        in_stock: true,
        people: buyers(item.as_str()) as u64,
    };
    let model = ModelRef {
        name: neighbours.name().to_owned(),
        version: "essay".to_owned(),
        trained_at: "2026-11-23T12:00:00+01:00".to_owned(),
    };
    Ok(Recommend::new(
        SiteId::new("tea-shop").ok_or("a site name is lower-case letters, digits and -")?,
        Currency::new("EUR").ok_or("EUR is a currency")?,
        model,
        Models { champion: neighbours.clone(), neighbours, popularity },
        Catalogue::new(log.items.iter().map(entry).collect()),
        None,
        train.matrix().nnz(),
    )?)
}

/// The cosine of two items, counted in the baskets: every weight is 1.
fn cosine(one: &str, other: &str) -> f64 {
    let count = |wanted: &[&str]| {
        let has_all = |items: &&[&str]| wanted.iter().all(|item| items.contains(item));
        BASKETS.iter().map(|(_, items)| *items).filter(has_all).count() as f64
    };
    count(&[one, other]) / (count(&[one]) * count(&[other])).sqrt()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_claim_holds() -> Result<(), Box<dyn std::error::Error>> {
        super::main()
    }
}
