//! One half of an alternating-least-squares step by conjugate gradients.
//!
//! For every row `u` solve `(YᵀY + λ_u I + Σ_i α w_ui y_i y_iᵀ) x_u = Σ_i (1 + α w_ui) y_i`
//! approximately, starting from the current `x_u`, in a few steps; the matrix is never formed:
//! `A p = YᵀY p + λ_u p + Σ_i α w_ui (y_i · p) y_i`.
//!
//! Symbols: `Y`, others × k, fixed factors; `x_u`, k; `w`, rows × others, weights; `α`, `λ_u`
//! above 0. Time per step `O(entries · k + rows · k²)`; memory `O(k)` per thread beside the
//! tables. [`BATCH`] rows walk in step, so that `YᵀY p` becomes a matrix product.
//!
//! Source: G. Takács, I. Pilászy and D. Tikk, "Applications of the conjugate gradient method for
//! implicit feedback collaborative filtering", RecSys 2011, section 4.
//! DIFFERENCE: rows are solved in batches; the numbers are those of one row at a time.

use std::ops::Range;

use feature::Csr;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::dense::{Factors, Gram, add_scaled_in, dot_in};

/// Rows solved together.
const BATCH: usize = 8;
/// Factors of entries that stay in the second-level cache while a batch is solved.
const BLOCK: usize = 128 * 1024;
/// A squared residual below this is a solution.
const SMALL: f32 = 1e-20;

/// One half-step: the fixed side and how it is weighed.
pub(crate) struct HalfStep<'a> {
    /// Rows to solve × fixed others, weights.
    pub(crate) weights: &'a Csr,
    /// Factors of the fixed others.
    pub(crate) fixed: &'a Factors,
    /// `YᵀY` of the fixed factors.
    pub(crate) gram: &'a Gram,
    /// Confidence per unit of weight.
    pub(crate) alpha: f32,
    /// Regularization of each row.
    pub(crate) lambda: &'a [f32],
    /// Conjugate-gradient steps.
    pub(crate) steps: usize,
}

impl HalfStep<'_> {
    /// Improves every row of `solved`.
    pub(crate) fn run(&self, solved: &mut Factors) {
        let stride = solved.stride();
        let arch = Arch::new();
        solved.values_mut().par_chunks_mut(BATCH * stride).enumerate().for_each_init(
            || Scratch::new(self.gram, stride),
            |scratch, (batch, mut x)| {
                let mut first = batch * BATCH;
                while !x.is_empty() {
                    let (now, later) =
                        x.split_at_mut(self.fitting(first, x.len() / stride) * stride);
                    arch.dispatch(Batch { half: self, first, stride, x: now, scratch });
                    first += now.len() / stride;
                    x = later;
                }
            },
        );
    }
}

impl HalfStep<'_> {
    /// How many of the next rows, at least one, have entries that fit the block together.
    fn fitting(&self, first: usize, rows: usize) -> usize {
        let indptr = self.weights.indptr();
        let fits = |&n: &usize| (indptr[first + n] - indptr[first]) * self.fixed.stride() <= BLOCK;
        (1..=rows).rev().find(fits).unwrap_or(1)
    }
}

/// Room for one batch.
struct Scratch {
    /// Directions, `BATCH × stride`.
    p: Vec<f32>,
    /// Their products with the matrix.
    ap: Vec<f32>,
    /// Residuals.
    r: Vec<f32>,
    /// Room for the product with the Gram matrix.
    turned: Vec<f32>,
    /// Factors of the batch's entries, side by side: fetched once, used in every step.
    block: Vec<f32>,
}

impl Scratch {
    fn new(gram: &Gram, stride: usize) -> Self {
        let [p, ap, r] = std::array::from_fn(|_| vec![0.0; BATCH * stride]);
        Self { p, ap, r, turned: gram.room(), block: Vec::new() }
    }
}

struct Batch<'a> {
    half: &'a HalfStep<'a>,
    first: usize,
    stride: usize,
    x: &'a mut [f32],
    scratch: &'a mut Scratch,
}

