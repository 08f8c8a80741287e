//! Gradient-boosted trees for yes and no: each tree corrects what those before it got wrong.
//!
//! `z(x) = ln(P / N) + Σ_t tree_t(x)`, `p = 1 / (1 + e^−z)`; tree `t` is grown on the log loss's
//! slopes `g = p − y` and `h = p · (1 − p)`, on a seeded share of rows and columns. How many leaves
//! a tree has and how many trees there are is chosen by cross-validation inside the rows given:
//! folds are boosted side by side, and the pair with the smallest mean loss on the folds left out
//! is then fitted to all rows. A row's explanation follows its path: a step from a node to its
//! child adds the difference of their values to the column split (path attribution), so that the
//! contributions and the base sum to `z`.
//!
//! Symbols: `x`, a row (columns); `y`, label, 0 or 1; `z`, log-odds; `P`, `N`, rows of yes and no.
//! Time `O(candidates · folds · trees · rows · columns · depth)` to fit, `O(trees · depth)` per
//! row; memory `O(candidates · folds · rows + rows · columns)`.
//! Source: J. Friedman, "Greedy function approximation: a gradient boosting machine", Annals of
//! Statistics 29, 2001, section 4.4; T. Chen and C. Guestrin, "XGBoost", KDD 2016, section 2; A.
//! Saabas, "Interpreting random forests", 2014 (path attribution).

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base_rate;
use crate::bins::Bins;
use crate::calibration::{log_loss, probability};
use crate::classifier::{Classifier, FittedClassifier, Reasons, value};
use crate::cross_validation::deal;
use crate::error::ModelError;
use crate::fitted::check_config;
use crate::histogram_tree::{Growth, Node, Tree};
use crate::seed::Stream;
use crate::table::LabelledTable;
use crate::tensors::{Tensors, TensorsOut};

/// How trees are boosted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BoostedTreesConfig {
    /// Leaves of a tree that are tried, 2 to 256 each; of equals the first wins.
    pub leaves: Vec<usize>,
    /// Trees at most, 1 to 10,000.
    pub rounds_max: usize,
    /// Rounds without a better loss after which a candidate is given up, 1 or more.
    pub patience: usize,
    /// Shrinkage `η` of a tree's values, above 0 and up to 1.
    pub learning_rate: f64,
    /// L2 penalty `λ` on the values, 0 or more.
    pub l2: f64,
    /// Rows that each side of a split needs.
    pub min_child_rows: usize,
    /// Sum of `h` that each side of a split needs, 0 or more.
    pub min_child_hessian: f64,
    /// Share of rows that each tree learns from, above 0 and up to 1.
    pub row_share: f64,
    /// Share of columns that each tree may split, above 0 and up to 1.
    pub column_share: f64,
    /// Folds of the inner cross-validation, 2 or more; fewer where a label has fewer rows.
    pub inner_folds: usize,
    /// Seed of the shares and the inner folds.
    pub seed: u64,
}

/// Tree sizes and their number are chosen by the inner folds; the rest are what the two well-known
/// libraries have by default (`λ` 1, 1 and 20 per side of a split), half LightGBM's step of 0.1,
/// and four fifths of rows and columns.
impl Default for BoostedTreesConfig {
    fn default() -> Self {
        Self {
            leaves: vec![4, 8, 16],
            rounds_max: 1_000,
            patience: 20,
            learning_rate: 0.05,
            l2: 1.0,
            min_child_rows: 20,
            min_child_hessian: 1.0,
            row_share: 0.8,
            column_share: 0.8,
            inner_folds: 5,
            seed: 42,
        }
    }
}

