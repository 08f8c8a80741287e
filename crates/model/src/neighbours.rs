//! All pairs of columns with their inner products, and the best `K` partners of each.
//!
//! `s_ij = Σ_u v_ui v_uj · scale_i scale_j / (1 + shrink · scale_i scale_j)`, that is
//! `dot / (‖i‖ ‖j‖ + shrink)` with `scale = 1 / ‖·‖`; only positive `s_ij` count.
//!
//! Symbols: `v`, users × items, transformed weights; `scale`, one per item; `K`, neighbours kept.
//! For each item the weights of its users' other items are added into one dense row of sums. A row
//! that few items share with it lists the sums it touches; a row that many share looks through all
//! of them in order, which costs less than keeping a list.
//! Time `O(Σ_u n_u²)` for users with `n_u` items, plus selection. Memory `O(items · K)` plus
//! `O(items)` per thread. Every sum is taken by one thread in the order of users and the best are
//! kept under a total order, so the result is equal bit for bit at any number of threads.
//!
//! Source: G. Linden, B. Smith and J. York, "Amazon.com recommendations: item-to-item
//! collaborative filtering", IEEE Internet Computing 7(1), 2003 (the loop over customers).
//! DIFFERENCE: sums are kept dense and cleared as they are read; the paper leaves this open.

use feature::Csr;
use rayon::prelude::*;

use crate::topk::{Scored, TopK};

/// Sums looked through at once.
const BLOCK: usize = 32;

/// The best partners of every column of `by_user` (users × items), best first.
pub(crate) fn all_neighbours(
    by_user: &Csr,
    scale: &[f32],
    shrink: f32,
    k: usize,
) -> Vec<Vec<Scored>> {
    let by_item = by_user.transpose();
    let pairs = Pairs { by_user, by_item: &by_item, scale, shrink, k };
    let scratch = || Sums { sums: vec![0.0; by_user.n_cols()], touched: Vec::new() };
    (0..by_user.n_cols())
        .into_par_iter()
        .map_init(scratch, |sums, item| pairs.best_of(item, sums))
        .collect()
}

struct Pairs<'a> {
    by_user: &'a Csr,
    by_item: &'a Csr,
    scale: &'a [f32],
    shrink: f32,
    k: usize,
}

/// One thread's dense row of sums, all 0 between items, and the places that are not.
struct Sums {
    sums: Vec<f32>,
    touched: Vec<u32>,
}

impl Pairs<'_> {
    fn best_of(&self, item: usize, Sums { sums, touched }: &mut Sums) -> Vec<Scored> {
        let (users, _) = self.by_item.row(item);
        let work: usize = users.iter().map(|&user| self.by_user.row_nnz(user as usize)).sum();
        let own = Own { scale: self.scale[item], shrink: self.shrink };
        let mut best = TopK::new(self.k);
        if work > sums.len() / 4 {
            self.add_up(item, |other, product| sums[other as usize] += product);
            sums[item] = 0.0;
            for (block, dots) in sums.chunks_mut(BLOCK).enumerate() {
                let first = block * BLOCK;
                let scales = &self.scale[first..first + dots.len()];
                let bar = best.bar();
                let may_enter = |any, (&dot, &scale)| any | own.may_reach(bar, dot, scale);
                if dots.iter().zip(scales).fold(false, may_enter) {
                    for (at, (&dot, &scale)) in dots.iter().zip(scales).enumerate() {
                        own.offer(&mut best, (first + at) as u32, dot, scale);
                    }
                }
                dots.fill(0.0);
            }
        } else {
            touched.resize(work + 1, 0);
            let mut n_touched = 0;
            self.add_up(item, |other, product| {
                let sum = &mut sums[other as usize];
                // Always written, kept only if new: cheaper than a branch nobody can predict.
                touched[n_touched] = other;
                n_touched += usize::from(*sum == 0.0);
                *sum += product;
            });
            sums[item] = 0.0;
            for &other in &touched[..n_touched] {
                let dot = std::mem::take(&mut sums[other as usize]);
                own.offer(&mut best, other, dot, self.scale[other as usize]);
            }
        }
        best.into_sorted()
    }

    /// Calls `add` with every product of the item's weights with its users' other weights.
    #[inline(always)]
    fn add_up(&self, item: usize, mut add: impl FnMut(u32, f32)) {
        let (users, values) = self.by_item.row(item);
        for (&user, &value) in users.iter().zip(values) {
            let (others, theirs) = self.by_user.row(user as usize);
            for (&other, &their) in others.iter().zip(theirs) {
                add(other, value * their);
            }
        }
    }
}

/// What an item brings to the scores of its pairs.
#[derive(Clone, Copy)]
struct Own {
    scale: f32,
    shrink: f32,
}

impl Own {
    /// Whether a pair could score `bar` or more, without dividing; errs on the side of yes.
    #[inline(always)]
    fn may_reach(self, bar: f32, dot: f32, scale: f32) -> bool {
        let both = self.scale * scale;
        (dot > 0.0) & (dot * both >= bar * (1.0 + self.shrink * both) * 0.9999)
    }

    #[inline(always)]
    fn offer(self, best: &mut TopK, other: u32, dot: f32, scale: f32) {
        if self.may_reach(best.bar(), dot, scale) {
            let both = self.scale * scale;
            best.push(Scored { item: other, score: dot * both / (1.0 + self.shrink * both) });
        }
    }
}
