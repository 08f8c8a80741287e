//! Which model comes to serve, and that it is the same every time.

use std::sync::Arc;

use feature::ContactLog;
use model::AnyModel;
use serve::ServeError;
use serve::exam::Protocol;
use serve::training::{Cap, Champion, Fading, TrainPlan, Trained, TunePlan, judge, train};

use crate::shops::{DAY_MS, bought, fashions, log, no_taste, plan, two_tastes, weekly};

fn trained(log: ContactLog, plan: &TrainPlan) -> Trained {
    train(log, plan, &mut |_| {}).unwrap()
}

#[test]
fn where_tastes_differ_a_personal_model_serves() {
    let found = trained(two_tastes(100, 1), &plan(1));
    let report = &found.report;
    assert_ne!(report.champion, "Popularity");
    assert_eq!(report.champion, found.serving().unwrap().name());
    assert_eq!(report.protocol, Protocol::ReturningShoppers);
    // Hardly anybody finds nothing new.
    assert!((98..=100).contains(&report.shoppers), "{}", report.shoppers);
    assert!(report.note.is_none());
    assert_eq!(report.families.len(), 3);
    let of = |name: &str| report.families.iter().find(|f| f.model == name).unwrap();
    let (best, popular) = (of(&report.champion), of("Popularity"));
    for (best, popular) in [(&best.test, &popular.test), (&best.validation, &popular.validation)] {
        assert!(best.ndcg_over_popularity.unwrap().low > 0.0);
        assert!(best.recall.mean > 1.5 * popular.recall.mean, "{best:?} {popular:?}");
        assert!(popular.ndcg_over_popularity.is_none());
    }
    let ordered = |two: &[_]| {
        let [a, b]: &[serve::training::FamilyReport; 2] = two.try_into().unwrap();
        a.test.ndcg.mean >= b.test.ndcg.mean
    };
    assert!(report.families.windows(2).all(ordered));
    // A personal slate keeps to the taste of the history.
    let model = found.serving().unwrap();
    let slate = model.recommend(&[(1, 1.0), (3, 1.0), (5, 1.0)], 20, &|_| true);
    assert!(slate.iter().all(|one| one.item % 2 == 1), "{slate:?}");
    // Responses were measured on everybody who had a history.
    let responses = found.responses.unwrap();
    assert_eq!((responses.champion.trials, responses.champion.hits.len()), (100, 20));
    assert!(responses.champion.hits.iter().sum::<u64>() > responses.popularity.hits.iter().sum());
}

#[test]
fn where_all_choose_alike_popularity_serves() {
    for seed in 1..7 {
        let found = trained(no_taste(80, seed), &plan(seed));
        assert_eq!(found.report.champion, "Popularity", "seed {seed}");
        assert!(found.report.note.unwrap().en.starts_with("No model beat popularity"));
        assert_eq!(found.champion, Champion::Single(0));
        assert_eq!(found.fitted.len(), 2, "popularity and neighbours are all that is needed");
        let responses = found.responses.unwrap();
        assert_eq!(responses.champion, responses.popularity);
    }
}

#[test]
fn few_shoppers_leave_it_to_popularity() {
    let found = trained(two_tastes(49, 1), &plan(1));
    assert_eq!((found.report.champion.as_str(), found.report.shoppers), ("Popularity", 49));
    let note = found.report.note.unwrap();
    assert!(note.en.contains("Only 49") && note.zh.contains("49"), "{note:?}");
    assert!(found.report.families.is_empty() && found.responses.is_none());
    assert!(trained(two_tastes(50, 1), &plan(1)).report.families.len() == 3);
}

/// People who only ever buy the same again give nothing to judge by, however many they are.
#[test]
fn shoppers_who_only_buy_again_are_not_counted() {
    let found = trained(weekly(100, 200, 1, |user, _| user), &plan(1));
    assert_eq!((found.report.shoppers, found.report.champion.as_str()), (0, "Popularity"));
    assert!(found.report.note.unwrap().en.contains("Only 0"));
}

#[test]
fn the_smallest_logs_are_no_trouble() {
    let gone = feature::Contact { returned_ms: 9 * DAY_MS, ..bought(0, 0, DAY_MS) };
    for log in [
        ContactLog::default(),
        log(1, 1, vec![bought(0, 0, DAY_MS)]),
        log(1, 1, vec![gone]),
        log(60, 1, (0..60).map(|user| bought(user, 0, 5)).collect()),
    ] {
        let (contacts, end_ms) = (log.contacts.len(), log.end_ms());
        let found = trained(log, &plan(1));
        assert_eq!(
            (found.report.champion.as_str(), found.report.contacts),
            ("Popularity", contacts)
        );
        assert_eq!(found.as_of_ms, end_ms);
    }
}