impl BoostedTreesConfig {
    fn check(&self) -> Result<(), ModelError> {
        let name = BoostedTrees::NAME;
        let is_share = |share: f64| share > 0.0 && share <= 1.0;
        let is_penalty = |penalty: f64| penalty.is_finite() && penalty >= 0.0;
        let leaves_fit = !self.leaves.is_empty() && self.leaves.iter().all(|n| is_in(*n, 2, 256));
        let shown = format!("{:?}", self.leaves);
        check_config(leaves_fit, name, "leaves", shown, "a list of 2 to 256 each")?;
        let rounds = self.rounds_max;
        check_config(is_in(rounds, 1, 10_000), name, "rounds_max", rounds, "1 to 10000")?;
        check_config(self.patience >= 1, name, "patience", self.patience, "1 or more")?;
        check_config(self.inner_folds >= 2, name, "inner_folds", self.inner_folds, "2 or more")?;
        for (field, share) in [
            ("learning_rate", self.learning_rate),
            ("row_share", self.row_share),
            ("column_share", self.column_share),
        ] {
            check_config(is_share(share), name, field, share, "above 0 and up to 1")?;
        }
        for (field, penalty) in [("l2", self.l2), ("min_child_hessian", self.min_child_hessian)] {
            check_config(is_penalty(penalty), name, field, penalty, "finite and 0 or more")?;
        }
        Ok(())
    }
}

fn is_in(number: usize, low: usize, high: usize) -> bool {
    (low..=high).contains(&number)
}

/// How much a boosted model may learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// Leaves of each tree.
    pub leaves: usize,
    /// Number of trees.
    pub rounds: usize,
}

/// Fitted boosted trees.
#[derive(Debug, Clone, PartialEq)]
pub struct BoostedTrees {
    config: BoostedTreesConfig,
    n_columns: usize,
    capacity: Capacity,
    base: f64,
    trees: Vec<Tree>,
}

impl BoostedTrees {
    /// The capacity that inner cross-validation on a table chooses.
    ///
    /// # Errors
    /// As [`FittedClassifier::fit`].
    pub fn choose(
        config: &BoostedTreesConfig,
        table: &LabelledTable,
    ) -> Result<Capacity, ModelError> {
        config.check()?;
        table.check(Self::NAME)?;
        let table = table.select(&table.order());
        let bins = Bins::new(&table);
        let yes = table.n_positive();
        let folds = config.inner_folds.min(yes).min(table.n_rows() - yes);
        let order: Vec<usize> = (0..table.n_rows()).collect();
        let fold = deal(&table, &order, folds, config.seed);
        let candidates: Vec<(f64, Capacity)> = config
            .leaves
            .par_iter()
            .map(|&leaves| {
                let booster = |number: usize| {
                    Booster::new(config, leaves, &bins, &table, |row| fold[row] != number)
                };
                best_rounds(config, (0..folds).map(booster).collect(), leaves)
            })
            .collect();
        let best = candidates.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
        Ok(best.map_or(Capacity { leaves: 2, rounds: 1 }, |(_, capacity)| capacity))
    }

    /// Trains to a capacity that was chosen before.
    ///
    /// # Errors
    /// As [`FittedClassifier::fit`].
    pub fn fit_to(
        config: &BoostedTreesConfig,
        table: &LabelledTable,
        capacity: Capacity,
    ) -> Result<Self, ModelError> {
        config.check()?;
        table.check(Self::NAME)?;
        let table = table.select(&table.order());
        let bins = Bins::new(&table);
        let mut booster = Booster::new(config, capacity.leaves, &bins, &table, |_| true);
        (0..capacity.rounds).for_each(|_| booster.round());
        Ok(Self {
            config: config.clone(),
            n_columns: table.n_columns(),
            capacity,
            base: base_rate::log_odds(&table),
            trees: booster.trees,
        })
    }
}

/// Boosts folds side by side; the smallest sum of their losses, and when it was reached.
fn best_rounds(
    config: &BoostedTreesConfig,
    mut folds: Vec<Booster<'_>>,
    leaves: usize,
) -> (f64, Capacity) {
    let mut best = (f64::INFINITY, Capacity { leaves, rounds: 1 });
    for rounds in 1..=config.rounds_max {
        let one = |fold: &mut Booster<'_>| {
            fold.round();
            fold.watched_loss()
        };
        let losses: Vec<f64> = folds.par_iter_mut().map(one).collect();
        let loss: f64 = losses.iter().sum();
        if loss < best.0 {
            best = (loss, Capacity { leaves, rounds });
        } else if rounds - best.1.rounds >= config.patience {
            break;
        }
    }
    best
}

