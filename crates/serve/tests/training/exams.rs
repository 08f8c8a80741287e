//! Who is asked, what is known of them, and that nothing of the future is.

use std::collections::BTreeMap;
use std::sync::Mutex;

use event::UserKey;
use feature::{Contact, ContactKind, ContactLog, ContactWeights};
use model::{Explanation, Recommender, Scored};
use proptest::prelude::*;
use serve::exam::{Exam, Protocol};

use crate::shops::{DAY_MS, Dice, NEVER, bought, log};

type History = Vec<(u32, u32)>;

/// A model that knows one item, and notes whom it was asked about.
struct Spy {
    items: usize,
    knows: u32,
    asked: Mutex<Vec<History>>,
}

impl Recommender for Spy {
    fn name(&self) -> &'static str {
        "spy"
    }

    fn n_items(&self) -> usize {
        self.items
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        scores.fill(0.0);
        scores[self.knows as usize] = 1.0;
        let history = history.iter().map(|&(item, weight)| (item, weight.to_bits())).collect();
        self.asked.lock().unwrap().push(history);
    }

    fn similar_items(&self, _: u32, _: usize) -> Vec<Scored> {
        Vec::new()
    }

    fn explain(&self, _: &[(u32, f32)], _: u32) -> Explanation {
        Explanation::nothing()
    }
}

/// The histories an exam shows, in order, and how often each item is an answer.
fn questions(exam: &Exam<'_>, log: &ContactLog) -> (Vec<History>, BTreeMap<u32, u64>) {
    let mut histories = Vec::new();
    let mut answers = BTreeMap::new();
    for knows in 0..log.items.len() as u32 {
        let spy = Spy { items: log.items.len(), knows, asked: Mutex::default() };
        let judged = exam.judge(&spy, &ContactWeights::default()).unwrap();
        assert_eq!(judged.users.len(), exam.shoppers());
        let hits = judged.ranks[0].hits;
        if hits > 0 {
            answers.insert(knows, hits);
        }
        histories = spy.asked.into_inner().unwrap();
    }
    histories.sort();
    (histories, answers)
}

fn at(user: u32, item: u32, day: i64, kind: ContactKind) -> Contact {
    Contact { kind, ..bought(user, item, day * DAY_MS) }
}

/// Sixty plain shoppers, and one of each kind that must not be judged.
#[test]
fn returning_shoppers_are_asked_for_what_is_new() {
    let mut contacts = Vec::new();
    for user in 0..60 {
        contacts.push(bought(user, user % 5, DAY_MS));
        contacts.push(at(user, 9, 2, ContactKind::View));
        contacts.push(bought(user, 5 + user % 3, 12 * DAY_MS));
    }
    // Looked at before and bought after: an answer, for a viewed item may still be bought.
    contacts.push(bought(0, 9, 13 * DAY_MS));
    // Buys again what is owned.
    contacts.extend([bought(60, 0, DAY_MS), bought(60, 0, 12 * DAY_MS)]);
    // Was not there before.
    contacts.push(bought(61, 5, 12 * DAY_MS));
    // Gave back all before the cut.
    contacts.push(Contact { returned_ms: 2 * DAY_MS, ..bought(62, 0, DAY_MS) });
    contacts.push(bought(62, 5, 12 * DAY_MS));
    // Gives back the answer, long after.
    contacts.push(bought(63, 0, DAY_MS));
    contacts.push(Contact { returned_ms: 90 * DAY_MS, ..bought(63, 5, 12 * DAY_MS) });
    // Comes back when nobody looks any more.
    contacts.extend([bought(64, 0, DAY_MS), bought(64, 5, 20 * DAY_MS)]);
    // Comes back at the first moment; gave the old one back at that moment too, not before.
    contacts.push(Contact { returned_ms: 10 * DAY_MS, ..bought(65, 0, 10 * DAY_MS - 1) });
    contacts.push(bought(65, 8, 10 * DAY_MS));
    let log = log(66, 10, contacts);
    let exam = Exam::new(&log, 10 * DAY_MS, 20 * DAY_MS, ContactKind::Purchase);
    assert_eq!(exam.protocol, Protocol::ReturningShoppers);
    assert_eq!(exam.shoppers(), 61);
    let (histories, answers) = questions(&exam, &log);
    assert_eq!(answers, BTreeMap::from([(5, 20), (6, 20), (7, 20), (8, 1), (9, 1)]));
    let weights = [(0.2_f32).to_bits(), (1.0_f32).to_bits()];
    let mut expected: Vec<History> =
        (0..60).map(|user| vec![(user % 5, weights[1]), (9, weights[0])]).collect();
    // The one who buys again is shown a list as well.
    expected.extend([vec![(0, weights[1])], vec![(0, weights[1])]]);
    expected.sort();
    assert_eq!(histories, expected);
    // Everybody with a history before the cut would have been shown a list.
    assert_eq!(exam.reached(&ContactWeights::default()), 64);
    let train = exam.train(&ContactWeights::default()).unwrap();
    let train = train.matrix();
    assert_eq!((train.n_rows(), train.n_cols(), train.nnz()), (66, 10, 124));
    assert_eq!(train.history(3), vec![(3, 1.0), (9, 0.2)]);
    assert_eq!((train.row_nnz(61), train.row_nnz(62), train.row_nnz(65)), (0, 0, 1));
}

