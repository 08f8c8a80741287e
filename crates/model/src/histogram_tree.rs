//! A regression tree on gradients, grown leaf by leaf from histograms.
//!
//! Leaf value `w = −η · G / (H + λ)`; a split gains
//! `½ · [G_L² / (H_L + λ) + G_R² / (H_R + λ) − G² / (H + λ)]`. The leaf whose best split gains most
//! is split next, until there are enough leaves or nothing gains. Rows without a number go to the
//! side where they gain more; where a leaf had none, to the side with more rows. Of two children
//! only the smaller one's histogram is summed; the other's is what is left of the parent's.
//!
//! Symbols: `G`, `H`, sums of the loss's first and second derivatives over a leaf's rows; `L`, `R`,
//! left and right; `λ`, L2 penalty; `η`, shrinkage. Time `O(rows · columns · depth)`, memory
//! `O(leaves · columns · bins)`.
//! Source: T. Chen and C. Guestrin, "XGBoost: a scalable tree boosting system", KDD 2016, sections
//! 2.2 and 3.4 (missing values); G. Ke et al., "LightGBM", NIPS 2017, section 2.1 (histograms).
//! DIFFERENCE: best leaf first, as LightGBM does it.

use crate::bins::Bins;

/// Gains up to this are rounding.
const GAIN_MIN: f64 = 1e-9;

/// A node; a leaf's `left` is 0, which is the root's number and nobody's child.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Node {
    pub(crate) column: u32,
    /// A number up to this goes left.
    pub(crate) edge: f64,
    pub(crate) missing_left: bool,
    pub(crate) left: u32,
    pub(crate) right: u32,
    /// What the rows here would get were this a leaf.
    pub(crate) value: f64,
}

/// A grown tree; the root comes first and every child after its parent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
}

impl Tree {
    /// Nodes from the root to the leaf of a row.
    pub(crate) fn path<'a>(
        &'a self,
        value: impl Fn(usize) -> Option<f64> + 'a,
    ) -> impl Iterator<Item = &'a Node> + 'a {
        std::iter::successors(self.nodes.first(), move |node| {
            let goes_left = match value(node.column as usize) {
                Some(number) => number <= node.edge,
                None => node.missing_left,
            };
            let next = if goes_left { node.left } else { node.right };
            if node.left == 0 { None } else { self.nodes.get(next as usize) }
        })
    }
}

/// What a tree is grown from, and how far.
pub(crate) struct Growth<'a> {
    pub(crate) bins: &'a Bins,
    /// Columns this tree may split, ascending.
    pub(crate) columns: &'a [usize],
    /// First and second derivative of each row's loss.
    pub(crate) slopes: &'a [(f64, f64)],
    pub(crate) leaves: usize,
    pub(crate) l2: f64,
    pub(crate) shrinkage: f64,
    pub(crate) min_child_rows: usize,
    pub(crate) min_child_hessian: f64,
}

/// A tree with the rows of each leaf, for whoever adds its values up.
pub(crate) struct Grown {
    pub(crate) tree: Tree,
    pub(crate) leaves: Vec<(f64, Vec<u32>)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    gradient: f64,
    hessian: f64,
    rows: usize,
}

impl Sum {
    fn add(&mut self, other: &Self) {
        self.gradient += other.gradient;
        self.hessian += other.hessian;
        self.rows += other.rows;
    }

    fn less(&self, other: &Self) -> Self {
        Self {
            gradient: self.gradient - other.gradient,
            hessian: self.hessian - other.hessian,
            rows: self.rows - other.rows,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Split {
    column: usize,
    bin: usize,
    missing_left: bool,
    gain: f64,
    left: Sum,
    right: Sum,
}

/// A leaf that may be split yet.
struct Open {
    node: usize,
    /// Rows that the tree learns from, and rows that only pass through.
    learnt: Vec<u32>,
    passing: Vec<u32>,
    histogram: Vec<Sum>,
    best: Option<Split>,
}

impl Growth<'_> {
    /// Grows a tree from the rows of `learnt`; rows of `passing` are sorted into its leaves only.
    pub(crate) fn grow(&self, learnt: Vec<u32>, passing: Vec<u32>) -> Grown {
        let mut total = Sum::default();
        for &row in &learnt {
            total.add(&self.of(row));
        }
        let histogram = self.histogram(&learnt);
        let mut nodes = vec![self.node(&total)];
        let mut open = vec![self.open(0, (learnt, passing), &total, histogram)];
        while open.len() < self.leaves {
            let gain = |leaf: &Open| leaf.best.map(|split| (split.gain, leaf.node));
            let ahead =
                |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1));
            let Some((_, node)) = open.iter().filter_map(gain).max_by(ahead) else { break };
            let Some(at) = open.iter().position(|leaf| leaf.node == node) else { break };
            let leaf = open.swap_remove(at);
            open.extend(self.split(leaf, &mut nodes));
        }
        let leaves = open.into_iter().map(|mut leaf| {
            leaf.learnt.append(&mut leaf.passing);
            (nodes[leaf.node].value, leaf.learnt)
        });
        Grown { leaves: leaves.collect(), tree: Tree { nodes } }
    }

