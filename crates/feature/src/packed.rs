//! Rows of events packed into bytes, and the people in a heap of them.
//!
//! Problem: rows of some people lie in any order, some of them twice; give each person's moments,
//! each event once, in the order of time.
//! Method: number the people by a hash table; count their rows, place the rows by those counts
//! (distribution counting); of one person's rows with the same id keep the first in
//! `(time, deed)` by a table of twice their number, then sort what is left.
//! A row is `user · id · moment`, where `moment = 8 · time_ms + deed` sorts as `(time, deed)`.
//! Symbols: `n` rows, `m` rows of one person.
//! Time O(n) and O(m log m) per person; memory 28 bytes per row beside the bytes themselves.
//! Source: Knuth, The Art of Computer Programming 3 (1998), section 5.2, algorithm D (distribution
//! counting); section 6.4, algorithm L (linear probing).

use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, StringArray};
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::error::FeatureError;

/// What a person did, as habits tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Deed {
    /// Looked at an item.
    View,
    /// Changed the cart.
    Cart,
    /// Bought.
    Purchase,
    /// A custom event, such as a favourite.
    Custom,
    /// Anything else.
    Other,
}

impl Deed {
    const ALL: [Self; 5] = [Self::View, Self::Cart, Self::Purchase, Self::Custom, Self::Other];

    /// The deed of an event type.
    pub fn of_type(name: &str) -> Self {
        match name {
            "view" => Self::View,
            "cart" => Self::Cart,
            "purchase" => Self::Purchase,
            "custom" => Self::Custom,
            _ => Self::Other,
        }
    }
}

/// When something was done and what, in eight bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Moment(i64);

impl Moment {
    /// Packs; `None` where the time lies 36 million years away or further.
    pub fn new(time_ms: i64, deed: Deed) -> Option<Self> {
        Some(Self(time_ms.checked_mul(8)? + i64::from(deed as u8)))
    }

    /// When, milliseconds since 1970 UTC.
    pub fn time_ms(self) -> i64 {
        self.0 >> 3
    }

    /// What.
    pub fn deed(self) -> Deed {
        Deed::ALL.get((self.0 & 7) as usize).copied().unwrap_or(Deed::Other)
    }
}

/// Whether a key is a whole number or text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A 64-bit whole number.
    Whole,
    /// Text.
    Text,
}

/// The forms of a heap's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forms {
    /// Of the person's.
    pub user: Form,
    /// Of the event's.
    pub id: Form,
}

/// A key of a person or an event: the one way whole numbers and text are packed, compared and
/// hashed.
pub trait Key<'a>: Copy + Eq + Ord + Hash + Default {
    /// Which it is.
    const FORM: Form;

    /// Bytes it takes in a row.
    fn packed_bytes(self) -> usize;

    /// Appends it to a row.
    fn pack(self, row: &mut Vec<u8>);

    /// Takes it off the front of packed rows; `None` where they end.
    fn unpack(rows: &mut &'a [u8]) -> Option<Self>;

    /// Keys as a column.
    fn column(keys: &[Self]) -> ArrayRef;

    /// A number that differs where keys differ, as a rule.
    fn hash_u64(self) -> u64 {
        FxBuildHasher.hash_one(self)
    }
}

impl<'a> Key<'a> for i64 {
    const FORM: Form = Form::Whole;

    fn packed_bytes(self) -> usize {
        size_of::<Self>()
    }

    fn pack(self, row: &mut Vec<u8>) {
        row.extend_from_slice(&self.to_le_bytes());
    }

    fn unpack(rows: &mut &'a [u8]) -> Option<Self> {
        let (bytes, rest) = rows.split_first_chunk()?;
        *rows = rest;
        Some(Self::from_le_bytes(*bytes))
    }

    fn column(keys: &[Self]) -> ArrayRef {
        Arc::new(Int64Array::from(keys.to_vec()))
    }
}

impl<'a> Key<'a> for &'a str {
    const FORM: Form = Form::Text;

    fn packed_bytes(self) -> usize {
        size_of::<u64>() + self.len()
    }

    fn pack(self, row: &mut Vec<u8>) {
        row.extend_from_slice(&(self.len() as u64).to_le_bytes());
        row.extend_from_slice(self.as_bytes());
    }

    fn unpack(rows: &mut &'a [u8]) -> Option<Self> {
        let bytes = usize::try_from(i64::unpack(rows)?).ok()?;
        let (text, rest) = rows.split_at_checked(bytes)?;
        *rows = rest;
        std::str::from_utf8(text).ok()
    }

    fn column(keys: &[Self]) -> ArrayRef {
        Arc::new(StringArray::from(keys.to_vec()))
    }
}

/// Appends one row.
pub fn pack<'a>(row: &mut Vec<u8>, user: impl Key<'a>, id: impl Key<'a>, moment: Moment) {
    user.pack(row);
    id.pack(row);
    moment.0.pack(row);
}

/// The rows of chunks of bytes; no row lies across two chunks.
#[derive(Clone)]
struct Rows<'a> {
    chunks: std::slice::Iter<'a, Vec<u8>>,
    rest: &'a [u8],
}

