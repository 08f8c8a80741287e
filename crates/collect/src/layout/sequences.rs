//! `sequences`: what each user did, in order, as `user item` lines or `user item item …` lines.

use std::path::Path;

use super::text::{Numbering, each_line};
use super::{Benchmark, Test};
use crate::CollectError;

/// Reads sequences; the caller withholds the last items.
pub(crate) fn read(path: &Path) -> Result<Benchmark, CollectError> {
    collect(path, |_, line, take| {
        let mut fields = fields(line);
        let user = fields.next().unwrap_or("");
        fields.for_each(|item| take(user, item));
    })
}

/// The fields of a line.
pub(crate) fn fields(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c.is_whitespace() || c == ',').filter(|field| !field.is_empty())
}

fn collect(
    path: &Path,
    each: impl Fn(u64, &str, &mut dyn FnMut(&str, &str)),
) -> Result<Benchmark, CollectError> {
    let (mut users, mut items) = (Numbering::default(), Numbering::default());
    let mut train = Vec::new();
    each_line(path, |number, line| {
        each(number, line, &mut |user, item| train.push((users.of(user), items.of(item), 1.0)));
        Ok(())
    })?;
    let (user_ids, user) = users.finish();
    let (item_ids, item) = items.finish();
    for (u, i, _) in &mut train {
        (*u, *i) = (user[*u as usize], item[*i as usize]);
    }
    Ok(Benchmark {
        n_users: user_ids.len(),
        n_items: item_ids.len(),
        train,
        times_s: Vec::new(),
        test: Test::None,
        user_ids,
        item_ids,
    })
}
