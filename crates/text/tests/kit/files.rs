//! A loaded model is the saved model, and a damaged file is noticed.

use text::{TextClassifier, TextError};

use crate::{fit, reviews};

#[test]
fn a_loaded_model_is_the_saved_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reviews.safetensors");
    let model = fit(&reviews(60));
    model.save(&path).unwrap();
    let loaded = TextClassifier::load(&path).unwrap();
    assert_eq!(loaded, model);
    for text in ["soft coat", "客服", "", "another thing"] {
        assert_eq!(loaded.predict(text), model.predict(text));
    }
    loaded.save(&path).unwrap();
    assert_eq!(TextClassifier::load(&path).unwrap(), model);
}

#[test]
fn any_changed_or_missing_byte_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    let bytes = fit(&reviews(20)).to_bytes().unwrap();
    let step = (bytes.len() / 400).max(1);
    for at in (0..bytes.len()).step_by(step) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        std::fs::write(&path, &changed).unwrap();
        assert!(TextClassifier::load(&path).is_err(), "byte {at}");
        std::fs::write(&path, &bytes[..at]).unwrap();
        assert!(TextClassifier::load(&path).is_err(), "cut at {at}");
    }
    std::fs::write(&path, &bytes).unwrap();
    assert!(TextClassifier::load(&path).is_ok());
    let missing = TextClassifier::load(&folder.path().join("none"));
    assert!(matches!(missing, Err(TextError::Io { .. })));
}
