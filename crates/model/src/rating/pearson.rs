//! How alike two items (or two users) are rated: the correlation of what the baseline leaves over.
//!
//! `ρ_ij = Σ_u a_ui a_uj / √(Σ_u a_ui² · Σ_u a_uj²)` over the `n_ij` users `u` who rated both, and
//! `s_ij = ρ_ij (n_ij − 1) / (n_ij − 1 + h)`; only positive `s_ij` are kept.
//!
//! Symbols: `a`, residuals `r_ui − b_ui`, users × items, points; `h`, shrink, in users; `K`,
//! partners kept. For users the same with the sides exchanged.
//! Time `O(Σ_u n_u²)` for users with `n_u` ratings, plus selection; memory `O(items · K)` and
//! `O(items)` per thread. Sums are taken by one thread in the order of users, so the result is
//! equal bit for bit at any number of threads.
//! Source: Y. Koren, "Factor in the neighbors: scalable and accurate collaborative filtering", ACM
//! TKDD 4(1), 2010, section 2.2, equations 2 and 3.

use rayon::prelude::*;

use super::ratings::Lists;
use crate::topk::{Scored, TopK};

/// What two rows share: number of others, products, squares of each.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shared {
    n: u32,
    product: f64,
    own_square: f64,
    square: f64,
}

/// Which partners count and how many are kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Partners {
    /// Shrink `h`, in common raters.
    pub(super) shrink: f64,
    /// Partners kept per row.
    pub(super) kept: usize,
}

impl Partners {
    /// The partners of every row, most alike first; `across` is `rows` turned round.
    pub(super) fn of_all(self, rows: &Lists, across: &Lists) -> Vec<Vec<Scored>> {
        let scratch = || vec![Shared::default(); rows.n_rows()];
        let one = |shared: &mut Vec<Shared>, row: usize| {
            self.of(rows.pairs(row), Some(row), across, shared)
        };
        (0..rows.n_rows()).into_par_iter().map_init(scratch, one).collect()
    }

    /// The partners of one row, given by its pairs; `shared` is cleared again.
    pub(super) fn of(
        self,
        own: impl Iterator<Item = (u32, f32)>,
        but: Option<usize>,
        across: &Lists,
        shared: &mut [Shared],
    ) -> Vec<Scored> {
        let mut touched = Vec::new();
        for (other, a) in own {
            for (partner, b) in across.pairs(other as usize) {
                let both = &mut shared[partner as usize];
                if both.n == 0 {
                    touched.push(partner);
                }
                let (a, b) = (f64::from(a), f64::from(b));
                both.n += 1;
                both.product += a * b;
                both.own_square += a * a;
                both.square += b * b;
            }
        }
        let mut best = TopK::new(self.kept);
        for partner in touched {
            let both = std::mem::take(&mut shared[partner as usize]);
            let score = self.likeness(both) as f32;
            if score > 0.0 && but != Some(partner as usize) {
                best.push(Scored { item: partner, score });
            }
        }
        best.into_sorted()
    }

    fn likeness(self, both: Shared) -> f64 {
        let squares = both.own_square.sqrt() * both.square.sqrt();
        let more = f64::from(both.n) - 1.0;
        if squares <= 0.0 || more <= 0.0 {
            return 0.0;
        }
        both.product / squares * more / (more + self.shrink)
    }
}
