//! The best `n` items of `X Yᵀ` for every user, without ever storing the product.
//!
//! Items are packed into panels of [`PANEL`], largest norm first, users into groups of [`GROUP`]. A
//! panel stays in the nearest cache while the groups of a block pass over it: a group by two
//! vectors of items is multiplied in registers and compared with each user's bar, the worst of the
//! best `n` so far; only what passes is looked at. As `x · y ≤ ‖x‖ ‖y‖`, a user is done at the
//! first panel whose largest norm cannot reach the bar.
//!
//! Symbols: `X`, users × k; `Y`, items × k; `n`, items wanted. Time `O(users · items · k)` at
//! worst; memory `O(items · k)` beside the result, whatever the number of users.
//! Source: the bound is that of C. Teflioudi, R. Gemulla and O. Mykytiuk, "LEMP: fast retrieval
//! of large entries in a matrix product", SIGMOD 2015, section 3.
//! DIFFERENCE: of LEMP's buckets only the length bound is used; scores are exact.

use feature::Csr;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::dense::{Factors, tile};
use crate::topk::{Scored, TopK};

/// Items in a panel: two vectors of the widest kind.
const PANEL: usize = 32;
/// Users whose product is taken at once: with two vectors each, as many sums as keep both units of
/// multiplication busy and still fit sixteen registers.
const GROUP: usize = 6;
/// Users that pass over a panel while it is in the cache.
const USERS: usize = 16 * GROUP;

/// The best `n` items per user, without those the user's row in `owned` holds.
pub(crate) fn best_of_products(
    users: &Factors,
    items: &Factors,
    owned: &Csr,
    n: usize,
) -> Vec<Vec<Scored>> {
    let packed = Packed::new(items);
    let lengths: Vec<f32> = (0..users.n_rows()).map(|user| norm(users.row(user))).collect();
    let arch = Arch::new();
    let mut best: Vec<TopK> = (0..users.n_rows()).map(|_| TopK::new(n)).collect();
    best.par_chunks_mut(USERS).enumerate().for_each(|(block, best)| {
        let first = block * USERS;
        let groups: Vec<Group> = (0..best.len())
            .step_by(GROUP)
            .map(|at| Group::new(users, &lengths, first + at))
            .collect();
        arch.dispatch(Block { groups, first, packed: &packed, owned, best });
    });
    best.into_par_iter().map(TopK::into_sorted).collect()
}

/// Items in panels: for each panel `k` rows of one factor of [`PANEL`] items.
struct Packed {
    k: usize,
    values: Vec<f32>,
    /// Item at each place; beyond the catalogue at the end of the last panel.
    item_of: Vec<u32>,
    /// The largest norm in each panel, a little enlarged to cover rounding.
    longest: Vec<f32>,
}

impl Packed {
    fn new(items: &Factors) -> Self {
        let k = items.k();
        let norms: Vec<f32> = (0..items.n_rows()).map(|item| norm(items.row(item))).collect();
        let mut item_of: Vec<u32> = (0..items.n_rows() as u32).collect();
        item_of.sort_by(|&a, &b| norms[b as usize].total_cmp(&norms[a as usize]));
        let mut values = vec![0.0; item_of.len().next_multiple_of(PANEL) * k];
        for (place, &item) in item_of.iter().enumerate() {
            let panel = &mut values[place / PANEL * PANEL * k..][..PANEL * k];
            for (factor, &value) in items.row(item as usize).iter().enumerate() {
                panel[factor * PANEL + place % PANEL] = value;
            }
        }
        let longest = item_of.chunks(PANEL).map(|panel| norms[panel[0] as usize] * 1.0001);
        Self { k, values, longest: longest.collect(), item_of }
    }
}

fn norm(row: &[f32]) -> f32 {
    row.iter().map(|value| value * value).sum::<f32>().sqrt()
}

/// Users whose product is taken at once, factor by factor; beyond the last user all is 0.
struct Group {
    factors: Vec<[f32; GROUP]>,
    lengths: [f32; GROUP],
}

impl Group {
    fn new(users: &Factors, lengths: &[f32], first: usize) -> Self {
        let mut group = Self { factors: vec![[0.0; GROUP]; users.k()], lengths: [0.0; GROUP] };
        for (at, user) in (first..users.n_rows()).take(GROUP).enumerate() {
            group.lengths[at] = lengths[user];
            for (factors, &value) in group.factors.iter_mut().zip(users.row(user)) {
                factors[at] = value;
            }
        }
        group
    }
}

