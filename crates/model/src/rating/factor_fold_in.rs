//! Biases and factors of users and items, and those of a person never seen.
//!
//! `r̂(u, i) = μ + b_u + b_i + x_u · q_i`. For a person with ratings `r_j` of `n` items the bias
//! and `p` minimize `Σ_j (e_j − b − p · q_j)² + n λ_b b² + n λ ‖p‖²`, that is
//! `(b, p) = (Σ_j v_j v_jᵀ + n Λ)⁻¹ Σ_j v_j e_j` with `v_j = (1, q_j)`; then `x = z + p` with
//! `e_j = r_j − μ − b_j − z · q_j`, where `z = n^−½ Σ_j y_j` if items have a second table `y`, else
//! 0. What rating `j` adds to `x · q_i` is `(0, q_i)ᵀ (…)⁻¹ v_j e_j + n^−½ y_j · q_i`.
//!
//! Symbols: `q`, `y`, items × k; `x`, `p`, `z`, k; `b`, points; `λ`, `λ_b`, above 0; `Λ`, the
//! diagonal of `λ_b` and `λ`. Time `O(n k² + k³)` per person, memory `O(k²)`.
//! Source: Y. Koren, "Factorization meets the neighborhood", KDD 2008, sections 2.3 and 4; the
//! ridge is the minimum that stochastic descent with `λ` per rating approaches, items fixed.

use super::predictor::{Rater, RatingReasons, clip, pair, single};
use super::ratings::{Ratings, tidy};
use crate::cholesky::Cholesky;
use crate::dense::Factors;
use crate::seed::Stream;
use crate::tensors::{Tensors, TensorsOut};

/// What a fit by factors has learnt.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BiasedFactors {
    pub(super) mean: f64,
    pub(super) scale: (f32, f32),
    pub(super) user_biases: Vec<f32>,
    pub(super) item_biases: Vec<f32>,
    /// `x`, one row per user.
    pub(super) users: Factors,
    /// `q`, one row per item.
    pub(super) items: Factors,
}

/// How a person never seen is folded in.
#[derive(Clone, Copy)]
pub(super) struct FoldIn<'a> {
    /// `y`, where items have it.
    pub(super) implicit: Option<&'a Factors>,
    /// `λ_b` and `λ`.
    pub(super) regularization: (f32, f32),
}

/// A person's bias and factors and, for one never seen, where they come from.
pub(super) struct Person {
    bias: f64,
    x: Vec<f64>,
    origin: Option<Origin>,
}

struct Origin {
    normal: Cholesky,
    /// Items rated and `e`.
    left_over: Vec<(u32, f64)>,
}

impl BiasedFactors {
    /// Before training: biases of 0, small random factors for whoever has a rating.
    pub(super) fn start(ratings: &Ratings, k: usize, size: f32, stream: Stream) -> Self {
        let table = |rows: usize, is_rated: &dyn Fn(usize) -> bool, stream: Stream| {
            let mut table = Factors::zeros(rows, k);
            // A uniform draw from ±√3 s has deviation s.
            let width = 2.0 * 3.0_f32.sqrt() * size / (k as f32).sqrt();
            for row in (0..rows).filter(|&row| is_rated(row)) {
                for (at, value) in table.row_mut(row).iter_mut().enumerate() {
                    *value = (stream.unit((row * k + at) as u64) - 0.5) * width;
                }
            }
            table
        };
        let (n_users, n_items) = (ratings.n_users(), ratings.n_items());
        let has_user = |row: usize| !ratings.by_user.row(row).0.is_empty();
        let has_item = |row: usize| !ratings.by_item.row(row).0.is_empty();
        Self {
            mean: ratings.mean(),
            scale: ratings.scale(),
            user_biases: vec![0.0; n_users],
            item_biases: vec![0.0; n_items],
            users: table(n_users, &has_user, stream.fork(0)),
            items: table(n_items, &has_item, stream.fork(1)),
        }
    }

    pub(super) fn is_finite(&self) -> bool {
        let lists = [&self.user_biases[..], &self.item_biases, self.users.values()];
        lists.into_iter().chain([self.items.values()]).flatten().all(|value| value.is_finite())
    }

    fn item_bias(&self, item: u32) -> f64 {
        self.item_biases.get(item as usize).copied().unwrap_or(0.0).into()
    }

    /// `q_i`; 0 for an item beyond the catalogue.
    fn factors_of(&self, item: u32) -> Vec<f64> {
        if item as usize >= self.items.n_rows() {
            return vec![0.0; self.items.k()];
        }
        self.items.row(item as usize).iter().map(|&q| f64::from(q)).collect()
    }

    /// A person's bias and factors.
    pub(super) fn person(&self, rater: Rater<'_>, fold_in: FoldIn<'_>) -> Person {
        let k = self.items.k();
        let nobody = || Person { bias: 0.0, x: vec![0.0; k], origin: None };
        match rater {
            Rater::Known(user) => match self.user_biases.get(user as usize) {
                None => nobody(),
                Some(&bias) => {
                    let x = self.users.row(user as usize).iter().map(|&x| f64::from(x)).collect();
                    Person { bias: f64::from(bias), x, origin: None }
                }
            },
            Rater::New(history) => {
                let history = tidy(history, self.items.n_rows());
                if history.is_empty() {
                    return nobody();
                }
                self.fold_in(&history, fold_in).unwrap_or_else(nobody)
            }
        }
    }