/// Boosting under way on some of a table's rows.
struct Booster<'a> {
    config: &'a BoostedTreesConfig,
    leaves: usize,
    bins: &'a Bins,
    labels: &'a [bool],
    rows: Vec<u32>,
    watched: Vec<u32>,
    log_odds: Vec<f64>,
    slopes: Vec<(f64, f64)>,
    trees: Vec<Tree>,
}

impl<'a> Booster<'a> {
    fn new(
        config: &'a BoostedTreesConfig,
        leaves: usize,
        bins: &'a Bins,
        table: &'a LabelledTable,
        is_learnt: impl Fn(usize) -> bool,
    ) -> Self {
        let labels = table.labels();
        let all = 0..labels.len() as u32;
        let (rows, watched): (Vec<u32>, Vec<u32>) = all.partition(|&row| is_learnt(row as usize));
        let yes = rows.iter().filter(|&&row| labels[row as usize]).count();
        let base = (yes as f64 / (rows.len() - yes) as f64).ln();
        let log_odds = vec![base; labels.len()];
        let slopes = vec![(0.0, 0.0); labels.len()];
        Self { config, leaves, bins, labels, rows, watched, log_odds, slopes, trees: Vec::new() }
    }

    /// Grows one more tree.
    fn round(&mut self) {
        for &row in &self.rows {
            let p = probability(self.log_odds[row as usize]);
            let label = f64::from(self.labels[row as usize]);
            self.slopes[row as usize] = (p - label, (p * (1.0 - p)).max(1e-16));
        }
        let draws = Stream::new(self.config.seed).fork(self.trees.len() as u64);
        let share = self.config.row_share;
        let is_drawn = |row: &u32| f64::from(draws.unit(u64::from(*row))) < share;
        let (mut learnt, mut passing): (Vec<u32>, Vec<u32>) =
            self.rows.iter().partition(|row| is_drawn(row));
        if learnt.is_empty() {
            std::mem::swap(&mut learnt, &mut passing);
        }
        passing.extend(&self.watched);
        let columns = columns(self.bins.n_columns(), self.config.column_share, draws.fork(1));
        let growth = Growth {
            bins: self.bins,
            columns: &columns,
            slopes: &self.slopes,
            leaves: self.leaves,
            l2: self.config.l2,
            shrinkage: self.config.learning_rate,
            min_child_rows: self.config.min_child_rows,
            min_child_hessian: self.config.min_child_hessian,
        };
        let grown = growth.grow(learnt, passing);
        for (value, rows) in &grown.leaves {
            rows.iter().for_each(|&row| self.log_odds[row as usize] += value);
        }
        self.trees.push(grown.tree);
    }

    fn watched_loss(&self) -> f64 {
        let loss = |row: &u32| log_loss(self.log_odds[*row as usize], self.labels[*row as usize]);
        self.watched.iter().map(loss).sum()
    }
}

/// A seeded share of the columns, at least one, ascending.
fn columns(n_columns: usize, share: f64, draws: Stream) -> Vec<usize> {
    let mut columns: Vec<usize> = (0..n_columns).collect();
    columns.sort_by_key(|&column| (draws.bits(column as u64), column));
    columns.truncate(((share * n_columns as f64).ceil() as usize).max(1));
    columns.sort_unstable();
    columns
}

impl Classifier for BoostedTrees {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_columns(&self) -> usize {
        self.n_columns
    }

    fn log_odds(&self, row: &[Option<f64>]) -> f64 {
        let leaf = |tree: &Tree| tree.path(|column| value(row, column)).last().map_or(0.0, gain);
        self.base + self.trees.iter().map(leaf).sum::<f64>()
    }

    fn explain(&self, row: &[Option<f64>]) -> Reasons {
        let (mut contributions, mut base) = (vec![0.0; self.n_columns], self.base);
        for tree in &self.trees {
            let mut above: Option<&Node> = None;
            for node in tree.path(|column| value(row, column)) {
                match above {
                    None => base += node.value,
                    Some(above) => contributions[above.column as usize] += node.value - above.value,
                }
                above = Some(node);
            }
        }
        Reasons { log_odds: self.log_odds(row), contributions, base }
    }
}

