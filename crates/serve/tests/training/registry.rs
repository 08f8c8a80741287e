//! Versions of a shop's models: checked before they serve, changed in one step, never lost.

use std::fs;

use decide::recommend::{OwnedRule, Subject};
use event::{Authority, Bilingual, Currency, Received, SiteId, TimeMs};
use lake::{Lake, OpenOptions, SiteConfig};
use serde_json::{Value, json};
use serve::{Ask, ServeError, Shop};

use crate::shops::{DAY_MS, Dice, plan};

const START_MS: i64 = 1_767_225_600_000; // 2026-01-01
const NOW: TimeMs = TimeMs(1_790_000_000_000);

fn site() -> SiteId {
    SiteId::new("gifts").unwrap()
}

/// A purchase of one of two tastes.
fn order(dice: &mut Dice, number: u64, from_day: u64) -> Received {
    let user = dice.below(80);
    let item = format!("i{:02}", 2 * dice.below(30) + user % 2);
    let day = from_day + dice.below(60);
    let time_ms = START_MS + day as i64 * DAY_MS + dice.below(DAY_MS as u64) as i64;
    let raw = json!({"v": 1, "id": format!("e{number}"), "type": "purchase",
                     "user_id": user.to_string(), "ts": TimeMs(time_ms).to_rfc3339(0),
                     "data": {"order_id": format!("o{number}"), "currency": "GBP",
                              "total_minor": 500,
                              "lines": [{"item_id": item, "qty": 1, "unit_price_minor": 500}]}})
    .to_string();
    let event = event::parse(&raw, Authority::Server, NOW).map(Box::new);
    Received { raw, origin: "test".to_owned(), units: 1, event }
}

struct Place {
    dir: tempfile::TempDir,
    lake: Lake,
    shop: Shop,
}

/// A shop with two trained versions; the second serves.
fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let lake = Lake::open(dir.path(), OpenOptions::default()).unwrap();
    lake.create_site(SiteConfig {
        site: site(),
        name: Bilingual::new("Gifts", "礼品店"),
        currency: Currency::new("GBP").unwrap(),
        time_zone: "Europe/London".to_owned(),
        country: None,
    })
    .unwrap();
    let shop = Shop::open(&lake, &site()).unwrap();
    let mut dice = Dice(1);
    lake.append(&site(), (0..2_500).map(|n| order(&mut dice, n, 0)).collect()).unwrap();
    for seed in [1, 2] {
        shop.train(&plan(seed), TimeMs(NOW.0 + seed as i64), &mut |_| {}).unwrap();
    }
    Place { dir, lake, shop }
}

impl Place {
    fn names(&self) -> [String; 2] {
        let versions = self.shop.versions().unwrap();
        let [new, old] = <[_; 2]>::try_from(versions).unwrap();
        [old.version, new.version]
    }

    fn serving(&self) -> String {
        let ask = Ask {
            subject: Subject::UserId("3".to_owned()),
            n: 5,
            surface: "home".to_owned(),
            exclude: Vec::new(),
            owned_rule: OwnedRule::Exclude,
        };
        let record = serde_json::to_value(self.shop.recommend(&ask, NOW).unwrap()).unwrap();
        record["model"]["version"].as_str().unwrap().to_owned()
    }

    fn spoil(&self, version: &str, file: &str) {
        let file = self.dir.path().join("models/gifts").join(version).join(file);
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    }
}