impl<'a> Rows<'a> {
    fn next<U: Key<'a>, I: Key<'a>>(&mut self) -> Option<(U, I, Moment)> {
        while self.rest.is_empty() {
            self.rest = self.chunks.next()?;
        }
        let (user, id) = (U::unpack(&mut self.rest)?, I::unpack(&mut self.rest)?);
        Some((user, id, Moment(i64::unpack(&mut self.rest)?)))
    }
}

/// Hands over each person's moments in the order of time, people by key; answers how many rows
/// repeated an event.
pub fn each_person<'a, U: Key<'a>, I: Key<'a>>(
    chunks: &'a [Vec<u8>],
    mut each: impl FnMut(U, &[Moment]),
) -> Result<u64, FeatureError> {
    let rows = Rows { chunks: chunks.iter(), rest: &[] };
    let mut number: FxHashMap<U, u32> = FxHashMap::default();
    let mut users: Vec<(U, u32)> = Vec::new(); // and how many rows
    let mut who: Vec<u32> = Vec::new();
    let mut reading = rows.clone();
    while let Some((user, _, _)) = reading.next::<U, I>() {
        let person = *number.entry(user).or_insert_with(|| {
            users.push((user, 0));
            users.len() as u32 - 1
        });
        users[person as usize].1 += 1;
        who.push(person);
        if who.len() == u32::MAX as usize {
            return Err(FeatureError::TooLarge { n_rows: who.len(), n_cols: 1 });
        }
    }
    let mut end = 0_usize;
    let mut ends: Vec<usize> = Vec::with_capacity(users.len());
    for (_, count) in &users {
        ends.push(end);
        end += *count as usize;
    }
    let mut placed: Vec<(Moment, I)> = vec![Default::default(); who.len()];
    let mut reading = rows;
    for person in &who {
        let Some((_, id, moment)) = reading.next::<U, I>() else { break };
        let at = &mut ends[*person as usize];
        placed[*at] = (moment, id);
        *at += 1;
    }
    let mut order: Vec<u32> = (0..users.len() as u32).collect();
    order.sort_unstable_by_key(|person| users[*person as usize].0);
    let mut once = Once::default();
    let mut duplicates = 0;
    for person in order {
        let ((user, count), end) = (users[person as usize], ends[person as usize]);
        let moments = once.of(&mut placed[end - count as usize..end]);
        duplicates += u64::from(count) - moments.len() as u64;
        each(user, moments);
    }
    Ok(duplicates)
}

/// Drops what repeats an id. Its tables are kept from person to person.
#[derive(Default)]
struct Once {
    /// Position + 1 of a row already kept, by the hash of its id; 0 for none.
    table: Vec<u32>,
    moments: Vec<Moment>,
}

impl Once {
    fn of<'a, I: Key<'a>>(&mut self, rows: &mut [(Moment, I)]) -> &[Moment] {
        let slots = (2 * rows.len()).next_power_of_two();
        self.table.clear();
        self.table.resize(slots, 0);
        let mut kept = 0;
        for row in 0..rows.len() {
            let (moment, id) = rows[row];
            let mut slot = id.hash_u64() as usize & (slots - 1);
            loop {
                match self.table[slot] {
                    0 => {
                        rows[kept] = (moment, id);
                        kept += 1;
                        self.table[slot] = kept as u32;
                        break;
                    }
                    at if rows[at as usize - 1].1 == id => {
                        let first = &mut rows[at as usize - 1].0;
                        *first = moment.min(*first);
                        break;
                    }
                    _ => slot = (slot + 1) & (slots - 1),
                }
            }
        }
        self.moments.clear();
        self.moments.extend(rows[..kept].iter().map(|(moment, _)| *moment));
        self.moments.sort_unstable();
        &self.moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_pack_and_sort_by_time_then_deed() {
        for time_ms in [0, -1, 1, -1_511_539_200_001, 1_511_539_200_000] {
            for deed in Deed::ALL {
                let moment = Moment::new(time_ms, deed).unwrap();
                assert_eq!((moment.time_ms(), moment.deed()), (time_ms, deed));
            }
        }
        assert!(Moment::new(-1, Deed::Other) < Moment::new(0, Deed::View));
        assert_eq!(Moment::new(i64::MAX, Deed::View), None);
        assert_eq!(Moment::new(i64::MIN, Deed::View), None);
    }

    #[test]
    fn of_one_id_the_first_in_time_stays() {
        let mut chunk = Vec::new();
        for (user, id, ms) in [("b", 1, 9), ("a", 1, 5), ("b", 1, 3), ("b", 2, 4), ("b", 1, 3)] {
            pack(&mut chunk, user, id as i64, Moment::new(ms, Deed::View).unwrap());
        }
        let mut seen = Vec::new();
        let chunks = [chunk];
        let duplicates = each_person::<&str, i64>(&chunks, |user, moments| {
            seen.push((user, moments.iter().map(|m| m.time_ms()).collect::<Vec<_>>()));
        });
        assert_eq!(duplicates.unwrap(), 2);
        assert_eq!(seen, [("a", vec![5]), ("b", vec![3, 4])]);
    }

    #[test]
    fn bytes_that_end_within_a_row_are_no_row() {
        let mut chunk = Vec::new();
        pack(&mut chunk, 1_i64, 1_i64, Moment::new(1, Deed::View).unwrap());
        chunk.pop();
        let mut people = 0;
        assert_eq!(each_person::<i64, i64>(&[chunk], |_, _| people += 1).unwrap(), 0);
        assert_eq!(people, 0);
    }
}