#[test]
fn visits_are_asked_for_their_last_item() {
    let mut contacts = Vec::new();
    let view = |user, item, day| at(user, item, day, ContactKind::View);
    for user in 0..40 {
        contacts.extend([view(user, 0, 11), view(user, 1, 12), view(user, 2 + user % 2, 13)]);
    }
    // Ends where it began; sees one item only; began before the cut; ends too late.
    contacts.extend([view(40, 4, 11), view(40, 5, 12), view(40, 4, 13)]);
    contacts.extend([view(41, 4, 11)]);
    contacts.extend([view(42, 4, 9), view(42, 5, 12)]);
    contacts.extend([view(43, 4, 19), view(43, 5, 20)]);
    let mut log = log(44, 6, contacts);
    log.users = (0..44).map(|n| UserKey::anon(&format!("{n:04}"))).collect();
    let exam = Exam::new(&log, 10 * DAY_MS, 20 * DAY_MS, ContactKind::View);
    assert_eq!(exam.protocol, Protocol::NextInVisit);
    assert_eq!(exam.shoppers(), 40);
    let (histories, answers) = questions(&exam, &log);
    assert_eq!(answers, BTreeMap::from([(2, 20), (3, 20)]));
    let weight = (0.2_f32).to_bits();
    let usual = vec![(0, weight), (1, weight)];
    assert_eq!(histories.iter().filter(|h| **h == usual).count(), 40);
    assert!(histories.iter().all(|h| *h == usual || *h == vec![(4, weight), (5, weight)]));
    // Only the one who began before the cut may be learnt from.
    assert_eq!(exam.train(&ContactWeights::default()).unwrap().matrix().nnz(), 1);
}

/// A log in which all 60 people are known before the cut and buy something after it.
fn random(dice: &mut Dice, cut_ms: i64) -> Vec<Contact> {
    let kinds = [ContactKind::View, ContactKind::Cart, ContactKind::Purchase, ContactKind::Review];
    let mut contacts = Vec::new();
    for user in 0..60 {
        contacts.push(bought(user, dice.below(20) as u32, cut_ms - 1));
        contacts.push(bought(user, 20 + dice.below(20) as u32, cut_ms));
        for _ in 0..dice.below(6) {
            let time_ms = dice.below(2 * cut_ms as u64) as i64;
            let kind = kinds[dice.below(4) as usize];
            let returned_ms = match dice.below(3) {
                0 if kind == ContactKind::Purchase => time_ms + dice.below(cut_ms as u64) as i64,
                _ => NEVER,
            };
            let item = dice.below(40) as u32;
            contacts.push(Contact { user, item, time_ms, kind, returned_ms });
        }
    }
    contacts
}

/// Everything from the cut on made up anew: contacts, and returns of what was bought before.
fn poisoned(contacts: &[Contact], dice: &mut Dice, cut_ms: i64) -> Vec<Contact> {
    let later = |dice: &mut Dice| cut_ms + dice.below(2 * cut_ms as u64) as i64;
    let mut poisoned: Vec<Contact> =
        contacts.iter().filter(|c| c.time_ms < cut_ms).copied().collect();
    for contact in poisoned.iter_mut().filter(|c| c.returned_ms >= cut_ms) {
        contact.returned_ms = if dice.below(2) == 0 { later(dice) } else { NEVER };
    }
    for user in 0..60 {
        poisoned.push(bought(user, 20 + dice.below(20) as u32, later(dice)));
        for _ in 0..dice.below(9) {
            poisoned.push(bought(user, dice.below(40) as u32, later(dice)));
        }
    }
    poisoned
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn nothing_from_the_cut_on_is_learnt_or_folded_in(
        seed in any::<u64>(), half_life in prop::option::of(Just(9.0_f32)),
    ) {
        let (mut dice, cut_ms) = (Dice(seed), 30 * DAY_MS);
        let weights = ContactWeights { half_life_days: half_life, ..ContactWeights::default() };
        let contacts = random(&mut dice, cut_ms);
        let clean = log(60, 40, contacts.clone());
        let other = log(60, 40, poisoned(&contacts, &mut dice, cut_ms));
        let exam = |log| Exam::new(log, cut_ms, 9 * cut_ms, ContactKind::Purchase);
        let (one, two) = (exam(&clean), exam(&other));
        prop_assert_eq!((one.protocol, two.protocol),
                        (Protocol::ReturningShoppers, Protocol::ReturningShoppers));
        let train = one.train(&weights).unwrap();
        prop_assert_eq!(&train, &two.train(&weights).unwrap());
        let mut rows: Vec<History> = (0..60)
            .map(|user| train.history(user).into_iter().map(|(i, w)| (i, w.to_bits())).collect())
            .collect();
        rows.sort();
        for exam in [one, two] {
            let spy = Spy { items: 40, knows: 0, asked: Mutex::default() };
            exam.judge(&spy, &weights).unwrap();
            let mut asked = spy.asked.into_inner().unwrap();
            asked.sort();
            prop_assert_eq!(&asked, &rows);
        }
    }
}