    fn of(&self, row: u32) -> Sum {
        let (gradient, hessian) = self.slopes[row as usize];
        Sum { gradient, hessian, rows: 1 }
    }

    fn node(&self, total: &Sum) -> Node {
        let heavy = total.hessian + self.l2;
        let value = if heavy > 0.0 { -self.shrinkage * total.gradient / heavy } else { 0.0 };
        Node { column: 0, edge: 0.0, missing_left: false, left: 0, right: 0, value }
    }

    fn open(
        &self,
        node: usize,
        (learnt, passing): (Vec<u32>, Vec<u32>),
        total: &Sum,
        histogram: Vec<Sum>,
    ) -> Open {
        let best = self.best(&histogram, total);
        Open { node, learnt, passing, histogram, best }
    }

    /// The sums of every bin of every column, one column after the other, missing last.
    fn histogram(&self, rows: &[u32]) -> Vec<Sum> {
        let mut histogram = Vec::new();
        for &column in self.columns {
            let start = histogram.len();
            histogram.resize(start + self.bins.n_bins(column) + 1, Sum::default());
            let (sums, index) = (&mut histogram[start..], &self.bins.index[column]);
            for &row in rows {
                sums[usize::from(index[row as usize])].add(&self.of(row));
            }
        }
        histogram
    }

    /// The split that gains most; of equals the first by column, then by bin.
    fn best(&self, histogram: &[Sum], total: &Sum) -> Option<Split> {
        let mut best: Option<Split> = None;
        let mut start = 0;
        for &column in self.columns {
            let n_bins = self.bins.n_bins(column);
            let (sums, missing) = (&histogram[start..start + n_bins], histogram[start + n_bins]);
            start += n_bins + 1;
            let mut below = Sum::default();
            for (bin, sum) in sums.iter().enumerate().filter(|(_, sum)| sum.rows > 0) {
                below.add(sum);
                let mut offer = |left: Sum, missing_left: bool| {
                    let right = total.less(&left);
                    let gain = self.gain(&left, &right, total);
                    if gain > best.map_or(GAIN_MIN, |best| best.gain) {
                        best = Some(Split { column, bin, missing_left, gain, left, right });
                    }
                };
                if missing.rows == 0 {
                    offer(below, 2 * below.rows >= total.rows);
                } else {
                    offer(below, false);
                    let mut left = below;
                    left.add(&missing);
                    offer(left, true);
                }
            }
        }
        best
    }

    fn gain(&self, left: &Sum, right: &Sum, total: &Sum) -> f64 {
        let is_small = |side: &Sum| {
            side.rows < self.min_child_rows.max(1) || side.hessian < self.min_child_hessian
        };
        if is_small(left) || is_small(right) {
            return 0.0;
        }
        let part = |sum: &Sum| sum.gradient * sum.gradient / (sum.hessian + self.l2);
        0.5 * (part(left) + part(right) - part(total))
    }

    fn split(&self, leaf: Open, nodes: &mut Vec<Node>) -> Vec<Open> {
        let Some(split) = leaf.best else { return vec![leaf] };
        let (left, right) = (nodes.len(), nodes.len() + 1);
        nodes.extend([self.node(&split.left), self.node(&split.right)]);
        let node = &mut nodes[leaf.node];
        node.column = split.column as u32;
        node.edge = self.bins.edge(split.column, split.bin);
        node.missing_left = split.missing_left;
        (node.left, node.right) = (left as u32, right as u32);
        let (learnt, passing) = (self.part(leaf.learnt, &split), self.part(leaf.passing, &split));
        let left_is_smaller = learnt.0.len() <= learnt.1.len();
        let smaller = self.histogram(if left_is_smaller { &learnt.0 } else { &learnt.1 });
        let rest = leaf.histogram.iter().zip(&smaller).map(|(all, part)| all.less(part)).collect();
        let (of_left, of_right) = if left_is_smaller { (smaller, rest) } else { (rest, smaller) };
        vec![
            self.open(left, (learnt.0, passing.0), &split.left, of_left),
            self.open(right, (learnt.1, passing.1), &split.right, of_right),
        ]
    }

    /// Rows that go left, and rows that go right.
    fn part(&self, rows: Vec<u32>, split: &Split) -> (Vec<u32>, Vec<u32>) {
        let missing = self.bins.n_bins(split.column);
        let index = &self.bins.index[split.column];
        rows.into_iter().partition(|&row| match usize::from(index[row as usize]) {
            bin if bin == missing => split.missing_left,
            bin => bin <= split.bin,
        })
    }
}