fn gain(leaf: &Node) -> f64 {
    leaf.value
}

impl FittedClassifier for BoostedTrees {
    type Config = BoostedTreesConfig;

    const NAME: &'static str = "BoostedTrees";

    fn fit(config: &BoostedTreesConfig, table: &LabelledTable) -> Result<Self, ModelError> {
        Self::fit_to(config, table, Self::choose(config, table)?)
    }

    fn config(&self) -> &BoostedTreesConfig {
        &self.config
    }

    fn chosen(&self) -> Value {
        serde_json::to_value(self.capacity).unwrap_or_default()
    }

    fn to_tensors(&self) -> TensorsOut {
        let nodes = || self.trees.iter().flat_map(|tree| &tree.nodes);
        let whole = |of: fn(&Node) -> u32| nodes().map(of).collect::<Vec<u32>>();
        let real = |of: fn(&Node) -> f64| nodes().map(of).map(f64::to_bits).collect::<Vec<u64>>();
        let sizes: Vec<u32> = self.trees.iter().map(|tree| tree.nodes.len() as u32).collect();
        TensorsOut::default()
            .with_u64("n_columns", &[self.n_columns as u64])
            .with_u64("leaves", &[self.capacity.leaves as u64])
            .with_u64("base", &[self.base.to_bits()])
            .with_u32("sizes", &sizes)
            .with_u32("columns", &whole(|node| node.column))
            .with_u32("missing_left", &whole(|node| u32::from(node.missing_left)))
            .with_u32("left", &whole(|node| node.left))
            .with_u32("right", &whole(|node| node.right))
            .with_u64("edges", &real(|node| node.edge))
            .with_u64("values", &real(|node| node.value))
    }

    fn from_tensors(config: BoostedTreesConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        let one = |name: &str| match tensors.u64(name)?[..] {
            [number] => Ok(number),
            _ => Err(format!("array {name} does not hold one number")),
        };
        let n_columns = one("n_columns")? as usize;
        let base = f64::from_bits(one("base")?);
        let mut nodes = read_nodes(tensors)?.into_iter();
        let mut trees = Vec::new();
        for size in tensors.u32("sizes")? {
            let tree = Tree { nodes: nodes.by_ref().take(size as usize).collect() };
            let fits = |(at, node): (usize, &Node)| {
                let is_below = |child: u32| child as usize > at && child < size;
                let is_leaf = node.left == 0 && node.right == 0;
                is_leaf
                    || (is_below(node.left)
                        && is_below(node.right)
                        && (node.column as usize) < n_columns)
            };
            if tree.nodes.len() != size as usize || !tree.nodes.iter().enumerate().all(fits) {
                return Err(format!("tree {} does not hang together", trees.len()));
            }
            trees.push(tree);
        }
        if nodes.next().is_some() || !base.is_finite() {
            return Err("the arrays do not fit one another".to_owned());
        }
        let capacity = Capacity { leaves: one("leaves")? as usize, rounds: trees.len() };
        Ok(Self { config, n_columns, capacity, base, trees })
    }
}

fn read_nodes(tensors: &Tensors<'_>) -> Result<Vec<Node>, String> {
    let (columns, missing) = (tensors.u32("columns")?, tensors.u32("missing_left")?);
    let (left, right) = (tensors.u32("left")?, tensors.u32("right")?);
    let (edges, values) = (tensors.f64_bits("edges")?, tensors.f64_bits("values")?);
    let n = columns.len();
    let lengths = [missing.len(), left.len(), right.len(), edges.len(), values.len()];
    if lengths.iter().any(|&length| length != n) {
        return Err("the arrays of the nodes differ in length".to_owned());
    }
    let node = |at: usize| Node {
        column: columns[at],
        edge: edges[at],
        missing_left: missing[at] != 0,
        left: left[at],
        right: right[at],
        value: values[at],
    };
    Ok((0..n).map(node).collect())
}