    fn fold_in(&self, history: &[(u32, f32)], fold_in: FoldIn<'_>) -> Option<Person> {
        let (k, n) = (self.items.k(), history.len() as f64);
        let mut z = vec![0.0; k];
        for &(item, _) in history {
            add_implicit(fold_in, item, n, &mut z);
        }
        let size = k + 1;
        let mut matrix = vec![0.0; size * size];
        let mut b = vec![0.0; size];
        let mut left_over = Vec::with_capacity(history.len());
        for &(item, points) in history {
            let v = with_one(self.factors_of(item));
            let expected = self.mean + self.item_bias(item) + dot(&v[1..], &z);
            let e = f64::from(points) - expected;
            left_over.push((item, e));
            for (row, &left) in v.iter().enumerate() {
                b[row] += left * e;
                let line = &mut matrix[row * size..][..=row];
                line.iter_mut().zip(&v).for_each(|(cell, right)| *cell += left * right);
            }
        }
        let (of_bias, of_factors) = fold_in.regularization;
        for at in 0..size {
            let lambda = if at == 0 { of_bias } else { of_factors };
            matrix[at * size + at] += n * f64::from(lambda).max(1e-9);
        }
        let normal = Cholesky::factor(size, matrix)?;
        normal.solve(&mut b);
        let x = z.iter().zip(&b[1..]).map(|(z, p)| z + p).collect();
        Some(Person { bias: b[0], x, origin: Some(Origin { normal, left_over }) })
    }

    pub(super) fn predict(&self, person: &Person, items: &[u32]) -> Vec<f64> {
        let base = self.mean + person.bias;
        let one = |&item: &u32| {
            let taste = match (item as usize) < self.items.n_rows() {
                true => {
                    let row = self.items.row(item as usize);
                    row.iter().zip(&person.x).map(|(&q, x)| f64::from(q) * x).sum()
                }
                false => 0.0,
            };
            clip(base + self.item_bias(item) + taste, self.scale)
        };
        items.iter().map(one).collect()
    }

    pub(super) fn explain(&self, person: &Person, item: u32, fold_in: FoldIn<'_>) -> RatingReasons {
        let q = self.factors_of(item);
        let reasons = RatingReasons {
            mean: self.mean,
            user: person.bias,
            item: self.item_bias(item),
            ..RatingReasons::default()
        };
        let Some(origin) = &person.origin else {
            return RatingReasons { taste: dot(&q, &person.x), ..reasons }.within(self.scale);
        };
        let mut seen_from = with_one(q.clone());
        seen_from[0] = 0.0;
        origin.normal.solve(&mut seen_from);
        let n = origin.left_over.len() as f64;
        let added = |&(rated, e): &(u32, f64)| {
            let mut y = vec![0.0; q.len()];
            add_implicit(fold_in, rated, n, &mut y);
            (rated, dot(&seen_from, &with_one(self.factors_of(rated))) * e + dot(&y, &q))
        };
        let ratings = origin.left_over.iter().map(added).collect();
        RatingReasons { ratings, ..reasons }.within(self.scale)
    }

    pub(super) fn to_tensors(&self) -> TensorsOut {
        let shape = |table: &Factors| vec![table.n_rows(), table.k()];
        let (users, items) = (&self.users, &self.items);
        TensorsOut::default()
            .with_u64("mean", &[self.mean.to_bits()])
            .with_f32("scale", vec![2], &[self.scale.0, self.scale.1])
            .with_f32("user_biases", vec![users.n_rows()], &self.user_biases)
            .with_f32("item_biases", vec![items.n_rows()], &self.item_biases)
            .with_f32("user_factors", shape(users), &users.to_unpadded())
            .with_f32("item_factors", shape(items), &items.to_unpadded())
    }

    pub(super) fn from_tensors(factors: usize, tensors: &Tensors<'_>) -> Result<Self, String> {
        let users = read_table("user_factors", factors, tensors)?;
        let items = read_table("item_factors", factors, tensors)?;
        let user_biases = tensors.f32("user_biases")?.1;
        let item_biases = tensors.f32("item_biases")?.1;
        if (user_biases.len(), item_biases.len()) != (users.n_rows(), items.n_rows()) {
            return Err("biases and factors differ in length".to_owned());
        }
        let (mean, scale) = (single(tensors, "mean")?, pair(tensors, "scale")?);
        Ok(Self { mean, scale, user_biases, item_biases, users, items })
    }
}

/// A table of factors that was written.
pub(super) fn read_table(
    name: &str,
    factors: usize,
    tensors: &Tensors<'_>,
) -> Result<Factors, String> {
    let (rows, cols, values) = tensors.f32_table(name)?;
    if cols != factors {
        return Err(format!("array {name} has {cols} factors, not {factors}"));
    }
    Ok(Factors::from_unpadded(rows, cols, &values))
}

/// Adds `n^−½ y_j`, where items have it.
fn add_implicit(fold_in: FoldIn<'_>, item: u32, n: f64, to: &mut [f64]) {
    if let Some(table) = fold_in.implicit {
        let row = table.row(item as usize);
        to.iter_mut().zip(row).for_each(|(to, &y)| *to += f64::from(y) / n.sqrt());
    }
}

fn with_one(factors: Vec<f64>) -> Vec<f64> {
    std::iter::once(1.0).chain(factors).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
