//! Bundles: there and back, one version each, and never silently damaged.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use event::TimeMs;
use model::Recommender;
use serde_json::json;
use serve::bundle::{Loaded, folder_of, load, save};
use serve::training::{Champion, TrainPlan, Trained, train};
use sha2::{Digest, Sha256};

use crate::shops::{Dice, fashions, no_taste, plan, two_tastes};

const NOW: TimeMs = TimeMs(1_772_359_200_123); // 2026-03-01T10:00:00.123Z

fn trained() -> Trained {
    train(two_tastes(60, 3), &plan(3), &mut |_| {}).unwrap()
}

fn answers(model: &dyn Recommender) -> Vec<(u32, u32)> {
    let slate = model.recommend(&[(3, 1.0), (8, 0.5), (77, 2.0)], 30, &|_| true);
    let near = model.similar_items(3, 30);
    slate.into_iter().chain(near).map(|one| (one.item, one.score.to_bits())).collect()
}

fn said(loaded: &Loaded) -> (String, Vec<Vec<(u32, u32)>>) {
    let models = [&loaded.champion, &loaded.neighbours, &loaded.popularity];
    let text = serde_json::to_string(&loaded.bundle).unwrap();
    (text, models.into_iter().map(|model| answers(model.as_ref())).collect())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn a_bundle_comes_back_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("models").join("gifts");
    for trained in [trained(), train(no_taste(60, 1), &plan(1), &mut |_| {}).unwrap()] {
        let (bundle, place) = save(&root, &trained, NOW).unwrap();
        let loaded = load(&place).unwrap();
        assert_eq!(
            serde_json::to_value(&loaded.bundle).unwrap(),
            serde_json::to_value(&bundle).unwrap()
        );
        let fitted = |at: usize| answers(trained.fitted[at].recommender());
        let (_, found) = said(&loaded);
        let serving = answers(trained.serving().unwrap().as_ref());
        assert_eq!(found, [serving, fitted(1), fitted(0)]);
        assert_eq!(bundle.models[..2], ["popularity", "item-knn"]);
        assert_eq!((bundle.as_of_ms, bundle.target), (trained.as_of_ms, trained.report.target));
        assert_eq!(bundle.interactions, trained.log.contacts.len());
        for (at, people) in bundle.people.iter().enumerate() {
            let own = trained.log.contacts.iter().filter(|c| c.item as usize == at);
            assert_eq!(own.map(|c| c.user).collect::<BTreeSet<_>>().len() as u64, *people);
        }
    }
}

#[test]
fn a_version_is_never_used_twice() {
    let dir = tempfile::tempdir().unwrap();
    let trained = trained();
    // What a crash left behind is not touched.
    let left = dir.path().join("20260301-100000-2.tmp");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("half"), b"x").unwrap();
    let versions: Vec<String> =
        (0..3).map(|_| save(dir.path(), &trained, NOW).unwrap().0.version).collect();
    assert_eq!(versions, ["20260301-100000", "20260301-100000-3", "20260301-100000-4"]);
    assert!(left.join("half").exists());
    for version in versions {
        assert_eq!(load(&dir.path().join(&version)).unwrap().bundle.version, version);
        assert!(!dir.path().join(format!("{version}.tmp")).exists());
    }
}

#[test]
fn four_trainings_at_once_make_four_bundles() {
    let dir = tempfile::tempdir().unwrap();
    let trained = trained();
    let versions: BTreeSet<String> = std::thread::scope(|scope| {
        let save = || save(dir.path(), &trained, NOW).unwrap().0.version;
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(save)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(versions.len(), 4);
    versions.iter().for_each(|version| _ = load(&dir.path().join(version)).unwrap());
}

/// Every file truncated and bit-flipped in turn: an error that says where, or, for arrays that are
/// not used, the very same models.
#[test]
fn damage_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (_, place) = save(dir.path(), &trained(), NOW).unwrap();
    let whole = said(&load(&place).unwrap());
    let mut dice = Dice(11);
    let all = files(&place);
    // Two files of the bundle's own and two of each model.
    assert!(all.len() == 6 || all.len() == 8, "{all:?}");
    let mut told = 0;
    for file in &all {
        let bytes = fs::read(file).unwrap();
        let mut damaged = vec![Vec::new(), bytes[..bytes.len() / 2].to_vec()];
        damaged.push(bytes[..bytes.len() - 1].to_vec());
        for _ in 0..60 {
            let (at, bit) = (dice.below(bytes.len() as u64) as usize, dice.below(8));
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            damaged.push(flipped);
        }
        for bytes in damaged {
            fs::write(file, bytes).unwrap();
            match load(&place) {
                Ok(loaded) => {
                    assert_eq!(said(&loaded), whole, "{}", file.display());
                    assert_eq!(file.extension().unwrap(), "safetensors", "{}", file.display());
                }
                Err(error) => {
                    let text = error.to_string();
                    assert!(text.contains(place.to_str().unwrap()), "{text}");
                    told += 1;
                }
            }
        }
        fs::remove_file(file).unwrap();
        if let Ok(loaded) = load(&place) {
            panic!("{} is gone, and yet {:?}", file.display(), loaded.bundle.version);
        }
        fs::write(file, bytes).unwrap();
    }
    assert!(told >= (all.len() - 1) * 63, "{told}");
    assert_eq!(said(&load(&place).unwrap()), whole);
}

#[test]
fn a_newer_format_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (_, place) = save(dir.path(), &trained(), NOW).unwrap();
    let file = place.join("bundle.json");
    let text = fs::read_to_string(&file).unwrap().replacen("\"format\": 3", "\"format\": 4", 1);
    fs::write(&file, text).unwrap();
    let error = load(&place).err().unwrap().to_string();
    assert!(error.contains("format 4 is newer"), "{error}");
}

