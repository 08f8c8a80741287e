//! Sites, keys, models, decisions and notes survive a restart.

use event::{Bilingual, TimeMs};
use lake::{DecisionRow, KeyKind, LakeError, ModelRow};

use crate::kit::*;

#[test]
fn sites_are_created_once() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    lake.create_site(config("gifts")).unwrap();
    let mut other = config("gifts");
    other.name = Bilingual::new("Other", "另一家");
    assert!(matches!(lake.create_site(other), Err(LakeError::SiteExists(_))));
    lake.create_site(config("clothing")).unwrap();
    drop(lake);
    let lake = open(dir.path());
    assert_eq!(lake.sites().unwrap(), [config("clothing"), config("gifts")]);
    assert_eq!(lake.site(&site()).unwrap(), config("gifts"));
}

#[test]
fn keys_are_found_by_hash_until_revoked() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let id = lake.insert_key(&site(), KeyKind::Read, [7; 32], "dashboard").unwrap();
    assert!(lake.insert_key(&site(), KeyKind::Read, [7; 32], "again").is_err());
    lake.insert_key(&site(), KeyKind::Secret, [8; 32], "server").unwrap();
    let key = lake.find_key([7; 32]).unwrap().unwrap();
    assert_eq!((key.id, key.kind, key.label.as_str()), (id, KeyKind::Read, "dashboard"));
    assert_eq!((key.site.clone(), key.revoked), (site(), None));
    assert!(lake.find_key([9; 32]).unwrap().is_none());
    assert!(lake.revoke_key(&site(), id).unwrap() && !lake.revoke_key(&site(), id).unwrap());
    assert!(lake.find_key([7; 32]).unwrap().unwrap().revoked.is_some());
    assert_eq!(lake.keys(&site()).unwrap().len(), 2);
}

#[test]
fn a_new_current_model_takes_over() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let model = |version: &str, current| ModelRow {
        name: "iALS".to_owned(),
        version: version.to_owned(),
        path: format!("models/{version}"),
        manifest: "{}".to_owned(),
        metrics: "{}".to_owned(),
        created: TimeMs(0),
        current,
    };
    lake.register_model(&site(), model("1", true)).unwrap();
    lake.register_model(&site(), model("2", true)).unwrap();
    lake.register_model(&site(), model("3", false)).unwrap();
    drop(lake);
    let lake = open(dir.path());
    let current = lake.current_model(&site(), "iALS").unwrap().unwrap();
    assert!(current.version == "2" && current.created.0 > START_MS);
    assert!(lake.current_model(&site(), "ItemKnn").unwrap().is_none());
    let all = lake.models(&site()).unwrap();
    assert_eq!(all.iter().filter(|m| m.current).count(), 1);
    assert_eq!(all.len(), 3);
    let served = || -> Vec<String> {
        lake.model_promotions(&site(), "iALS").unwrap().into_iter().map(|(v, _)| v).collect()
    };
    assert_eq!(served(), ["1", "2"]);
    assert!(lake.promote_model(&site(), "iALS", "3").unwrap());
    assert!(!lake.promote_model(&site(), "iALS", "4").unwrap(), "there is no such version");
    assert!(!lake.promote_model(&site(), "ItemKnn", "3").unwrap());
    assert_eq!(lake.current_model(&site(), "iALS").unwrap().unwrap().version, "3");
    assert_eq!(lake.models(&site()).unwrap().iter().filter(|m| m.current).count(), 1);
    assert_eq!(served(), ["1", "2", "3"]);
}

#[test]
fn models_of_an_older_database_have_served_since_they_were_made() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let conn = rusqlite::Connection::open(dir.path().join("dongcha.db")).unwrap();
    conn.execute_batch(
        "DROP TABLE model_promotion;
         INSERT INTO model VALUES (1, 'm', 'b', 'p', '{}', '{}', 20, 1);
         INSERT INTO model VALUES (1, 'm', 'a', 'p', '{}', '{}', 10, 0);
         PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(conn);
    let served = open(dir.path()).model_promotions(&site(), "m").unwrap();
    assert_eq!(served, [("a".to_owned(), TimeMs(10)), ("b".to_owned(), TimeMs(20))]);
}

#[test]
fn decisions_and_notes_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let decision = |id: &str, made_ms| DecisionRow {
        id: id.to_owned(),
        kind: "recommend".to_owned(),
        subject: "u:1".to_owned(),
        made_at: TimeMs(made_ms),
        record: "{\"items\":[]}".to_owned(),
    };
    lake.put_decision(&site(), decision("d-1", 1)).unwrap();
    let (sender, done) = std::sync::mpsc::channel();
    lake.put_decision_then(&site(), decision("d-2", 2), move |r| sender.send(r).unwrap());
    done.recv().unwrap().unwrap();
    assert_eq!(lake.decision(&site(), "d-1").unwrap(), Some(decision("d-1", 1)));
    assert_eq!(lake.decision(&site(), "d-9").unwrap(), None);
    assert_eq!(lake.decisions(&site(), 1).unwrap(), [decision("d-2", 2)]);
    lake.put_note("import", "b", "1").unwrap();
    lake.put_note("import", "a", "{}").unwrap();
    lake.put_note("import", "b", "2").unwrap();
    lake.put_note("other", "c", "3").unwrap();
    assert_eq!(lake.note("import", "b").unwrap().as_deref(), Some("2"));
    let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
    assert_eq!(lake.notes("import").unwrap(), [pair("a", "{}"), pair("b", "2")]);
}
