//! Rules and segments against conditions evaluated person by person.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use event::{Data, Event};
use feature::FeatureError;
use feature::analytics::rule::{RULE_BYTES, RULE_DEPTH, Rule};
use feature::analytics::segments::{SegmentPlan, SegmentReport};

use crate::random_log::{Dice, oracle, pieces};

/// A person's features.
#[derive(Debug, Clone, Default)]
struct Person {
    key: String,
    events: i64,
    /// Sometimes unknown, sometimes not a finite number.
    pace: Option<f64>,
    country: Option<String>,
    bought: Option<bool>,
}

fn people(dice: &mut Dice, log: &[Event]) -> Vec<Person> {
    let mut people: BTreeMap<String, Person> = BTreeMap::new();
    for event in log {
        let key = event.user_key().as_str().to_owned();
        let person = people.entry(key.clone()).or_default();
        person.key = key;
        person.events += 1;
        let place = event.ctx.place.as_ref();
        person.country = place.and_then(|p| p.country.clone());
        person.bought = match &event.data {
            Data::Purchase { .. } => Some(true),
            Data::Refund { .. } => None,
            _ => Some(person.bought == Some(true)),
        };
        person.pace = dice.pick(&[
            None,
            Some(0.5),
            Some(-2.0),
            Some(7.25),
            Some(f64::NAN),
            Some(f64::INFINITY),
        ]);
    }
    people.into_values().collect()
}

fn table(people: &[Person]) -> RecordBatch {
    let schema = Schema::new(vec![
        Field::new("user_key", DataType::Utf8, false),
        Field::new("events", DataType::Int64, false),
        Field::new("pace", DataType::Float64, true),
        Field::new("country", DataType::Utf8, true),
        Field::new("bought", DataType::Boolean, true),
        Field::new("void", DataType::Float64, true),
    ]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(people.iter().map(|p| &p.key))),
        Arc::new(Int64Array::from_iter_values(people.iter().map(|p| p.events))),
        Arc::new(Float64Array::from_iter(people.iter().map(|p| p.pace))),
        Arc::new(StringArray::from_iter(people.iter().map(|p| p.country.as_ref()))),
        Arc::new(BooleanArray::from_iter(people.iter().map(|p| p.bought))),
        Arc::new(Float64Array::new_null(people.len())),
    ];
    RecordBatch::try_new(Arc::new(schema), columns).unwrap()
}

