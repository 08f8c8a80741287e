//! The loss of next-item prediction: the cross-entropy of a softmax over the catalogue or over a
//! sample of it.
//!
//! With the query `h_t` (width) after step `t` and the items' rows `E` (items × width):
//! `L = −Σ_t log (exp(h_t · E_target) / Σ_{j ∈ C ∪ target} exp(h_t · E_j))`, `C` all items or a
//! sample shared by the whole batch; a sampled item that is the target counts once.
//! Backward: `∂(h_t · E_j) = p_tj − [j = target]`.
//!
//! Symbols: `p_tj`, the softmax's share of item `j` after step `t`. Time `O(steps · |C| · width)`,
//! memory `O(64 · |C| + steps · width)`.
//!
//! Source: A. Klenitskiy and A. Vasilev, "Turning dross into gold loss: is BERT4Rec really better
//! than SASRec?", RecSys 2023, section 3 (both losses for SASRec).
//! DIFFERENCE: one sample serves a whole batch, so that scores are a matrix product.

use ndarray::{Array2, ArrayView2, s};

use crate::neural::arrays::{add_product, add_scaled, dot, flat_mut, row_of, softmax};

/// Steps scored at once, so that their scores stay in the caches.
const STEPS: usize = 64;

/// What the steps of a part of a batch gave.
#[derive(Debug)]
pub(crate) struct Loss {
    /// Sum of the steps' losses.
    pub(crate) total: f64,
    /// `∂h`, steps × width.
    pub(crate) d_queries: Array2<f32>,
    /// `∂` of the rows of the candidates, in their order.
    pub(crate) d_candidates: Array2<f32>,
    /// For each step, what `h_t` is multiplied by in the gradient of its target's own row; the
    /// candidates' gradient does not hold it.
    pub(crate) pulls: Vec<f32>,
}

/// The loss of a softmax over the whole catalogue, each step's gradient times `scale`.
pub(crate) fn over_all(
    queries: &Array2<f32>,
    items: &Array2<f32>,
    targets: &[u32],
    scale: f32,
) -> Loss {
    let mut loss = Loss::new(queries, items.nrows());
    for first in (0..targets.len()).step_by(STEPS) {
        let rows = first..(first + STEPS).min(targets.len());
        let h = queries.slice(s![rows.clone(), ..]);
        let mut scores = h.dot(&items.t());
        let of_steps = flat_mut(&mut scores).chunks_exact_mut(items.nrows());
        for (row, step) in of_steps.zip(rows.clone()) {
            let target = targets[step] as usize;
            let score = row[target];
            loss.total += f64::from(softmax(row) - score);
            row[target] -= 1.0;
            loss.pulls.push(0.0);
        }
        loss.backward(scale, rows, &scores, &h, items);
    }
    loss
}

/// The loss of a softmax over a sample, whose rows and numbers are given, and each step's target.
pub(crate) fn over_sample(
    queries: &Array2<f32>,
    (sample, sampled): (&[u32], &Array2<f32>),
    (targets, items): (&[u32], &Array2<f32>),
    scale: f32,
) -> Loss {
    let n = sample.len();
    let mut loss = Loss::new(queries, n);
    let mut with_target = vec![0.0; n + 1];
    for first in (0..targets.len()).step_by(STEPS) {
        let rows = first..(first + STEPS).min(targets.len());
        let h = queries.slice(s![rows.clone(), ..]);
        let mut scores = h.dot(&sampled.t());
        let of_steps = flat_mut(&mut scores).chunks_exact_mut(n.max(1));
        for (row, step) in of_steps.zip(rows.clone()) {
            let target = row_of(items, targets[step] as usize);
            let own = dot(row_of(queries, step), target);
            with_target[..n].copy_from_slice(row);
            let same =
                sample.iter().zip(&mut with_target).filter(|(one, _)| **one == targets[step]);
            same.for_each(|(_, score)| *score = f32::NEG_INFINITY);
            with_target[n] = own;
            loss.total += f64::from(softmax(&mut with_target) - own);
            row.copy_from_slice(&with_target[..n]);
            let pull = scale * (with_target[n] - 1.0);
            loss.pulls.push(pull);
            let width = target.len();
            add_scaled(pull, target, &mut flat_mut(&mut loss.d_queries)[step * width..][..width]);
        }
        loss.backward(scale, rows, &scores, &h, sampled);
    }
    loss
}

