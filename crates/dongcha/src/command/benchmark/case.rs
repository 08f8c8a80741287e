//! What a benchmark lets models learn from and what it asks, by layout and by option.

use anyhow::Result;
use collect::layout::{Benchmark, BenchmarkLayout, Test};
use feature::sequences::latest_of_each;
use feature::split::{Interaction, Split, global_time_split, leave_last_out, to_matrix};
use feature::{Csr, Sequences};
use model::{
    GivenNegatives, Held, TrainSet, last_of_each, negatives_for, one_of_each, tenth_of_each,
};

use crate::trouble::both;

/// Negatives of a case that validates a protocol with given negatives.
const NEGATIVES: usize = 99;
/// One session in so many is held out where no test file says which.
const SESSIONS_HELD_EVERY: usize = 10;

/// How the held-out part is made, where the options say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cut {
    /// Asks about a part of what may be learnt from, never about the test part.
    pub is_validation: bool,
    /// The latest share of all interactions is the test part.
    pub latest_share: Option<f64>,
    /// Seed of every draw.
    pub seed: u64,
}

/// A benchmark ready to be judged on.
pub struct Case {
    /// What models learn from.
    pub train: TrainSet,
    /// The protocol in words.
    pub protocol: String,
    /// What they are asked.
    pub question: Question,
    /// Users (or sessions) with too little to be asked about.
    pub not_asked: usize,
}

/// What models are asked.
pub enum Question {
    /// Items of the users learnt from, full ranking.
    Known(Csr),
    /// Items of people folded in from their histories, full ranking without `hidden`.
    Folded {
        /// What is known of each.
        histories: Box<TrainSet>,
        /// What is not ranked.
        hidden: Csr,
        /// What is to be found.
        test: Csr,
    },
    /// One item each among negatives.
    Among(Vec<GivenNegatives>),
}

impl Case {
    /// The case that a layout and the options make of a benchmark.
    pub fn of(benchmark: Benchmark, layout: BenchmarkLayout, cut: &Cut) -> Result<Self> {
        if let Some(share) = cut.latest_share {
            return by_time(&benchmark, share, cut.is_validation);
        }
        let shape = (benchmark.n_users, benchmark.n_items);
        match &benchmark.test {
            Test::Items(items) => {
                let all = implicit(&benchmark)?;
                if cut.is_validation {
                    return tenth(&all, cut.seed);
                }
                let one = |(user, items): (usize, &Vec<u32>)| -> Vec<(u32, u32)> {
                    items.iter().map(|&item| (user as u32, item)).collect()
                };
                let test: Vec<_> = items.iter().enumerate().flat_map(one).collect();
                Ok(Self {
                    not_asked: items.iter().filter(|items| items.is_empty()).count(),
                    train: all,
                    protocol: "given split, full ranking".to_owned(),
                    question: Question::Known(pairs(&test, shape)?),
                })
            }
            Test::Among(cases) => among(&benchmark, cases, cut),
            Test::Next(cases) => sessions(&benchmark, Some(cases), cut.is_validation),
            Test::None => match layout {
                BenchmarkLayout::Sequences => last_two(&benchmark, cut.is_validation),
                BenchmarkLayout::Sessions => sessions(&benchmark, None, cut.is_validation),
                _ => last_by_time(&benchmark, cut.is_validation),
            },
        }
    }
}

/// A seeded tenth of each user's items.
fn tenth(all: &TrainSet, seed: u64) -> Result<Case> {
    let Held { train, held } = tenth_of_each(all, seed)?;
    let test = pairs(&held, (all.n_users(), all.n_items()))?;
    let not_asked = (0..all.n_users()).filter(|&user| test.row(user).0.is_empty()).count();
    let protocol = format!("validation: a tenth of each user's train items (seed {seed}), full");
    Ok(Case { train, protocol: protocol + " ranking", question: Question::Known(test), not_asked })
}

