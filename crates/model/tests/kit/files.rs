//! Saved models: equality after loading, and every kind of damage told apart.

use std::fs;
use std::path::Path;

use model::{About, AnyModel, FORMAT_VERSION, ModelConfig, ModelError};
use serde_json::{Value, json};

use crate::{checkerboard, learnt, table};

fn saved(config: &ModelConfig, folder: &Path) -> AnyModel {
    let model = config.fit(&learnt(config, checkerboard(9).into())).unwrap();
    let ids = (0..9).map(|item| format!("sku-{item}")).collect();
    model.save(folder, &About { item_ids: Some(ids), trained_at_ms: 1_700_000_000_000 }).unwrap();
    model
}

fn arrays_file(folder: &Path) -> std::path::PathBuf {
    let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|e| e == "safetensors")).unwrap()
}

fn edit(folder: &Path, change: impl Fn(&mut Value)) {
    let path = folder.join("manifest.json");
    let mut value: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut value);
    fs::write(&path, value.to_string()).unwrap();
}

#[test]
fn a_loaded_model_is_the_saved_model() {
    for config in table().into_iter().map(|entry| entry.config).chain(ModelConfig::all()) {
        let folder = tempfile::tempdir().unwrap();
        let model = saved(&config, folder.path());
        let (loaded, manifest) = AnyModel::load(folder.path()).unwrap();
        assert!(loaded == model, "{config:?}");
        assert_eq!(manifest.config, config);
        assert_eq!((manifest.n_users, manifest.n_items), (9, 9));
        assert_eq!(manifest.item_ids.unwrap()[3], "sku-3");
        assert_eq!(manifest.trained_at_ms, 1_700_000_000_000);
        assert_eq!(manifest.seed, model.seed());
        assert_eq!(manifest.format_version, FORMAT_VERSION);
    }
}

#[test]
fn saving_over_a_model_leaves_only_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let configs = table();
    saved(&configs[0].config, folder.path());
    let last = saved(&configs[5].config, folder.path());
    assert!(AnyModel::load(folder.path()).unwrap().0 == last);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn any_flipped_or_missing_byte_of_the_arrays_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    saved(&table()[2].config, folder.path());
    let path = arrays_file(folder.path());
    let bytes = fs::read(&path).unwrap();
    for at in (0..bytes.len()).step_by(37) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        fs::write(&path, &changed).unwrap();
        let error = AnyModel::load(folder.path()).unwrap_err();
        assert!(matches!(error, ModelError::Corrupt { .. }), "{error}");
        fs::write(&path, &bytes[..at]).unwrap();
        let error = AnyModel::load(folder.path()).unwrap_err();
        assert!(matches!(error, ModelError::Corrupt { .. }), "{error}");
    }
    fs::remove_file(&path).unwrap();
    assert!(matches!(AnyModel::load(folder.path()), Err(ModelError::Io { .. })));
}

#[test]
fn a_manifest_that_lies_is_told_apart() {
    type Change = fn(&mut Value);
    let damage: [(&str, Change); 7] = [
        ("its numbers of users", |m| m["n_items"] = json!(8)),
        ("its numbers of users", |m| m["n_users"] = json!(10)),
        ("its item ids", |m| m["item_ids"] = json!(["only-one"])),
        ("not a plain file name", |m| m["tensors_file"] = json!("../model.safetensors")),
        ("missing field", |m| m["trained_at_ms"] = Value::Null),
        ("format_version is missing", |m| m["format_version"] = json!("one")),
        ("has 2 factors, not 7", |m| m["config"]["factors"] = json!(7)),
    ];
    let all = table();
    let ials = all.iter().find(|entry| entry.config.name() == "iALS").unwrap();
    for (expected, change) in damage {
        let folder = tempfile::tempdir().unwrap();
        saved(&ials.config, folder.path());
        edit(folder.path(), change);
        let error = AnyModel::load(folder.path()).unwrap_err();
        assert!(matches!(error, ModelError::Corrupt { .. }), "{error}");
        let message = error.to_string();
        assert!(message.contains(expected) || expected == "missing field", "{message}");
    }
    let folder = tempfile::tempdir().unwrap();
    saved(&table()[0].config, folder.path());
    fs::write(folder.path().join("manifest.json"), "{\"format_version\":").unwrap();
    assert!(matches!(AnyModel::load(folder.path()), Err(ModelError::Corrupt { .. })));
}

#[test]
fn a_later_format_and_an_unknown_model_are_named() {
    let folder = tempfile::tempdir().unwrap();
    saved(&table()[0].config, folder.path());
    edit(folder.path(), |m| m["config"]["model"] = json!("Oracle"));
    let error = AnyModel::load(folder.path()).unwrap_err();
    assert!(matches!(&error, ModelError::UnknownModel { name, .. } if name == "Oracle"), "{error}");
    edit(folder.path(), |m| m["format_version"] = json!(FORMAT_VERSION + 1));
    let error = AnyModel::load(folder.path()).unwrap_err();
    assert!(matches!(error, ModelError::NewerFormat { found: 2, .. }), "{error}");
    let nowhere = AnyModel::load(&folder.path().join("nowhere")).unwrap_err();
    assert!(matches!(nowhere, ModelError::Io { .. }), "{nowhere}");
}

#[test]
fn item_ids_must_be_one_per_item() {
    let folder = tempfile::tempdir().unwrap();
    let model = table()[0].config.fit(&checkerboard(9).into()).unwrap();
    let about = About { item_ids: Some(vec!["a".to_owned()]), trained_at_ms: 0 };
    let message = model.save(folder.path(), &about).unwrap_err().to_string();
    assert!(message.contains("1 item ids were given for 9 items"), "{message}");
}
