//! `lightgcn`: a folder with `train.txt` and `test.txt`; each line is a user and its items.

use std::path::Path;

use super::text::{Numbering, each_line, find};
use super::{Benchmark, Test};
use crate::CollectError;

/// Reads the folder. A user of the test file without items has nothing to be found.
pub(crate) fn read(folder: &Path) -> Result<Benchmark, CollectError> {
    let train_file = find(folder, "train.txt", |name| name == "train.txt")?;
    let test_file = find(folder, "test.txt", |name| name == "test.txt")?;
    let (mut users, mut items) = (Numbering::default(), Numbering::default());
    let mut pairs = |file: &Path| {
        let mut pairs = Vec::new();
        each_line(file, |_, line| {
            let mut fields = line.split_whitespace();
            let user = users.of(fields.next().unwrap_or(""));
            pairs.extend(fields.map(|item| (user, items.of(item))));
            Ok(())
        })?;
        Ok::<_, CollectError>(pairs)
    };
    let train = pairs(&train_file)?;
    let withheld = pairs(&test_file)?;
    let (user_ids, user) = users.finish();
    let (item_ids, item) = items.finish();
    let mut test = vec![Vec::new(); user_ids.len()];
    for (u, i) in withheld {
        test[user[u as usize] as usize].push(item[i as usize]);
    }
    let train = train.into_iter().map(|(u, i)| (user[u as usize], item[i as usize], 1.0));
    Ok(Benchmark {
        n_users: user_ids.len(),
        n_items: item_ids.len(),
        train: train.collect(),
        times_s: Vec::new(),
        test: Test::Items(test),
        user_ids,
        item_ids,
    })
}