/// One item of each user among given negatives; in validation the last train item among drawn ones,
/// or a drawn one where no times say which is the last.
fn among(benchmark: &Benchmark, cases: &[(u32, u32, Vec<u32>)], cut: &Cut) -> Result<Case> {
    let all = implicit(benchmark)?;
    let seed = cut.seed;
    if !cut.is_validation {
        let case = |(user, positive, negatives): &(u32, u32, Vec<u32>)| GivenNegatives {
            user: *user,
            positive: *positive,
            negatives: negatives.clone(),
        };
        return Ok(Case {
            not_asked: benchmark.n_users.saturating_sub(cases.len()),
            train: all,
            protocol: "leave last out, given negatives".to_owned(),
            question: Question::Among(cases.iter().map(case).collect()),
        });
    }
    let (which, Held { train, held }) = match benchmark.times_s.is_empty() {
        true => ("a drawn", one_of_each(&all, seed)?),
        false => ("the last", last_of_each(&all, &|_, n| n >= 2)?),
    };
    Ok(Case {
        not_asked: all.n_users() - held.len(),
        protocol: format!(
            "validation: {which} train item among {NEGATIVES} items never met in train (seed \
             {seed})"
        ),
        question: Question::Among(negatives_for(&held, all.matrix(), NEGATIVES, seed)),
        train,
    })
}

/// The last item of each user is the test, the one before it validation; users with fewer than 3
/// items are learnt from and not asked about.
fn last_two(benchmark: &Benchmark, is_validation: bool) -> Result<Case> {
    let all = implicit(benchmark)?;
    let shape = (all.n_users(), all.n_items());
    let known = last_of_each(&all, &|_, n| n >= 3)?;
    let mut is_asked = vec![false; all.n_users()];
    known.held.iter().for_each(|one| is_asked[one.0 as usize] = true);
    let learnt = last_of_each(&known.train, &|user, _| is_asked[user as usize])?;
    let (protocol, question) = if is_validation {
        let protocol = "validation: the last item but one from those before it, full ranking";
        (protocol, Question::Known(pairs(&learnt.held, shape)?))
    } else {
        let protocol = "the last item from all before it, learnt without the last two, full \
                        ranking";
        let hidden = known.train.matrix().clone();
        let test = pairs(&known.held, shape)?;
        (protocol, Question::Folded { histories: Box::new(known.train), hidden, test })
    };
    Ok(Case {
        not_asked: all.n_users() - known.held.len(),
        train: learnt.train,
        protocol: protocol.to_owned(),
        question,
    })
}

/// The last item of each user by time; in validation the last of what then remains.
fn last_by_time(benchmark: &Benchmark, is_validation: bool) -> Result<Case> {
    let shape = (benchmark.n_users, benchmark.n_items);
    let mut split = leave_last_out(&rows(benchmark));
    let mut protocol = "leave last out, full ranking";
    if is_validation {
        split = leave_last_out(&split.train);
        protocol = "validation: the last but one of each user, full ranking";
    }
    Ok(Case {
        not_asked: shape.0 - split.test.len(),
        train: once_each(&Sequences::from_interactions(&split.train, shape.0, shape.1)?)?,
        protocol: protocol.to_owned(),
        question: Question::Known(to_matrix(&split.test, shape.0, shape.1)?),
    })
}

/// The latest share of all interactions; in validation the latest share of those before.
fn by_time(benchmark: &Benchmark, share: f64, is_validation: bool) -> Result<Case> {
    if benchmark.times_s.is_empty() || benchmark.test != Test::None {
        return Err(both(
            "--split time needs times and a layout without a test part: ratings with a fourth \
             column",
            "--split time 需要时间列且布局不含测试部分：即带第四列的 ratings",
        ));
    }
    let shape = (benchmark.n_users, benchmark.n_items);
    let mut split = latest(&rows(benchmark), share);
    let mut protocol = format!("the latest {share} of interactions, full ranking");
    if is_validation {
        split = latest(&split.train, share);
        protocol = format!("validation: the latest {share} before the test part, full ranking");
    }
    let mut has_history = vec![false; shape.0];
    split.train.iter().for_each(|one| has_history[one.user as usize] = true);
    let mut is_new = vec![false; shape.0];
    for one in &split.test {
        is_new[one.user as usize] |= !has_history[one.user as usize];
    }
    split.test.retain(|one| has_history[one.user as usize]);
    Ok(Case {
        not_asked: is_new.into_iter().filter(|new| *new).count(),
        train: once_each(&Sequences::from_interactions(&split.train, shape.0, shape.1)?)?,
        protocol,
        question: Question::Known(to_matrix(&split.test, shape.0, shape.1)?),
    })
}

fn latest(rows: &[Interaction], share: f64) -> Split {
    let mut times: Vec<i64> = rows.iter().map(|one| one.time_ms).collect();
    times.sort_unstable();
    let place = (times.len() as f64 * (1.0 - share)).floor() as usize;
    global_time_split(rows, times.get(place).copied().unwrap_or(i64::MAX))
}

