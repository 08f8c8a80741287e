//! `ratings`: a row per rating, `user item [rating [time]]`, separated by tabs, commas, `::`,
//! `;` or blanks; a header is found by its third field, or its first, being no number.

use std::path::Path;

use super::text::{Numbering, each_line, wrong};
use super::{Benchmark, Test};
use crate::CollectError;

/// One rating.
pub(crate) struct Row<'a> {
    /// The user's id.
    pub user: &'a str,
    /// The item's id.
    pub item: &'a str,
    /// Stars, or 1.
    pub rating: f32,
    /// Unix seconds.
    pub time_s: Option<i64>,
}

/// Reads every row of a file.
pub(crate) fn rows(path: &Path, mut take: impl FnMut(Row<'_>)) -> Result<(), CollectError> {
    let mut mark = None;
    let mut first = true;
    each_line(path, |number, line| {
        let mark = *mark.get_or_insert_with(|| separator(line));
        let fields: Vec<&str> = match mark {
            Some(mark) => line.split(mark).map(|f| f.trim().trim_matches('"')).collect(),
            None => line.split_whitespace().collect(),
        };
        let is_header = std::mem::take(&mut first) && is_header(&fields);
        if is_header {
            return Ok(());
        }
        let [user, item, rest @ ..] = fields.as_slice() else {
            return Err(wrong(path, number, "has fewer than two fields"));
        };
        let rating = match rest.first() {
            None => 1.0,
            Some(text) => text.parse().map_err(|_| wrong(path, number, "has no rating"))?,
        };
        let time_s = rest.get(1).and_then(|text| text.parse::<f64>().ok()).map(|t| t as i64);
        take(Row { user, item, rating, time_s });
        Ok(())
    })
}

/// The separator of a line; blanks where it has none of the others.
fn separator(line: &str) -> Option<&'static str> {
    ["::", "\t", ";", ","].into_iter().find(|mark| line.contains(mark))
}

fn is_header(fields: &[&str]) -> bool {
    let number = |i: usize| fields.get(i).is_none_or(|text| text.parse::<f64>().is_ok());
    !number(2) || (!number(0) && !number(1))
}

/// Reads a file; it has no test set.
pub(crate) fn read(path: &Path) -> Result<Benchmark, CollectError> {
    let (mut users, mut items) = (Numbering::default(), Numbering::default());
    let (mut train, mut times_s) = (Vec::new(), Vec::new());
    rows(path, |row| {
        train.push((users.of(row.user), items.of(row.item), row.rating));
        times_s.extend(row.time_s);
    })?;
    let (user_ids, user) = users.finish();
    let (item_ids, item) = items.finish();
    for (u, i, _) in &mut train {
        (*u, *i) = (user[*u as usize], item[*i as usize]);
    }
    if times_s.len() != train.len() {
        times_s.clear();
    }
    Ok(Benchmark {
        n_users: user_ids.len(),
        n_items: item_ids.len(),
        train,
        times_s,
        test: Test::None,
        user_ids,
        item_ids,
    })
}
