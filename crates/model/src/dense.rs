//! Dense kernels: padded factor tables, dot products, and the small matrix product tile.
//!
//! A table of `rows × k` factors is kept row after row with each row padded by zeros to a multiple
//! of [`PAD`] numbers, so that no kernel needs a remainder loop. The tile computes
//! `C[MR × 2 vectors] = Σ_j A[·, j] B[j, ·]` in registers; the Gram matrix `YᵀY` (symmetric, so
//! only tiles on or above the diagonal are computed) and the batch products are built from it.
//!
//! Every sum is taken in an order fixed by the shapes alone, so results are equal bit for bit at
//! any number of threads. They may differ in the last bits between processors, which add in
//! vectors of different width. Instructions are chosen at run time.
//!
//! Source: the register-tile scheme of K. Goto and R. van de Geijn, "Anatomy of high-performance
//! matrix multiplication", ACM TOMS 34(3), 2008, section 4.
//! DIFFERENCE: operands here fit the second-level cache, so only one level of blocking is used.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Most rows multiplied by a Gram matrix at once.
const GROUP: usize = 4;
/// Rows of a table are padded to a multiple of this many numbers.
pub(crate) const PAD: usize = 32;

/// A table of factors, `rows × k`, each row padded with zeros to `stride` numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Factors {
    k: usize,
    stride: usize,
    values: Vec<f32>,
}

impl Factors {
    /// A table of zeros.
    pub(crate) fn zeros(rows: usize, k: usize) -> Self {
        let stride = k.next_multiple_of(PAD).max(PAD);
        Self { k, stride, values: vec![0.0; rows * stride] }
    }

    /// A table from `rows × k` numbers without padding.
    pub(crate) fn from_unpadded(rows: usize, k: usize, unpadded: &[f32]) -> Self {
        let mut table = Self::zeros(rows, k);
        if k > 0 {
            for (row, of_row) in unpadded.chunks_exact(k).enumerate().take(rows) {
                table.row_mut(row).copy_from_slice(of_row);
            }
        }
        table
    }

    /// The `rows × k` numbers without padding.
    pub(crate) fn to_unpadded(&self) -> Vec<f32> {
        (0..self.n_rows()).flat_map(|row| self.row(row).iter().copied()).collect()
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.values.len() / self.stride
    }

    pub(crate) fn k(&self) -> usize {
        self.k
    }

    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    pub(crate) fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.stride..][..self.k]
    }

    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.values[row * self.stride..][..self.k]
    }

    /// A row with its padding.
    #[inline(always)]
    pub(crate) fn padded_row(&self, row: usize) -> &[f32] {
        &self.values[row * self.stride..][..self.stride]
    }

    /// All numbers with their padding.
    pub(crate) fn values(&self) -> &[f32] {
        &self.values
    }

    /// All numbers with their padding, to be changed by a kernel that keeps the padding at zero.
    pub(crate) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }
}

/// `Σ a_i b_i` inside a kernel; both slices hold a multiple of [`PAD`] numbers.
#[inline(always)]
pub(crate) fn dot_in<S: Simd>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let (a, _) = S::as_simd_f32s(a);
    let (b, _) = S::as_simd_f32s(b);
    let mut sum = simd.splat_f32s(0.0);
    for (&a, &b) in a.iter().zip(b) {
        sum = simd.mul_add_e_f32s(a, b, sum);
    }
    simd.reduce_sum_f32s(sum)
}

/// `y += factor · x` inside a kernel; both slices hold a multiple of [`PAD`] numbers.
#[inline(always)]
pub(crate) fn add_scaled_in<S: Simd>(simd: S, factor: f32, x: &[f32], y: &mut [f32]) {
    let factor = simd.splat_f32s(factor);
    let (x, _) = S::as_simd_f32s(x);
    let (y, _) = S::as_mut_simd_f32s(y);
    for (y, &x) in y.iter_mut().zip(x) {
        *y = simd.mul_add_e_f32s(factor, x, *y);
    }
}

/// `MR` rows by two vectors of a product, summed over the steps; a step gives one number per row
/// and the row of the right-hand side of which the two vectors are the first.
#[inline(always)]
pub(crate) fn tile<'b, S: Simd, const MR: usize>(
    simd: S,
    steps: impl Iterator<Item = ([f32; MR], &'b [f32])>,
) -> [[S::f32s; 2]; MR] {
    let mut sums = [[simd.splat_f32s(0.0); 2]; MR];
    for (left, right) in steps {
        let (right, _) = S::as_simd_f32s(right);
        let (first, second) = (right[0], right[1]);
        for (sums, left) in sums.iter_mut().zip(left) {
            let left = simd.splat_f32s(left);
            sums[0] = simd.mul_add_e_f32s(left, first, sums[0]);
            sums[1] = simd.mul_add_e_f32s(left, second, sums[1]);
        }
    }
    sums
}