impl WithSimd for Batch<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { half, first, stride, x, scratch: Scratch { p, ap, r, turned, block } } = self;
        let n = x.len() / stride;
        let rows = Rows::of_batch(half, first..first + n, block);
        let of = |slot: usize| slot * stride..(slot + 1) * stride;
        let alpha = half.alpha;
        let mut squared = [0.0_f32; BATCH];

        let (p, ap, r) = (&mut p[..x.len()], &mut ap[..x.len()], &mut r[..x.len()]);
        p.copy_from_slice(x);
        half.gram.product_in(simd, p, turned, ap);
        for slot in 0..n {
            let row = first + slot;
            let (p, ap, r) = (&mut p[of(slot)], &mut ap[of(slot)], &mut r[of(slot)]);
            if half.weights.row_nnz(row) == 0 {
                x[of(slot)].fill(0.0);
                p.fill(0.0);
                continue;
            }
            add_scaled_in(simd, half.lambda[row], p, ap);
            r.fill(0.0);
            rows.add(simd, row, p, r, |w, dot| 1.0 + alpha * w - alpha * w * dot);
            add_scaled_in(simd, -1.0, ap, r);
            squared[slot] = dot_in(simd, r, r);
            p.copy_from_slice(r);
        }
        for to_go in (0..half.steps).rev() {
            half.gram.product_in(simd, p, turned, ap);
            for slot in 0..n {
                if squared[slot] < SMALL {
                    continue;
                }
                let row = first + slot;
                let (p, ap, r) = (&mut p[of(slot)], &mut ap[of(slot)], &mut r[of(slot)]);
                add_scaled_in(simd, half.lambda[row], p, ap);
                if to_go == 0 {
                    // Nobody asks for the residual any more: `p · A p` is enough.
                    let energy = dot_in(simd, p, ap) + alpha * rows.squares(simd, row, p);
                    add_scaled_in(simd, squared[slot] / energy, p, &mut x[of(slot)]);
                    continue;
                }
                rows.add(simd, row, p, ap, |w, dot| alpha * w * dot);
                let step = squared[slot] / dot_in(simd, p, ap);
                add_scaled_in(simd, step, p, &mut x[of(slot)]);
                add_scaled_in(simd, -step, ap, r);
                let left = dot_in(simd, r, r);
                scale_and_add_in(simd, left / squared[slot], p, r);
                squared[slot] = left;
            }
        }
    }
}

/// The factors of a batch's entries.
struct Rows<'a> {
    half: &'a HalfStep<'a>,
    block: &'a [f32],
    /// First entry of the batch, if the block holds them all.
    held_from: Option<usize>,
}

impl<'a> Rows<'a> {
    fn of_batch(half: &'a HalfStep<'a>, rows: Range<usize>, block: &'a mut Vec<f32>) -> Self {
        let indptr = half.weights.indptr();
        let entries = indptr[rows.start]..indptr[rows.end];
        let fits = entries.len() * half.fixed.stride() <= BLOCK;
        if fits {
            fetch(half.fixed, &half.weights.cols()[entries.clone()], block);
        }
        Self { half, block, held_from: fits.then_some(entries.start) }
    }

    /// `Σ_i w_i (y_i · p)²` over the entries of a row.
    #[inline(always)]
    fn squares<S: Simd>(&self, simd: S, row: usize, p: &[f32]) -> f32 {
        let stride = self.half.fixed.stride();
        let (others, weights) = self.half.weights.row(row);
        match self.held_from {
            Some(first) => {
                let at = self.half.weights.indptr()[row] - first;
                let held = &self.block[at * stride..][..others.len() * stride];
                add_squares(simd, |at| &held[at * stride..][..stride], weights, p)
            }
            None => {
                let y = |at: usize| self.half.fixed.padded_row(others[at] as usize);
                add_squares(simd, y, weights, p)
            }
        }
    }

    /// `out += Σ_i coefficient(w_i, y_i · p) y_i` over the entries of a row.
    #[inline(always)]
    fn add<S: Simd>(
        &self,
        simd: S,
        row: usize,
        p: &[f32],
        out: &mut [f32],
        coefficient: impl Fn(f32, f32) -> f32,
    ) {
        let stride = self.half.fixed.stride();
        let (others, weights) = self.half.weights.row(row);
        match self.held_from {
            Some(first) => {
                let at = self.half.weights.indptr()[row] - first;
                let held = &self.block[at * stride..][..others.len() * stride];
                let y = |at: usize| &held[at * stride..][..stride];
                add_rows(simd, y, weights, p, out, coefficient);
            }
            None => {
                let y = |at: usize| self.half.fixed.padded_row(others[at] as usize);
                add_rows(simd, y, weights, p, out, coefficient);
            }
        }
    }
}

/// Copies rows of a table side by side.
fn fetch(table: &Factors, rows: &[u32], block: &mut Vec<f32>) {
    block.clear();
    for &row in rows {
        block.extend_from_slice(table.padded_row(row as usize));
    }
}