/// What went back after the last contact must not be learnt either.
#[test]
fn what_went_back_is_not_learnt() {
    let gone = feature::Contact { returned_ms: 9 * DAY_MS, ..bought(0, 0, DAY_MS) };
    let found = trained(log(1, 2, vec![gone, bought(0, 1, DAY_MS)]), &plan(1));
    assert_eq!(found.as_of_ms, 9 * DAY_MS + 1);
    let popular = found.fitted[0].recommender().recommend(&[], 9, &|_| true);
    assert_eq!(popular.iter().map(|s| s.item).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_plan_that_lacks_a_family_is_refused_before_any_work() {
    let mut plan = plan(1);
    plan.only(&["iALS"]);
    let mut steps = 0;
    let refused = train(two_tastes(50, 1), &plan, &mut |_| steps += 1);
    assert!(matches!(refused.err(), Some(ServeError::Plan(_))));
    assert_eq!(steps, 0);
    // It may still be judged.
    let report = judge(&two_tastes(60, 1), &plan, &mut |_| {}).unwrap();
    assert_eq!(report.families.len(), 2);
    // More weeks than there are in all are cut down to what there is.
    let long = TrainPlan { candidates: plan.candidates, ..TrainPlan::weeks(u32::MAX, 1) };
    assert_eq!(judge(&two_tastes(60, 1), &long, &mut |_| {}).unwrap().holdout_days, 29);
}

#[test]
fn steps_are_counted_to_the_end() {
    let mut seen = Vec::new();
    train(two_tastes(60, 1), &plan(1), &mut |step| {
        seen.push((step.done as f64 + step.fraction, step.total));
    })
    .unwrap();
    assert!(seen.windows(2).all(|two| two[0].0 <= two[1].0), "{seen:?}");
    assert!(seen.iter().all(|(done, total)| *done <= *total as f64), "{seen:?}");
    let (last, total) = *seen.last().unwrap();
    assert!(last >= total as f64 - 1.0, "{last} of {total}");
    assert!(seen.iter().any(|(done, _)| done.fract() > 0.0), "a fit tells how far it has come");
}

/// A young shop has few purchases and nothing else; they are what popularity counts.
#[test]
fn a_shop_of_few_purchases_learns_from_them() {
    let contacts: Vec<_> =
        (0..40).map(|user| bought(user, user % 3, i64::from(user) * DAY_MS)).collect();
    let found = trained(log(40, 4, contacts.clone()), &plan(1));
    let popular = |found: &Trained| -> Vec<(u32, f32)> {
        let best = found.fitted[0].recommender().recommend(&[], 9, &|_| true);
        best.iter().map(|s| (s.item, s.score)).collect()
    };
    assert_eq!(popular(&found), [(0, 14.0), (1, 13.0), (2, 13.0)]);
    let cart = |c: &feature::Contact| feature::Contact { kind: feature::ContactKind::Cart, ..*c };
    let carts = trained(log(40, 4, contacts.iter().map(cart).collect()), &plan(1));
    assert_eq!(popular(&carts), popular(&found));
}

/// Report, rates, and the bits of every score.
fn fingerprint(found: &Trained) -> (String, String, Vec<Vec<u32>>) {
    let history = [(3, 1.0), (8, 0.5), (77, 2.0)];
    let bits = |model: &Arc<AnyModel>| {
        let model = model.recommender();
        let mut scores = vec![0.0; model.n_items()];
        model.score(&history, &mut scores);
        scores.into_iter().map(f32::to_bits).collect()
    };
    (
        serde_json::to_string(&found.report).unwrap(),
        serde_json::to_string(&found.responses).unwrap(),
        found.fitted.iter().map(bits).collect(),
    )
}

#[test]
fn one_thread_and_two_give_the_same() {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fingerprint(&trained(two_tastes(60, 5), &plan(5))))
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(1));
}

#[test]
fn a_blend_serves_only_where_it_is_surely_better() {
    for (log, seed) in [(two_tastes(100, 1), 1), (no_taste(80, 2), 2)] {
        let found = trained(log, &TrainPlan { blends: true, ..plan(seed) });
        let Some(blend) = &found.report.blend else { continue };
        let sum: f32 = blend.parts.iter().map(|part| part.share).sum();
        assert!((sum - 1.0).abs() < 1e-5 && blend.parts.len() >= 2, "{blend:?}");
        assert!(blend.parts.windows(2).all(|two| two[0].share >= two[1].share));
        assert_eq!(blend.serves, blend.over_best.low > 0.0);
        assert_eq!(blend.serves, found.report.champion == "Blend");
        assert_eq!(blend.serves, matches!(found.champion, Champion::Blend(_)));
        assert!(found.report.families.iter().any(|family| family.model == "Blend"));
        assert_eq!(found.serving().unwrap().name(), found.report.champion);
    }
}