/// The next item of sessions not learnt from: those of the test file at the positions it gives, or
/// the last item of the last tenth of the lines; in validation always the latter. Items met may
/// come again, so all are ranked.
fn sessions(
    benchmark: &Benchmark,
    cases: Option<&[(Vec<u32>, u32)]>,
    is_validation: bool,
) -> Result<Case> {
    let (n_sessions, n_items) = (benchmark.n_users, benchmark.n_items);
    let mut all: Vec<Vec<u32>> = vec![Vec::new(); n_sessions];
    benchmark.train.iter().for_each(|one| all[one.0 as usize].push(one.1));
    let held_out = |all: &mut Vec<Vec<u32>>| -> Vec<(Vec<u32>, u32)> {
        let held = all.split_off(all.len() - all.len() / SESSIONS_HELD_EVERY);
        let case = |mut row: Vec<u32>| row.pop().map(|last| (row, last));
        held.into_iter().filter_map(case).collect()
    };
    let mut protocol = "the next item of each test case, sessions apart, all items ranked";
    let mut asked = match cases {
        Some(cases) => cases.to_vec(),
        None => {
            protocol = "the last item of the last tenth of sessions, all items ranked";
            held_out(&mut all)
        }
    };
    if is_validation {
        protocol = "validation: the last item of the last tenth of train sessions, all items \
                    ranked";
        asked = held_out(&mut all);
    }
    let n_asked = asked.len();
    asked.retain(|case| !case.0.is_empty());
    let weighted = |row: &[u32]| row.iter().map(|&item| (item, 1.0)).collect::<Vec<_>>();
    let ordered = |rows: Vec<&[u32]>| -> Result<TrainSet> {
        let mut sequences = Sequences::new(n_items);
        rows.into_iter().try_for_each(|row| sequences.push(&weighted(row)))?;
        Ok(TrainSet::ordered(sequences)?)
    };
    let test: Vec<_> = asked.iter().enumerate().map(|(at, case)| (at as u32, case.1)).collect();
    Ok(Case {
        train: ordered(all.iter().map(Vec::as_slice).collect())?,
        protocol: protocol.to_owned(),
        not_asked: n_asked - asked.len(),
        question: Question::Folded {
            histories: Box::new(ordered(asked.iter().map(|case| case.0.as_slice()).collect())?),
            hidden: Csr::empty(asked.len(), n_items),
            test: pairs(&test, (asked.len(), n_items))?,
        },
    })
}

/// Users × items with 1 at each pair.
fn pairs(pairs: &[(u32, u32)], (n_users, n_items): (usize, usize)) -> Result<Csr> {
    let ones: Vec<_> = pairs.iter().map(|&(user, item)| (user, item, 1.0)).collect();
    Ok(Csr::from_triplets(n_users, n_items, &ones)?)
}

/// The train rows as interactions in the order of time, where it is known, else of the file.
fn rows(benchmark: &Benchmark) -> Vec<Interaction> {
    let time = |at: usize| benchmark.times_s.get(at).map_or(at as i64, |s| s.saturating_mul(1000));
    let one = |(at, &(user, item, _)): (usize, &(u32, u32, f32))| Interaction {
        user,
        item,
        time_ms: time(at),
        weight: 1.0,
    };
    let mut rows: Vec<Interaction> = benchmark.train.iter().enumerate().map(one).collect();
    rows.sort_by_key(|one| one.time_ms);
    rows
}

/// The train part as implicit feedback.
fn implicit(benchmark: &Benchmark) -> Result<TrainSet> {
    let (n_users, n_items) = (benchmark.n_users, benchmark.n_items);
    // The rows take three times what is made of them: they go before more is made.
    let all = {
        let rows = rows(benchmark);
        Sequences::from_interactions(&rows, n_users, n_items)?
    };
    once_each(&all)
}

/// Histories in order: each item once per user, where it was met last, with weight 1.
fn once_each(all: &Sequences) -> Result<TrainSet> {
    let mut once = Sequences::new(all.n_items());
    for user in 0..all.n_rows() {
        let row = latest_of_each(all.row(user));
        once.push(&row.iter().map(|&(item, _)| (item, 1.0)).collect::<Vec<_>>())?;
    }
    Ok(TrainSet::ordered(once)?)
}