/// `Σ_i w_i (y_i · p)²`, four rows `y` at a time.
#[inline(always)]
fn add_squares<'y, S: Simd>(
    simd: S,
    y: impl Fn(usize) -> &'y [f32],
    weights: &[f32],
    p: &[f32],
) -> f32 {
    let mut sum = 0.0;
    let in_fours = weights.len() / 4 * 4;
    for (at, &weight) in weights.iter().enumerate().skip(in_fours) {
        let dot = dot_in(simd, y(at), p);
        sum += weight * dot * dot;
    }
    let (p, _) = S::as_simd_f32s(p);
    for (four, weights) in weights.as_chunks::<4>().0.iter().enumerate() {
        let (a, b) = (S::as_simd_f32s(y(4 * four)).0, S::as_simd_f32s(y(4 * four + 1)).0);
        let (c, d) = (S::as_simd_f32s(y(4 * four + 2)).0, S::as_simd_f32s(y(4 * four + 3)).0);
        let zero = simd.splat_f32s(0.0);
        let (mut in_a, mut in_b, mut in_c, mut in_d) = (zero, zero, zero, zero);
        for (&p, (((a, b), c), d)) in p.iter().zip(a.iter().zip(b).zip(c).zip(d)) {
            in_a = simd.mul_add_e_f32s(*a, p, in_a);
            in_b = simd.mul_add_e_f32s(*b, p, in_b);
            in_c = simd.mul_add_e_f32s(*c, p, in_c);
            in_d = simd.mul_add_e_f32s(*d, p, in_d);
        }
        let (of_a, of_b) = (simd.reduce_sum_f32s(in_a), simd.reduce_sum_f32s(in_b));
        let (of_c, of_d) = (simd.reduce_sum_f32s(in_c), simd.reduce_sum_f32s(in_d));
        sum += weights[0] * of_a * of_a + weights[1] * of_b * of_b;
        sum += weights[2] * of_c * of_c + weights[3] * of_d * of_d;
    }
    sum
}

/// `out += Σ_i coefficient(w_i, y_i · p) y_i`, four rows `y` at a time.
#[inline(always)]
fn add_rows<'y, S: Simd>(
    simd: S,
    y: impl Fn(usize) -> &'y [f32],
    weights: &[f32],
    p: &[f32],
    out: &mut [f32],
    coefficient: impl Fn(f32, f32) -> f32,
) {
    let in_fours = weights.len() / 4 * 4;
    for (at, &weight) in weights.iter().enumerate().skip(in_fours) {
        add_scaled_in(simd, coefficient(weight, dot_in(simd, y(at), p)), y(at), out);
    }
    let (p, _) = S::as_simd_f32s(p);
    let (out, _) = S::as_mut_simd_f32s(out);
    for (four, weights) in weights.as_chunks::<4>().0.iter().enumerate() {
        let (a, b) = (S::as_simd_f32s(y(4 * four)).0, S::as_simd_f32s(y(4 * four + 1)).0);
        let (c, d) = (S::as_simd_f32s(y(4 * four + 2)).0, S::as_simd_f32s(y(4 * four + 3)).0);
        let columns = a.iter().zip(b).zip(c).zip(d);
        let zero = simd.splat_f32s(0.0);
        let (mut in_a, mut in_b, mut in_c, mut in_d) = (zero, zero, zero, zero);
        for (&p, (((a, b), c), d)) in p.iter().zip(columns.clone()) {
            in_a = simd.mul_add_e_f32s(*a, p, in_a);
            in_b = simd.mul_add_e_f32s(*b, p, in_b);
            in_c = simd.mul_add_e_f32s(*c, p, in_c);
            in_d = simd.mul_add_e_f32s(*d, p, in_d);
        }
        let of_a = simd.splat_f32s(coefficient(weights[0], simd.reduce_sum_f32s(in_a)));
        let of_b = simd.splat_f32s(coefficient(weights[1], simd.reduce_sum_f32s(in_b)));
        let of_c = simd.splat_f32s(coefficient(weights[2], simd.reduce_sum_f32s(in_c)));
        let of_d = simd.splat_f32s(coefficient(weights[3], simd.reduce_sum_f32s(in_d)));
        for (out, (((a, b), c), d)) in out.iter_mut().zip(columns) {
            let first = simd.mul_add_e_f32s(of_b, *b, simd.mul_add_e_f32s(of_a, *a, *out));
            let second = simd.mul_add_e_f32s(of_d, *d, simd.mul_f32s(of_c, *c));
            *out = simd.add_f32s(first, second);
        }
    }
}

/// `p = r + factor · p`.
#[inline(always)]
fn scale_and_add_in<S: Simd>(simd: S, factor: f32, p: &mut [f32], r: &[f32]) {
    let factor = simd.splat_f32s(factor);
    let (p, _) = S::as_mut_simd_f32s(p);
    let (r, _) = S::as_simd_f32s(r);
    for (p, &r) in p.iter_mut().zip(r) {
        *p = simd.mul_add_e_f32s(factor, *p, r);
    }
}