/// A symmetric `stride × stride` matrix in panels of [`PAD`] columns, each `stride` rows of them,
/// so that a product streams through it in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gram {
    stride: usize,
    panels: Vec<f32>,
}

impl Gram {
    /// `YᵀY` of a table, in `O(rows · k² / 2)`.
    pub(crate) fn of(table: &Factors) -> Self {
        // Chunks depend on the number of rows alone, so the order of summation does too.
        let chunk_rows = table.n_rows().div_ceil(64).max(1024);
        let stride = table.stride();
        let arch = Arch::new();
        let parts: Vec<Vec<f32>> = table
            .values()
            .par_chunks(chunk_rows * stride)
            .map(|rows| {
                let mut part = vec![0.0; stride * stride];
                arch.dispatch(GramOfChunk { stride, rows, part: &mut part });
                part
            })
            .collect();
        let mut upper = vec![0.0; stride * stride];
        for part in parts {
            for (sum, value) in upper.iter_mut().zip(part) {
                *sum += value;
            }
        }
        let mut gram = Self { stride, panels: vec![0.0; stride * stride] };
        for row in 0..stride {
            for col in 0..stride {
                let at = gram.place(row, col);
                gram.panels[at] = upper[row.min(col) * stride + row.max(col)];
            }
        }
        gram
    }

    /// The number at a row and column.
    pub(crate) fn at(&self, row: usize, col: usize) -> f32 {
        self.panels[self.place(row, col)]
    }

    fn place(&self, row: usize, col: usize) -> usize {
        (col / PAD * self.stride + row) * PAD + col % PAD
    }

    /// Room that [`Self::product_in`] needs.
    pub(crate) fn room(&self) -> Vec<f32> {
        vec![0.0; GROUP * self.stride]
    }

    /// `out = left · self` inside a kernel; `left` and `out` are rows of `stride` numbers, and
    /// `turned` is [`Self::room`].
    #[inline(always)]
    pub(crate) fn product_in<S: Simd>(
        &self,
        simd: S,
        left: &[f32],
        turned: &mut [f32],
        out: &mut [f32],
    ) {
        let (mut first, rows) = (0, left.len() / self.stride);
        while first < rows {
            let from = first * self.stride;
            let (left, out) = (&left[from..], &mut out[from..]);
            first += match rows - first {
                4.. => self.group_in::<S, 4>(simd, left, turned, out),
                2.. => self.group_in::<S, 2>(simd, left, turned, out),
                _ => self.group_in::<S, 1>(simd, left, turned, out),
            };
        }
    }

    /// The product of the first `MR` rows.
    #[inline(always)]
    fn group_in<S: Simd, const MR: usize>(
        &self,
        simd: S,
        left: &[f32],
        turned: &mut [f32],
        out: &mut [f32],
    ) -> usize {
        let (stride, width) = (self.stride, 2 * S::F32_LANES);
        let (turned, _) = turned[..MR * stride].as_chunks_mut::<MR>();
        for (row, left) in left.chunks_exact(stride).take(MR).enumerate() {
            for (turned, &left) in turned.iter_mut().zip(left) {
                turned[row] = left;
            }
        }
        for (number, panel) in self.panels.chunks_exact(stride * PAD).enumerate() {
            for col in (0..PAD).step_by(width) {
                let rows = panel.chunks_exact(PAD).map(|row| &row[col..][..width]);
                let sums = tile::<S, MR>(simd, turned.iter().copied().zip(rows));
                let to = number * PAD + col..number * PAD + col + width;
                for (out, sums) in out.chunks_exact_mut(stride).zip(sums) {
                    S::as_mut_simd_f32s(&mut out[to.clone()]).0.copy_from_slice(&sums);
                }
            }
        }
        MR
    }
}

struct GramOfChunk<'a> {
    stride: usize,
    rows: &'a [f32],
    part: &'a mut [f32],
}