#[test]
fn a_version_is_listed_promoted_and_taken_back() {
    let place = place();
    let [old, new] = place.names();
    assert_eq!(place.serving(), new);
    let found = place.shop.version(&old).unwrap();
    assert!(!found.is_serving && found.promoted.len() == 1, "{found:?}");
    assert_eq!((found.seed, found.code_version.as_deref()), (Some(1), Some("0.1.0")));
    assert!(found.from.unwrap().0 >= START_MS && found.until > found.from);
    let [mean, low, high] = found.ndcg.unwrap();
    assert!(low < mean && mean < high);
    assert_eq!(found.report["champion"], found.champion);

    let found = place.shop.promote(&old).unwrap();
    assert!(found.is_serving && found.promoted.len() == 2);
    assert_eq!(place.serving(), old);
    assert_eq!(place.shop.versions().unwrap().iter().filter(|one| one.is_serving).count(), 1);
    let unknown = place.shop.promote("20200101-000000").unwrap_err();
    assert!(matches!(unknown, ServeError::NoVersion { .. }), "{unknown}");
    assert_eq!(place.serving(), old);
    place.shop.promote(&new).unwrap();
    assert_eq!(place.shop.rollback().unwrap().version, old);
    assert_eq!(place.serving(), old);
    let first = place.shop.rollback().unwrap_err().to_string();
    assert!(first.contains("no version served before"), "{first}");
    assert_eq!(place.serving(), old);
}

#[test]
fn a_version_that_fails_its_checks_never_serves() {
    let place = place();
    let [old, new] = place.names();
    for file in ["bundle.json", "item-knn/manifest.json", "bundle.sha256"] {
        let path = place.dir.path().join("models/gifts").join(&old).join(file);
        let whole = fs::read(&path).unwrap();
        place.spoil(&old, file);
        let error = place.shop.promote(&old).unwrap_err();
        assert!(matches!(error, ServeError::Unfit { .. }), "{error}");
        assert!(error.to_string().contains("the model that serves stays"), "{error}");
        assert_eq!(place.serving(), new, "{file}");
        fs::write(&path, whole).unwrap();
    }
    place.shop.promote(&old).unwrap();
    // A folder of another shop, whose items nobody here has heard of.
    let foreign = place.dir.path().join("models/gifts").join(&new).join("bundle.json");
    let mut bundle: Value = serde_json::from_slice(&fs::read(&foreign).unwrap()).unwrap();
    let n = bundle["items"].as_array().unwrap().len();
    bundle["items"] = (0..n).map(|at| format!("x{at}")).collect();
    fs::write(&foreign, serde_json::to_vec(&bundle).unwrap()).unwrap();
    assert!(place.shop.promote(&new).is_err());
    assert_eq!(place.serving(), old);
}

#[test]
fn when_what_serves_is_damaged_the_version_before_it_goes_on() {
    let place = place();
    let [old, new] = place.names();
    // A shop that starts with a damaged model has served nothing yet.
    place.spoil(&new, "bundle.json");
    let again = Shop::open(&place.lake, &site()).unwrap();
    let fresh = Place { shop: again, lake: place.lake.clone(), dir: place.dir };
    assert_eq!(fresh.serving(), old);
    assert_eq!(fresh.serving(), old);
    // Training anew heals it.
    fresh.shop.train(&plan(3), TimeMs(NOW.0 + 99_000), &mut |_| {}).unwrap();
    assert_ne!(fresh.serving(), old);
    assert_ne!(fresh.serving(), new);
}

#[test]
fn two_versions_answer_the_same_shoppers() {
    let place = place();
    let [old, new] = place.names();
    let same = place.shop.compare(&new).unwrap();
    assert_eq!((same.overlap, same.same_first, same.shoppers), (1.0, 1.0, 80));
    assert!(same.held_out.is_none(), "nothing came since");
    let found = place.shop.compare(&old).unwrap();
    assert!((0.0..=1.0).contains(&found.overlap) && found.serving == new);
    let mut dice = Dice(9);
    let later = (0..400).map(|n| order(&mut dice, 10_000 + n, 61)).collect();
    place.lake.append(&site(), later).unwrap();
    let held = place.shop.compare(&new).unwrap().held_out.unwrap();
    assert!(held.shoppers >= 50 && held.candidate == held.serving, "{held:?}");
    assert_eq!((held.difference.low, held.difference.high), (0.0, 0.0));
    assert!(held.serving.mean > 0.0);
    assert_eq!(place.serving(), new, "comparing changes nothing");
}
