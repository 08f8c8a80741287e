//! Shops made by hand and by a seeded hand.

use event::{ItemId, UserKey};
use feature::{Contact, ContactKind, ContactLog};
use model::{IAlsConfig, ItemKnnConfig, ModelConfig, PopularityConfig};
use serve::training::{Candidate, TrainPlan};

pub const DAY_MS: i64 = 86_400_000;
pub const NEVER: i64 = i64::MAX;

/// SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

pub fn bought(user: u32, item: u32, time_ms: i64) -> Contact {
    Contact { user, item, time_ms, kind: ContactKind::Purchase, returned_ms: NEVER }
}

/// A log of so many people and items, contacts in any order.
pub fn log(users: u32, items: u32, mut contacts: Vec<Contact>) -> ContactLog {
    contacts.sort_by_key(|c| (c.user, c.time_ms));
    ContactLog {
        users: (0..users).map(|n| UserKey::user(&format!("{n:04}"))).collect(),
        items: (0..items).map(|n| ItemId::new(&format!("i{n:04}")).unwrap()).collect(),
        contacts,
        ..ContactLog::default()
    }
}

/// Everybody buys twice a week for half a year, among the items `choose` gives them.
pub fn weekly(
    users: u32,
    items: u32,
    seed: u64,
    mut choose: impl FnMut(u32, &mut Dice) -> u32,
) -> ContactLog {
    let mut dice = Dice(seed);
    let mut contacts = Vec::new();
    for user in 0..users {
        for half_week in 0..52 {
            let time_ms = half_week * 7 * DAY_MS / 2 + dice.below(DAY_MS as u64) as i64;
            contacts.push(bought(user, choose(user, &mut dice), time_ms));
        }
    }
    log(users, items, contacts)
}

/// Two groups with a hundred items each; nobody crosses over.
pub fn two_tastes(users: u32, seed: u64) -> ContactLog {
    weekly(users, 200, seed, |user, dice| 2 * dice.below(100) as u32 + user % 2)
}

/// Everybody chooses alike, some items more than others.
pub fn no_taste(users: u32, seed: u64) -> ContactLog {
    weekly(users, 200, seed, |_, dice| (0..3).map(|_| dice.below(200) as u32).min().unwrap_or(0))
}

/// Everybody chooses alike among a hundred items, and from day 98 on among forty others.
pub fn fashions(users: u32, seed: u64) -> ContactLog {
    let mut turn = 0;
    weekly(users, 140, seed, move |_, dice| {
        let half_week = turn % 52;
        turn += 1;
        match half_week < 28 {
            true => dice.below(100) as u32,
            false => 100 + dice.below(40) as u32,
        }
    })
}

/// One candidate per family, small and quick.
pub fn plan(seed: u64) -> TrainPlan {
    let one = |config| Candidate { config, half_life_days: None };
    let candidates = vec![
        one(ModelConfig::Popularity(PopularityConfig::default())),
        one(ModelConfig::ItemKnn(ItemKnnConfig::default())),
        one(ModelConfig::IAls(IAlsConfig { factors: 8, seed, ..IAlsConfig::default() })),
    ];
    TrainPlan::of(28, candidates, seed)
}
