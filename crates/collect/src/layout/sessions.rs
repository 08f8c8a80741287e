//! `sessions`: the items of one session per line, of those learnt from and of those asked about.
//!
//! Also read are the pickled lists that session benchmarks are often given in: a list of sessions,
//! or a pair of lists, the items before and the item that followed.

use std::path::{Path, PathBuf};

use super::pickle::{Pickled, unpickle};
use super::sequences::fields;
use super::text::{Numbering, each_line, find};
use super::{Benchmark, Test};
use crate::CollectError;

/// Reads sessions, each a user of its own; with a test file, or in a folder with `*train*` and
/// `*test*`, the cases to be asked too.
pub(crate) fn read(path: &Path, test: Option<&Path>) -> Result<Benchmark, CollectError> {
    let (train_file, test_file) = files(path, test)?;
    let mut items = Numbering::default();
    let mut train: Vec<Vec<u32>> = Vec::new();
    each_session(&train_file, |session, next| {
        let row = session.iter().chain(next).map(|item| items.of(item)).collect();
        train.push(row);
    })?;
    let mut cases: Vec<(Vec<u32>, u32)> = Vec::new();
    if let Some(file) = &test_file {
        each_session(file, |session, next| {
            let mut row: Vec<u32> = session.iter().chain(next).map(|item| items.of(item)).collect();
            if let (Some(last), false) = (row.pop(), row.is_empty()) {
                cases.push((row, last));
            }
        })?;
    }
    let (item_ids, item) = items.finish();
    let number = |one: &u32| item[*one as usize];
    let train_rows = train.iter().enumerate();
    let pairs = train_rows.flat_map(|(at, row)| row.iter().map(move |one| (at, one)));
    let one_case = |(row, next): &(Vec<u32>, u32)| (row.iter().map(number).collect(), number(next));
    Ok(Benchmark {
        n_users: train.len(),
        n_items: item_ids.len(),
        train: pairs.map(|(at, one)| (at as u32, number(one), 1.0)).collect(),
        times_s: Vec::new(),
        test: match test_file {
            Some(_) => Test::Next(cases.iter().map(one_case).collect()),
            None => Test::None,
        },
        user_ids: (1..=train.len()).map(|line| line.to_string()).collect(),
        item_ids,
    })
}

/// The train file and, if there is one, the test file.
fn files(path: &Path, test: Option<&Path>) -> Result<(PathBuf, Option<PathBuf>), CollectError> {
    if !path.is_dir() {
        return Ok((path.to_owned(), test.map(Path::to_owned)));
    }
    let train = find(path, "*train*", |name| name.contains("train"))?;
    let test = match test {
        Some(test) => test.to_owned(),
        None => find(path, "*test*", |name| name.contains("test"))?,
    };
    Ok((train, Some(test)))
}

/// Hands out each session's items and, where the file names it apart, the item that followed.
fn each_session(
    path: &Path,
    mut take: impl FnMut(&[String], Option<&String>),
) -> Result<(), CollectError> {
    match unpickle(path)? {
        Some(Pickled { sessions, next }) => {
            for (at, session) in sessions.iter().enumerate() {
                take(session, next.get(at));
            }
            Ok(())
        }
        None => each_line(path, |_, line| {
            take(&fields(line).map(str::to_owned).collect::<Vec<_>>(), None);
            Ok(())
        }),
    }
}
