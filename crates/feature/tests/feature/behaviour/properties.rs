//! What holds for every feature: nothing later counts, order and doubling do not matter, and
//! whatever arrives there is an answer of finite numbers.

use event::{Data, Event, PropValue, TimeMs, Trait};
use feature::arrange::arrange;
use feature::behaviour::{History, Value, definitions, vector};
use feature::overview::zone;

use super::who::{facts, gbp, moment, table, time};
use crate::random_log::{ZONES, batch, disturbed, oracle, random_log};

#[test]
fn later_events_order_and_doubling_change_nothing() {
    oracle("features: point in time, order, doubling", |number, log| {
        let as_of = moment(number, log);
        let zone = zone(ZONES[number as usize % ZONES.len()]).unwrap();
        let whole = table(number, &batch(log), as_of, facts(log, as_of, zone.clone()));
        let before: Vec<Event> = log.iter().filter(|e| time(e) < as_of).cloned().collect();
        let then = facts(&before, as_of, zone.clone());
        assert_eq!(table(!number, &batch(&before), as_of, then), whole);
        let arranged = arrange(&disturbed(number, log)).unwrap();
        assert_eq!(table(number, &arranged, as_of, facts(log, as_of, zone)), whole);
    });
}

#[test]
fn extremes_of_time_and_dwell_have_an_answer() {
    let moments = [i64::MIN, -1, 0, 1, i64::MAX / 2, i64::MAX - 1, i64::MAX];
    for number in 0..200 {
        let mut log = random_log(number);
        for (at, event) in log.iter_mut().enumerate() {
            event.clocks.ts = TimeMs(moments[(at + number as usize) % moments.len()]);
            event.clocks.offset_min = [i16::MIN, 0, i16::MAX][at % 3];
            if let Data::View { dwell_ms, .. } = &mut event.data {
                *dwell_ms = Some(u64::MAX);
            }
        }
        log.sort_by_key(|e| (e.user_key(), e.time(), e.seq, e.id.clone()));
        for as_of in moments {
            // Every number of the table is checked to be finite as it is read.
            let facts = facts(&log, as_of, zone("Europe/London").unwrap());
            table(number, &batch(&log), as_of, facts);
        }
    }
}

#[test]
fn nobody_has_defined_features_and_no_list_grows() {
    let facts = facts(&[], 0, zone("UTC").unwrap());
    let none = vector(&History::default(), 0, &facts);
    assert_eq!(none.len(), definitions().len());
    let value = |name: &str| &none[definitions().position(|def| def.name == name).unwrap()];
    assert_eq!(value("events_all"), &Value::Number(0.0));
    assert_eq!(value("since_last_event"), &Value::Null);
    assert_eq!(value("last_items"), &Value::List(Vec::new()));
    assert_eq!(facts.currency, gbp());
}

#[test]
fn coordinates_sent_with_custom_events_name_a_cell() {
    let mut log = random_log(1);
    log.truncate(3);
    let points = [(51.5, -0.12), (51.5, -0.12), (48.86, 2.35)];
    for (at, (event, point)) in log.iter_mut().zip(points).enumerate() {
        event.user_id = event::UserId::new("7").ok();
        event.anon_id = None;
        event.clocks.ts = TimeMs(at as i64);
        let prop = |name: &str, value| Trait { name: name.to_owned(), value };
        let props =
            vec![prop("lat", PropValue::Number(point.0)), prop("lon", PropValue::Number(point.1))];
        event.data = Data::Custom { name: "position".to_owned(), props };
    }
    let found = table(0, &batch(&log), 10, facts(&log, 10, zone("UTC").unwrap()));
    let person = &found["u:7"];
    assert_eq!(person["geohash"], Value::Text("u09tv".to_owned()));
    assert_eq!(person["usual_geohash"], Value::Text("gcpuv".to_owned()));
    let Value::Number(km) = person["distance_from_usual"] else { panic!("{person:?}") };
    assert!((km - 341.5).abs() < 5.0, "{km}");
}