/// Rewrites a bundle's text and seals it anew.
fn rewrite(place: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let file = place.join("bundle.json");
    let mut value: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let models: Vec<String> = serde_json::from_value(value["models"].clone()).unwrap();
    change(&mut value);
    let text = serde_json::to_vec_pretty(&value).unwrap();
    let mut seal = Sha256::new_with_prefix(Sha256::digest(&text));
    for model in models {
        seal.update(Sha256::digest(fs::read(place.join(model).join("manifest.json")).unwrap()));
    }
    let seal: String = seal.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(&file, text).unwrap();
    fs::write(place.join("bundle.sha256"), seal).unwrap();
}

/// Popularity, neighbours and factors, whichever won.
fn with_three_models(root: &Path, champion: Champion) -> PathBuf {
    let mut trained = trained();
    let factors = plan(3).candidates.remove(2).config;
    let log = &trained.log;
    let known = log.known_at(trained.as_of_ms, &trained.weights);
    let train = model::TrainSet::ordered(log.histories(&known).unwrap()).unwrap();
    trained.fitted.truncate(2);
    trained.fitted.push(std::sync::Arc::new(factors.fit(&train).unwrap()));
    trained.champion = champion;
    save(root, &trained, NOW).unwrap().1
}

#[test]
fn a_bundle_of_the_first_format_still_serves() {
    let dir = tempfile::tempdir().unwrap();
    let place = with_three_models(dir.path(), Champion::Single(2));
    let now = said(&load(&place).unwrap()).1;
    rewrite(&place, |value| {
        let fields = value.as_object_mut().unwrap();
        for new in ["models", "blend", "code_version", "seed", "from_ms"] {
            assert!(fields.remove(new).is_some());
        }
        fields["format"] = json!(1);
    });
    let loaded = load(&place).unwrap();
    assert_eq!(said(&loaded).1, now);
    assert_eq!(loaded.bundle.models, ["popularity", "item-knn", "ials"]);
    assert_eq!(loaded.champion.name(), "iALS");
}

#[test]
fn a_blend_comes_back_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let place = with_three_models(dir.path(), Champion::Blend(vec![(2, 0.7), (1, 0.3)]));
    let loaded = load(&place).unwrap();
    assert_eq!(loaded.champion.name(), "Blend");
    let alone = answers(loaded.neighbours.as_ref());
    assert_ne!(answers(loaded.champion.as_ref()), alone);
    let history = [(3, 1.0), (8, 0.5)];
    let best = loaded.champion.recommend(&history, 1, &|_| true)[0];
    let why = loaded.champion.explain(&history, best.item);
    assert!((why.score - best.score).abs() < 1e-4 * best.score.abs(), "{why:?}");
    assert!(why.contributions.iter().all(|(item, _)| [3, 8].contains(item)));
}

#[test]
fn a_ranker_comes_back_as_it_was_and_is_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let plan = TrainPlan { ranks: true, ..plan(1) };
    let trained = train(fashions(100, 1), &plan, &mut |_| {}).unwrap();
    let (bundle, place) = save(dir.path(), &trained, NOW).unwrap();
    let loaded = load(&place).unwrap();
    assert_eq!(loaded.champion.name(), "Ranker");
    let serving = trained.serving().unwrap();
    assert_eq!(answers(loaded.champion.as_ref()), answers(serving.as_ref()));
    assert!(bundle.ranker.unwrap().sources.contains(&"item-knn".to_owned()));
    let manifest = place.join("ranker").join("manifest.json");
    let whole = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, whole.replace("place", "plaice")).unwrap();
    assert!(load(&place).is_err());
    fs::remove_dir_all(place.join("ranker")).unwrap();
    assert!(load(&place).is_err());
}

#[test]
fn names_in_a_bundle_are_names_of_its_folders() {
    let dir = tempfile::tempdir().unwrap();
    let place = with_three_models(dir.path(), Champion::Single(2));
    let whole = fs::read(place.join("bundle.json")).unwrap();
    let seal = fs::read(place.join("bundle.sha256")).unwrap();
    for (field, value) in [
        ("champion", json!("oracle")),
        ("champion", json!("blend")),
        ("models", json!(["popularity"])),
        ("models", json!(["popularity", "../item-knn", "ials"])),
        ("models", json!(7)),
    ] {
        rewrite(&place, |bundle| bundle[field] = value.clone());
        assert!(load(&place).is_err(), "{field} {value}");
        fs::write(place.join("bundle.json"), &whole).unwrap();
        fs::write(place.join("bundle.sha256"), &seal).unwrap();
    }
    assert!(load(&place).is_ok());
    for (model, folder) in [
        ("Popularity", "popularity"),
        ("ItemKnn", "item-knn"),
        ("iALS", "ials"),
        ("TwoTower", "two-tower"),
        ("Gru4Rec", "gru4-rec"),
    ] {
        assert_eq!(folder_of(model), folder);
    }
}