impl WithSimd for GramOfChunk<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { stride, rows, part } = self;
        let width = 2 * S::F32_LANES;
        // 256 rows at a time stay in the nearest caches while all tiles pass over them.
        for rows in rows.chunks(256 * stride) {
            for top in (0..stride).step_by(4) {
                for col in (top / width * width..stride).step_by(width) {
                    let steps = rows.chunks_exact(stride).map(|row| {
                        let left = [row[top], row[top + 1], row[top + 2], row[top + 3]];
                        (left, &row[col..][..width])
                    });
                    let sums = tile::<S, 4>(simd, steps);
                    for (row, sums) in sums.iter().enumerate() {
                        let at = (top + row) * stride + col;
                        let (out, _) = S::as_mut_simd_f32s(&mut part[at..][..width]);
                        out[0] = simd.add_f32s(out[0], sums[0]);
                        out[1] = simd.add_f32s(out[1], sums[1]);
                    }
                }
            }
        }
    }
}

/// `out_i = row_i · x` for every row of the table; `x` has the table's stride.
pub(crate) fn times_vector(table: &Factors, x: &[f32], out: &mut [f32]) {
    Arch::new().dispatch(TimesVector { table, x, out });
}

/// `table · matrix` for a `k × k` matrix given row after row.
pub(crate) fn times_matrix(table: &Factors, matrix: &[f64]) -> Factors {
    let (k, stride) = (table.k(), table.stride());
    let mut square = Gram { stride, panels: vec![0.0; stride * stride] };
    for (at, &value) in matrix.iter().enumerate() {
        let place = square.place(at / k, at % k);
        square.panels[place] = value as f32;
    }
    let mut out = Factors::zeros(table.n_rows(), k);
    let arch = Arch::new();
    let rows = 64 * stride;
    let chunks = out.values.par_chunks_mut(rows).zip(table.values.par_chunks(rows));
    chunks.for_each(|(out, left)| arch.dispatch(TimesMatrix { square: &square, left, out }));
    out
}

struct TimesMatrix<'a> {
    square: &'a Gram,
    left: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for TimesMatrix<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.square.product_in(simd, self.left, &mut self.square.room(), self.out);
    }
}

struct TimesVector<'a> {
    table: &'a Factors,
    x: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for TimesVector<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let rows = self.table.values().chunks_exact(self.table.stride());
        for (out, row) in self.out.iter_mut().zip(rows) {
            *out = dot_in(simd, row, self.x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table() -> impl Strategy<Value = Factors> {
        (1..40_usize, 1..70_usize).prop_flat_map(|(rows, k)| {
            prop::collection::vec(-1.0_f32..1.0, rows * k)
                .prop_map(move |values| Factors::from_unpadded(rows, k, &values))
        })
    }

    fn slow_dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>() as f32
    }

    struct Product<'a>(&'a Gram, &'a [f32], &'a mut [f32]);

    impl WithSimd for Product<'_> {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            self.0.product_in(simd, self.1, &mut self.0.room(), self.2);
        }
    }

    proptest! {
        #[test]
        fn gram_equals_the_sums_of_products(table in table()) {
            let square = Gram::of(&table);
            for a in 0..table.stride() {
                for b in 0..table.stride() {
                    let column = |at: usize| -> Vec<f32> {
                        (0..table.n_rows()).map(|row| table.padded_row(row)[at]).collect()
                    };
                    let expected = slow_dot(&column(a), &column(b));
                    prop_assert!((square.at(a, b) - expected).abs() < 1e-4);
                }
            }
        }

        #[test]
        fn products_equal_the_sums_of_products(table in table()) {
            let x = table.padded_row(0).to_vec();
            let mut out = vec![0.0; table.n_rows()];
            times_vector(&table, &x, &mut out);
            for (row, found) in out.iter().enumerate() {
                prop_assert!((found - slow_dot(table.padded_row(row), &x)).abs() < 1e-4);
            }
            let stride = table.stride();
            let square = Gram::of(&table);
            // Seven rows: a group of four, one of two and a single one.
            let mut left = vec![0.0; 7 * stride];
            left[2 * stride..3 * stride].copy_from_slice(&x);
            left[5 * stride..6 * stride].copy_from_slice(&x);
            left[6 * stride..].copy_from_slice(&x);
            let mut out = left.clone();
            Arch::new().dispatch(Product(&square, &left, &mut out));
            for col in 0..stride {
                let column: Vec<f32> = (0..stride).map(|row| square.at(row, col)).collect();
                let expected = slow_dot(&column, &x);
                for row in 0..7 {
                    let expected = if [2, 5, 6].contains(&row) { expected } else { 0.0 };
                    prop_assert!((out[row * stride + col] - expected).abs() < 1e-2);
                }
            }
        }

        #[test]
        fn padding_is_invisible(table in table()) {
            let back = Factors::from_unpadded(table.n_rows(), table.k(), &table.to_unpadded());
            prop_assert_eq!(back, table);
        }
    }
}