/// A condition with its own text and its own way to be decided.
enum Condition {
    Both(Box<Condition>, Box<Condition>),
    One(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    Number(&'static str, &'static str, f64),
    Country(bool, &'static str),
    Countries(bool, Vec<&'static str>),
    Bought(bool, bool),
    Unknown(&'static str, bool),
}

fn condition(dice: &mut Dice, depth: usize) -> Condition {
    let inner = |dice: &mut Dice| Box::new(condition(dice, depth - 1));
    match dice.below(if depth == 0 { 5 } else { 10 }) {
        0 => Condition::Number(
            dice.pick(&["events", "pace", "void"]),
            dice.pick(&["=", "==", "!=", "<>", "<", "<=", ">", ">="]),
            dice.pick(&[0.0, 0.5, 1.0, 3.0, -2.0, 7.25, 12.0]),
        ),
        1 => Condition::Country(dice.one_in(2), dice.pick(&["GB", "CN", "O'Neil"])),
        2 => Condition::Countries(dice.one_in(2), vec!["US", dice.pick(&["GB", "CN"])]),
        3 => Condition::Bought(dice.one_in(2), dice.one_in(2)),
        4 => Condition::Unknown(dice.pick(&["pace", "country", "bought", "void"]), dice.one_in(2)),
        5 | 6 => Condition::Both(inner(dice), inner(dice)),
        7 | 8 => Condition::One(inner(dice), inner(dice)),
        _ => Condition::Not(inner(dice)),
    }
}

/// Blanks where they may stand, words in any case, brackets around everything.
fn text(dice: &mut Dice, condition: &Condition) -> String {
    let blank = |dice: &mut Dice| dice.pick(&["", " ", "\n  "]);
    let quoted = |dice: &mut Dice, text: &str| match dice.one_in(2) {
        true => format!("\"{text}\""),
        false => format!("'{}'", text.replace('\'', "''")),
    };
    let word = |dice: &mut Dice, word: &str| match dice.one_in(3) {
        true => word.to_uppercase(),
        false => word.to_owned(),
    };
    match condition {
        Condition::Both(a, b) | Condition::One(a, b) => {
            let and = matches!(condition, Condition::Both(..));
            let joint = word(dice, if and { "and" } else { "or" });
            format!("({}) {joint}{}({})", text(dice, a), blank(dice), text(dice, b))
        }
        Condition::Not(a) => format!("{} ({}{})", word(dice, "not"), blank(dice), text(dice, a)),
        Condition::Number(field, sign, number) => {
            let (before, after) = (blank(dice), blank(dice));
            format!("{field}{before}{sign}{after}{number:?}")
        }
        Condition::Country(same, value) => {
            format!("country {} {}", if *same { "=" } else { "!=" }, quoted(dice, value))
        }
        Condition::Countries(inside, values) => {
            let list: Vec<String> = values.iter().map(|v| quoted(dice, v)).collect();
            let how = if *inside { "in" } else { "not in" };
            format!("country {}{}({})", word(dice, how), blank(dice), list.join(","))
        }
        Condition::Bought(same, value) => {
            format!("bought {} {}", if *same { "=" } else { "!=" }, word(dice, &value.to_string()))
        }
        Condition::Unknown(field, yes) => {
            format!("{field} {}", word(dice, if *yes { "is unknown" } else { "is not unknown" }))
        }
    }
}

fn decide(condition: &Condition, person: &Person) -> Option<bool> {
    let pace = person.pace.filter(|pace| pace.is_finite());
    match condition {
        Condition::Both(a, b) => match (decide(a, person), decide(b, person)) {
            (Some(true), Some(true)) => Some(true),
            (Some(false), _) | (_, Some(false)) => Some(false),
            _ => None,
        },
        Condition::One(a, b) => match (decide(a, person), decide(b, person)) {
            (Some(false), Some(false)) => Some(false),
            (Some(true), _) | (_, Some(true)) => Some(true),
            _ => None,
        },
        Condition::Not(a) => decide(a, person).map(|truth| !truth),
        Condition::Number(field, sign, number) => {
            let own = match *field {
                "events" => person.events as f64,
                "pace" => pace?,
                _ => return None,
            };
            Some(match *sign {
                "=" | "==" => own == *number,
                "!=" | "<>" => own != *number,
                "<" => own < *number,
                "<=" => own <= *number,
                ">" => own > *number,
                _ => own >= *number,
            })
        }
        Condition::Country(same, value) => Some((person.country.as_ref()? == value) == *same),
        Condition::Countries(inside, values) => {
            let country = person.country.as_ref()?;
            Some(values.iter().any(|value| value == country) == *inside)
        }
        Condition::Bought(same, value) => Some((person.bought? == *value) == *same),
        Condition::Unknown(field, yes) => Some(
            *yes == match *field {
                "pace" => pace.is_none(),
                "country" => person.country.is_none(),
                "bought" => person.bought.is_none(),
                _ => true,
            },
        ),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[test]
fn a_segment_is_whom_the_rule_holds_for() {
    oracle("segments", |number, log| {
        let mut dice = Dice::new(number ^ 0xabcd);
        let people = people(&mut dice, log);
        let condition = condition(&mut dice, 3);
        let written = text(&mut dice, &condition);
        let rule = Rule::parse(&written).unwrap();
        assert_eq!(Rule::parse(&rule.to_string()).unwrap(), rule, "{written}");
        let table = table(&people);
        let truth: Vec<Option<bool>> = people.iter().map(|p| decide(&condition, p)).collect();
        assert_eq!(rule.mask(&table).unwrap(), BooleanArray::from(truth.clone()), "{written}");

        let plan = SegmentPlan { rule, sample: dice.below(4) };
        let found = SegmentReport::read(pieces(number, &table), &plan).unwrap();
        let nobody = |p: &&Person| !p.key.is_empty();
        let all: Vec<&Person> = people.iter().filter(nobody).collect();
        let picked: Vec<&Person> =
            all.iter().filter(|p| decide(&condition, p) == Some(true)).copied().collect();
        assert_eq!((found.people, found.total), (picked.len() as u64, all.len() as u64));
        let share = (!all.is_empty()).then(|| picked.len() as f64 / all.len() as f64);
        assert_eq!((found.share, found.counting), (share, "people"));
        let names: Vec<&str> = picked.iter().map(|p| p.key.as_str()).take(plan.sample).collect();
        assert_eq!(found.sample, names);
        if people.is_empty() {
            return;
        }
        let means = |who: &[&Person]| {
            let pace = who.iter().filter_map(|p| p.pace).filter(|pace| pace.is_finite());
            let bought = who.iter().filter_map(|p| p.bought).map(|b| if b { 1.0 } else { 0.0 });
            [mean(who.iter().map(|p| p.events as f64)), mean(pace), mean(bought), None]
        };
        let found_means = |inside: bool| -> Vec<Option<f64>> {
            found.profile.iter().map(|p| if inside { p.in_mean } else { p.all_mean }).collect()
        };
        assert_eq!(
            (found_means(true), found_means(false)),
            (means(&picked).into(), means(&all).into())
        );
        let fields: Vec<&str> = found.profile.iter().map(|p| p.feature.as_str()).collect();
        assert_eq!(fields, ["events", "pace", "bought", "void"]);
    });
}

fn refusal(rule: &str) -> String {
    let one = table(&[Person { key: "u:1".to_owned(), ..Person::default() }]);
    let found = Rule::parse(rule).and_then(|rule| rule.mask(&one));
    match found.unwrap_err() {
        FeatureError::Setting { setting: "where", advice, .. } => advice,
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_no_rule_is_refused_with_its_place() {
    for (rule, said) in [
        ("", "character 1: the rule ends where a feature's name"),
        ("events >= ", "character 11: the rule ends where a number"),
        ("events >= 2 and", "character 16: the rule ends where"),
        ("events => 2", "character 9: found `>`, expected a number"),
        ("events 2", "character 8: found `2`, expected one of"),
        ("(events = 2", "character 12: the rule ends where `and`, `or` or `)`"),
        ("events = 2)", "character 11: this `)` closes nothing"),
        ("events = 2 bought = true", "character 12: found `bought`"),
        ("country = GB", "character 11: text stands in quotes: `'GB'`"),
        ("country = 'GB", "character 11: this quote is not closed"),
        ("events = 1,5", "character 11: found `,`"),
        ("events = 12x", "character 10: this is no number"),
        ("events = 1e999", "character 10: this number is too large"),
        ("events is 3", "character 11: found `3`, expected `unknown`"),
        ("events not 3", "character 12: found `3`, expected `in"),
        ("events in 3", "character 11: found `3`, expected `(`"),
        ("events in ()", "character 12: found `)`"),
        ("and = 1", "character 1: found `and`"),
        ("事件 # 1", "character 4: "),
        ("event >= 2", "no feature is called `event`; did you mean `events`?"),
        ("quite_else = 1", "no feature is called `quite_else`; there are `user_key`"),
        ("events = 'two'", "`events` is a number"),
        ("events = true", "`events` is a number"),
        ("country = 2", "`country` is text: write `country = 'value'`"),
        ("country >= 'GB'", "`country` is text: it has no `>=`"),
        ("bought = 1", "`bought` is a flag: write `bought = true`"),
        ("events in (1, 'two')", "`events` is a number"),
    ] {
        let advice = refusal(rule);
        assert!(advice.starts_with(said), "{rule}: {advice}");
    }
}

#[test]
fn a_rule_has_limits() {
    let nested = |n: usize| format!("{}events = 1{}", "(".repeat(n), ")".repeat(n));
    assert!(Rule::parse(&nested(RULE_DEPTH)).is_ok());
    assert!(refusal(&nested(RULE_DEPTH + 1)).contains("brackets and `not`s deep"));
    assert!(refusal(&nested(RULE_BYTES / 3)).contains("words, signs and values"));
    assert!(refusal(&"not ".repeat(RULE_BYTES / 4)).contains("words, signs and values"));
    let signs = vec!["a=1"; 1_000].join(" or ");
    assert!(refusal(&signs).contains("more than 2048 words"));
    // Within the limit as written, beyond it with blanks between.
    let long = format!("a='{}'", "x".repeat(RULE_BYTES - 4));
    assert!(refusal(&long).contains("at most 16384 bytes"));
    assert!(refusal(&" ".repeat(RULE_BYTES + 1)).contains("at most 16384 bytes"));
    let deepest = format!("{}a is not unknown", "not ".repeat(RULE_DEPTH - 1));
    let rule = Rule::parse(&deepest).unwrap();
    assert_eq!(Rule::parse(&rule.to_string()).unwrap(), rule);
    assert_eq!(rule.fields(), ["a"]);
}

#[test]
fn any_text_is_a_rule_or_refused() {
    let parts = [
        "(", ")", "and", "or ", "not ", "in", "is ", "unknown", "events", "=", "<=", "!", "'",
        "\"", "1", "-", ".", "e", ",", " ", "country", "true", "事", "\u{0}",
    ];
    for number in 0..20_000 {
        let mut dice = Dice::new(number);
        let text: String = (0..dice.below(14)).map(|_| dice.pick(&parts)).collect();
        if let Ok(rule) = Rule::parse(&text) {
            assert_eq!(Rule::parse(&rule.to_string()).unwrap(), rule, "{text:?}");
            let _ = rule.mask(&table(&[Person::default()]));
        }
    }
}
