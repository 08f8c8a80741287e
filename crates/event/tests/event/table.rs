//! Events as an Arrow table: every golden event gives a row that says the same.

use event::columns::EventColumns;
use event::schema::EventBatchBuilder;
use event::{Authority, Data, TimeMs, parse};

use crate::golden::read;

#[test]
fn rows_keep_what_events_say() {
    let mut builder = EventBatchBuilder::default();
    let now = TimeMs(1_795_400_132_000);
    let events: Vec<_> = Data::TYPES
        .iter()
        .map(|name| parse(&read("types", name).to_string(), Authority::Server, now).unwrap())
        .collect();
    events.iter().for_each(|event| builder.push(event));
    let batch = builder.finish().unwrap();
    assert!(builder.is_empty());
    assert_eq!(batch.num_rows(), events.len());
    let columns = EventColumns::of(&batch).unwrap();
    for (row, event) in events.iter().enumerate() {
        assert_eq!(columns.kind.value(row), event.data.type_name());
        assert_eq!(columns.user_key.value(row), event.user_key().as_str());
        assert_eq!(columns.time.value(row), event.time().0);
        let lines: Vec<_> = columns.lines(row).map(|l| (l.item_id.to_owned(), l.qty)).collect();
        let want: Vec<_> =
            event.data.lines().iter().map(|l| (l.item_id.to_string(), l.qty)).collect();
        assert_eq!(lines, want);
    }
    let purchase = Data::TYPES.iter().position(|t| *t == "purchase").unwrap();
    assert_eq!(columns.amount_minor.value(purchase), 26_800);
    assert_eq!(columns.order_id.value(purchase), "O-1001");
    let kinds: Vec<_> = columns.lines(purchase).map(|l| l.is_product).collect();
    assert_eq!(kinds, [true, false]);
}