impl Loss {
    fn new(queries: &Array2<f32>, n_candidates: usize) -> Self {
        Self {
            total: 0.0,
            d_queries: Array2::zeros(queries.raw_dim()),
            d_candidates: Array2::zeros((n_candidates, queries.ncols())),
            pulls: Vec::with_capacity(queries.nrows()),
        }
    }

    /// Adds the gradients of some steps for those of their scores.
    fn backward(
        &mut self,
        scale: f32,
        rows: std::ops::Range<usize>,
        d_scores: &Array2<f32>,
        queries: &ArrayView2<'_, f32>,
        candidates: &Array2<f32>,
    ) {
        let mut d_queries = self.d_queries.slice_mut(s![rows, ..]);
        add_product(scale, &d_scores.view(), &candidates.view(), &mut d_queries);
        add_product(scale, &d_scores.t(), queries, &mut self.d_candidates.view_mut());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neural::arrays::{flat, gather};
    use crate::neural::check::drawn;

    const TARGETS: [u32; 5] = [3, 0, 3, 6, 1];

    /// Both losses as plain sums of logarithms.
    fn slow(queries: &Array2<f32>, items: &Array2<f32>, sample: &[u32]) -> f64 {
        let score = |step: usize, item: u32| {
            f64::from(queries.row(step).dot(&items.row(item as usize))).exp()
        };
        let of_step = |(step, &target): (usize, &u32)| {
            let others = sample.iter().filter(|one| **one != target);
            let own = score(step, target);
            let sum = own + others.map(|&one| score(step, one)).sum::<f64>();
            sum.ln() - own.ln()
        };
        TARGETS.iter().enumerate().map(of_step).sum()
    }

    /// The loss and its gradients with respect to queries and items.
    fn fast(
        queries: &Array2<f32>,
        items: &Array2<f32>,
        sample: Option<&[u32]>,
    ) -> (f64, Array2<f32>, Array2<f32>) {
        let Some(sample) = sample else {
            let loss = over_all(queries, items, &TARGETS, 1.0);
            return (loss.total, loss.d_queries, loss.d_candidates);
        };
        let loss = over_sample(queries, (sample, &gather(items, sample)), (&TARGETS, items), 1.0);
        let mut d_items = Array2::zeros(items.raw_dim());
        for (at, &item) in sample.iter().enumerate() {
            let mut row = d_items.row_mut(item as usize);
            row += &loss.d_candidates.row(at);
        }
        for (step, &item) in TARGETS.iter().enumerate() {
            d_items.row_mut(item as usize).scaled_add(loss.pulls[step], &queries.row(step));
        }
        (loss.total, loss.d_queries, d_items)
    }

    #[test]
    fn losses_and_gradients_are_those_of_plain_sums() {
        let (queries, items) = (drawn(5, 4, 1), drawn(7, 4, 2));
        let all: Vec<u32> = (0..7).collect();
        for sample in [None, Some(&[2, 3, 2, 6][..])] {
            let in_sum = sample.unwrap_or(&all);
            let (total, d_queries, d_items) = fast(&queries, &items, sample);
            assert!((total - slow(&queries, &items, in_sum)).abs() < 1e-4);
            let little = 1e-3_f32;
            for at in 0..flat(&queries).len() {
                let moved = |by: f32| {
                    let mut queries = queries.clone();
                    flat_mut(&mut queries)[at] += by;
                    slow(&queries, &items, in_sum)
                };
                let expected = (moved(little) - moved(-little)) / f64::from(2.0 * little);
                assert!((f64::from(flat(&d_queries)[at]) - expected).abs() < 1e-2);
            }
            for at in 0..flat(&items).len() {
                let moved = |by: f32| {
                    let mut items = items.clone();
                    flat_mut(&mut items)[at] += by;
                    slow(&queries, &items, in_sum)
                };
                let expected = (moved(little) - moved(-little)) / f64::from(2.0 * little);
                assert!((f64::from(flat(&d_items)[at]) - expected).abs() < 1e-2);
            }
        }
    }
}
