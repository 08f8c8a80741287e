//! Versions of models over HTTP: seen with a read key, changed with a secret one.

use event::TimeMs;
use serve::training::TrainPlan;

use crate::house::{House, SHOP, site};
use crate::recommend::fill;

#[test]
fn versions_are_listed_shown_and_promoted() {
    let house = House::prepared(fill);
    let shop = house.shops.shop(&site(SHOP)).unwrap();
    assert_eq!(house.get("/v1/models").json()["models"], serde_json::json!([]));
    for seed in [7, 8] {
        let mut plan = TrainPlan::weeks(1, seed);
        plan.half_lives_days.clear();
        plan.only(&["ItemKnn"]);
        shop.train(&plan, TimeMs(1_780_000_000_000 + seed as i64), &mut |_| {}).unwrap();
    }
    let listed = house.get("/v1/models").json();
    let models = listed["models"].as_array().unwrap();
    assert_eq!(models.len(), 2);
    assert_eq!((&models[0]["is_serving"], &models[1]["is_serving"]), (&true.into(), &false.into()));
    assert_eq!(models[0]["seed"], 8);
    let old = models[1]["version"].as_str().unwrap();
    let shown = house.get(&format!("/v1/models/{old}")).json();
    assert_eq!((&shown["version"], &shown["champion"]), (&old.into(), &models[1]["champion"]));
    assert_eq!(shown["report"]["families"].as_array().unwrap().len(), 2);
    assert_eq!(shown["test_from"].as_str().unwrap().len(), 10);

    let path = format!("/v1/models/{old}/promote");
    let bearer = |key: &str| format!("Bearer {key}");
    let read = bearer(&house.read);
    let refused = house.send("POST", &path, &[("authorization", &read)], b"");
    assert_eq!(refused.code(), "key_not_allowed");
    let secret = bearer(&house.secret);
    let promoted = house.send("POST", &path, &[("authorization", &secret)], b"");
    assert_eq!(promoted.status, 200, "{promoted:?}");
    assert_eq!(promoted.json()["is_serving"], true);
    assert_eq!(promoted.json()["promoted_at"].as_array().unwrap().len(), 2);
    let slate = house.get("/v1/recommendations?user_id=u4&n=3").json();
    assert_eq!(slate["model"]["version"], old);

    // A version cut in half is refused; the one that serves stays.
    let new = models[0]["version"].as_str().unwrap();
    let file = house.shops.lake().folder("models").join(SHOP).join(new).join("bundle.json");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let path = format!("/v1/models/{new}/promote");
    let unfit = house.send("POST", &path, &[("authorization", &secret)], b"");
    assert_eq!((unfit.status, unfit.code()), (409, "model_unfit".to_owned()));
    let slate = house.get("/v1/recommendations?user_id=u4&n=3").json();
    assert_eq!(slate["model"]["version"], old);
    assert_eq!(house.get("/v1/models/none-such").code(), "model_unknown");
}