/// What is in fashion is known of the item alone, which no model looks at and a ranker does.
#[test]
fn a_ranker_serves_where_it_is_surely_better() {
    let ranking =
        |log: ContactLog, seed: u64| trained(log, &TrainPlan { ranks: true, ..plan(seed) });
    let found = ranking(fashions(100, 1), 1);
    let report = found.report.ranking.clone().unwrap();
    assert!(report.serves && report.over_lead.low > 0.0, "{report:?}");
    assert!(report.chances.auc.low > 0.6 && report.chances.calibration_error < 0.05);
    assert!(report.chances.log_loss.mean < report.rate_log_loss, "{report:?}");
    assert!(report.taken > 100 && report.taken < report.rows);
    let of = |name: &str| found.report.families.iter().find(|f| f.model == name).unwrap();
    let (ranked, popular) = (of("Ranker"), of("Popularity"));
    assert!(ranked.validation.ndcg.low > popular.validation.ndcg.high);
    assert!(ranked.test.ndcg_over_popularity.unwrap().low > 0.0, "{ranked:?}");
    assert_eq!(found.report.champion, "Ranker");
    let serving = found.serving().unwrap();
    assert_eq!((serving.name(), found.report.note.is_none()), ("Ranker", true));
    let slate = serving.recommend(&[(1, 1.0), (110, 1.0)], 20, &|_| true);
    assert!(slate.iter().filter(|one| one.item >= 100).count() > 15, "{slate:?}");
    assert_eq!(fingerprint(&found), fingerprint(&ranking(fashions(100, 1), 1)));

    let found = ranking(no_taste(80, 2), 2);
    let report = found.report.ranking.unwrap();
    assert!(!report.serves && found.ranker.is_none(), "{report:?}");
    assert_eq!(found.report.champion, "Popularity");
    assert!(found.report.note.is_some());
    // Too few who came back, too few candidates taken: nothing is taught.
    assert!(ranking(two_tastes(30, 1), 1).report.ranking.is_none());
}

#[test]
fn a_model_meant_for_smaller_shops_is_left_out_and_named() {
    let mut plan = plan(1);
    let cap =
        |items| Cap { model: "iALS".to_owned(), contacts: 1_000_000, items, fading: Fading::All };
    plan.caps = vec![cap(199)];
    let report = judge(&two_tastes(60, 1), &plan, &mut |_| {}).unwrap();
    assert_eq!(report.families.len(), 2);
    let told = &report.left_out[0];
    assert!(told.en.starts_with("iALS was not tried") && told.en.contains("199 items"), "{told:?}");
    plan.caps = vec![cap(200)];
    assert!(judge(&two_tastes(60, 1), &plan, &mut |_| {}).unwrap().left_out.is_empty());
}

/// Tuning that was stopped goes on as if it had not been, and usual settings give way only to
/// surely better ones.
#[test]
fn tuning_goes_on_where_it_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let report = |file: &str, trials: usize, resumes: bool| {
        let file = dir.path().join("tuning").join(file);
        let tune = Some(TunePlan { trials, budget: None, file: file.clone(), resumes });
        let plan = TrainPlan { tune, ..plan(3) };
        let report = judge(&two_tastes(60, 3), &plan, &mut |_| {}).unwrap();
        (serde_json::to_string(&report).unwrap(), std::fs::read_to_string(file).unwrap())
    };
    let (whole, lines) = report("whole.jsonl", 22, false);
    assert_eq!(lines.lines().count(), 22);
    report("stopped.jsonl", 9, false);
    let stopped = dir.path().join("tuning/stopped.jsonl");
    // The last line was cut off by the stop.
    let kept = std::fs::read_to_string(&stopped).unwrap();
    std::fs::write(&stopped, &kept[..kept.len() - 20]).unwrap();
    let (resumed, more) = report("stopped.jsonl", 22, true);
    assert_eq!(resumed, whole);
    assert_eq!(more.lines().count(), 22);
    assert!(more.starts_with(&kept[..kept.len() - 400]), "what was tried is kept");
    let told: serde_json::Value = serde_json::from_str(&whole).unwrap();
    for family in told["families"].as_array().unwrap() {
        let tuned = &family["tuned"];
        assert_eq!(tuned.is_null(), family["model"] == "Popularity", "{family:#}");
        if tuned["is_kept"] == false {
            assert_ne!(family["candidate"], tuned["candidate"]);
        }
        let low = tuned["over_usual"]["low"].as_f64();
        assert_eq!(tuned["is_kept"].as_bool(), low.map(|low| low > 0.0), "{tuned}");
    }
}