struct Block<'a> {
    groups: Vec<Group>,
    first: usize,
    packed: &'a Packed,
    owned: &'a Csr,
    best: &'a mut [TopK],
}

impl WithSimd for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let groups = std::mem::take(&mut self.groups);
        let mut going: Vec<usize> = (0..groups.len()).collect();
        for panel in 0..self.packed.longest.len() {
            going.retain(|&at| self.matters(&groups[at], at * GROUP, panel));
            for &at in &going {
                self.pass(simd, &groups[at], at * GROUP, panel);
            }
        }
    }
}

impl Block<'_> {
    /// Whether a panel, or a later one, can hold an item for one of a group, whose first user is
    /// at `slot`.
    fn matters(&self, group: &Group, slot: usize, panel: usize) -> bool {
        let longest = self.packed.longest[panel];
        let mut users = self.best[slot..].iter().zip(group.lengths);
        users.any(|(best, length)| length * longest >= best.bar())
    }

    /// Takes one group of users over a panel.
    #[inline(always)]
    fn pass<S: Simd>(&mut self, simd: S, group: &Group, slot: usize, panel: usize) {
        let k = self.packed.k;
        let width = 2 * S::F32_LANES;
        let real = GROUP.min(self.best.len() - slot);
        let values = &self.packed.values[panel * PANEL * k..][..PANEL * k];
        let mut scores = [0.0_f32; PANEL];
        for col in (0..PANEL).step_by(width) {
            let right = values.chunks_exact(PANEL).map(|row| &row[col..][..width]);
            let sums = tile::<S, GROUP>(simd, group.factors.iter().copied().zip(right));
            for (slot, sums) in (slot..).zip(sums).take(real) {
                let bar = simd.splat_f32s(self.best[slot].bar());
                let first = simd.less_than_or_equal_f32s(bar, sums[0]);
                let second = simd.less_than_or_equal_f32s(bar, sums[1]);
                let any = simd.or_m32s(first, second);
                if simd.first_true_m32s(any) < S::F32_LANES {
                    let (out, _) = S::as_mut_simd_f32s(&mut scores[..width]);
                    out.copy_from_slice(&sums);
                    self.offer(slot, panel * PANEL + col, &scores[..width]);
                }
            }
        }
    }

    /// Offers the scores of the items from a place on to one user.
    fn offer(&mut self, slot: usize, place: usize, scores: &[f32]) {
        let (owned, _) = self.owned.row(self.first + slot);
        let best = &mut self.best[slot];
        let items = self.packed.item_of.get(place..).unwrap_or_default();
        for (&item, &score) in items.iter().zip(scores) {
            let is_candidate = score >= best.bar() && score != 0.0;
            if is_candidate && owned.binary_search(&item).is_err() {
                best.push(Scored { item, score });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topk::top_of_scores;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_scoring_every_item(
            (n_users, n_items, k) in (1..9_usize, 1..80_usize, 1..6_usize),
            n in 0..12_usize,
            seed in 0..1_000_u64,
        ) {
            // Whole numbers, so that sums are exact and ties are many.
            let stream = crate::seed::Stream::new(seed);
            let draw = |rows: usize, name: u64| {
                let stream = stream.fork(name);
                let value = |at| stream.below(at as u64, 7) as f32 - 3.0;
                let values: Vec<f32> = (0..rows * k).map(value).collect();
                Factors::from_unpadded(rows, k, &values)
            };
            let (users, items) = (draw(n_users, 0), draw(n_items, 1));
            let pairs = (0..n_users * n_items).filter(|&at| stream.below(at as u64, 4) == 0);
            let owned: Vec<_> =
                pairs.map(|at| ((at / n_items) as u32, (at % n_items) as u32, 1.0)).collect();
            let owned = Csr::from_triplets(n_users, n_items, &owned).unwrap();
            let found = best_of_products(&users, &items, &owned, n);
            for (user, found) in found.iter().enumerate() {
                let score = |item| -> f32 {
                    users.row(user).iter().zip(items.row(item)).map(|(x, y)| x * y).sum()
                };
                let scores: Vec<f32> = (0..n_items).map(score).collect();
                let keep = |item: u32| owned.get(user, item).is_none();
                prop_assert_eq!(found, &top_of_scores(&scores, n, &keep));
            }
        }
    }
}
