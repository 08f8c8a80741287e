//! `ncf` (He et al. 2017): `*train*` with `user item rating time`, `*test.rating` with the item
//! withheld from each user, `*test.negative` with `(user,item)` and the items it is ranked among.

use std::path::Path;

use super::ratings::{Row, rows};
use super::text::{Numbering, each_line, find, wrong};
use super::{Benchmark, Test};
use crate::CollectError;

/// Reads the folder. A case is a line of the negatives file; without its head `(user,item)` it
/// belongs to the same line of the ratings file.
pub(crate) fn read(folder: &Path) -> Result<Benchmark, CollectError> {
    let is_train = |name: &str| {
        name.ends_with("train.rating") || name.ends_with("train.tsv") || name.ends_with("train.csv")
    };
    let train_file = find(folder, "ncf-train.tsv or *.train.rating", is_train)?;
    let test_file = find(folder, "*.test.rating", |name| name.ends_with("test.rating"))?;
    let negatives = find(folder, "*.test.negative", |name| name.ends_with("test.negative"))?;
    let (mut users, mut items) = (Numbering::default(), Numbering::default());
    let mut number = |row: &Row<'_>| (users.of(row.user), items.of(row.item), row.rating);
    let (mut train, mut times_s, mut withheld) = (Vec::new(), Vec::new(), Vec::new());
    rows(&train_file, |row| {
        train.push(number(&row));
        times_s.extend(row.time_s);
    })?;
    rows(&test_file, |row| withheld.push(number(&row)))?;
    let mut cases: Vec<(u32, u32, Vec<u32>)> = Vec::new();
    each_line(&negatives, |line_number, line| {
        let mut fields = line.split_whitespace().peekable();
        let head = fields.next_if(|field| field.starts_with('('));
        let (user, item) = match head {
            Some(head) => {
                let pair = head.trim_matches(['(', ')']).split_once(',');
                let (user, item) = pair
                    .ok_or_else(|| wrong(&negatives, line_number, "does not begin (user,item)"))?;
                (users.of(user.trim()), items.of(item.trim()))
            }
            None => withheld
                .get(cases.len())
                .map(|(user, item, _)| (*user, *item))
                .ok_or_else(|| wrong(&negatives, line_number, "belongs to no line of ratings"))?,
        };
        cases.push((user, item, fields.map(|field| items.of(field)).collect()));
        Ok(())
    })?;
    let (user_ids, user) = users.finish();
    let (item_ids, item) = items.finish();
    for (u, i, others) in &mut cases {
        *u = user[*u as usize];
        *i = item[*i as usize];
        others.iter_mut().for_each(|other| *other = item[*other as usize]);
    }
    let train: Vec<_> =
        train.into_iter().map(|(u, i, r)| (user[u as usize], item[i as usize], r)).collect();
    if times_s.len() != train.len() {
        times_s.clear();
    }
    Ok(Benchmark {
        n_users: user_ids.len(),
        n_items: item_ids.len(),
        train,
        times_s,
        test: Test::Among(cases),
        user_ids,
        item_ids,
    })
}
