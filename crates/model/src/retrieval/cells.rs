//! The best items for one query, nearly always, by looking at the most promising cells only.
//!
//! Rows are made equally long by one number more, `y' = (y, √(M² − ‖y‖²))`, so that the largest
//! product with a query is the nearest row. They are grouped around the centres `c` of k-means;
//! a query reads only the `P` cells with the largest `x · c`, and scores their rows exactly.
//!
//! Symbols: `Y`, items × k; `M`, the largest `‖y‖`; `C`, cells, `c` with k + 1 numbers; `x`, query,
//! k; `P`, probes. Time `O(items · C · k)` to build and `O((C + P · items / C) k)` per search on
//! one thread; memory: a second table, `O(items · k)`. The draws, the sums and the order of rows
//! depend on the seed and the items alone: equal bit for bit at any number of threads.
//! Source: Y. Bachrach et al., "Speeding up the Xbox recommender system using a Euclidean
//! transformation for inner-product spaces", RecSys 2014, section 3; J. Sivic and A. Zisserman,
//! "Video Google", ICCV 2003 (inverted file); S. Lloyd, "Least squares quantization in PCM", IEEE
//! Transactions on Information Theory 28, 1982 (k-means).
//! DIFFERENCE: centres are learnt from a sample, 64 rows per cell.

use feature::Csr;
use pulp::Arch;
use serde::{Deserialize, Serialize};

use super::exact::{Block, ItemTable, padded};
use crate::dense::{Factors, times_vector};
use crate::error::ModelError;
use crate::fitted::check_config;
use crate::score_all::best_of_products;
use crate::seed::Stream;
use crate::topk::{Scored, TopK};

/// Rows of the sample per cell.
const SAMPLED: usize = 64;
/// Rows that are assigned at once, so that their longer copies stay few.
const CHUNK: usize = 1 << 16;
const NAME: &str = "item cells";

/// How a catalogue is cut into cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ItemCellsConfig {
    /// Cells `C`, at least 1; no more than items are made.
    pub cells: usize,
    /// Cells `P` that a search reads, at least 1.
    pub probes: usize,
    /// Rounds of k-means, at least 1.
    pub rounds: usize,
    /// Seed of the sample.
    pub seed: u64,
}

impl Default for ItemCellsConfig {
    fn default() -> Self {
        Self { cells: 1_000, probes: 40, rounds: 8, seed: 1 }
    }
}

/// A catalogue cut into cells.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemCells {
    config: ItemCellsConfig,
    /// The first k numbers of the centres.
    centres: Factors,
    /// Where each cell's rows begin, and the end.
    starts: Vec<usize>,
    /// Rows, cell after cell.
    rows: Factors,
    /// The item of each row.
    item_of: Vec<u32>,
}

impl ItemCells {
    /// From so many items on a search by cells is worth its misses: below, all items are read
    /// within five milliseconds on two cores.
    pub const WORTH_FROM: usize = 200_000;

    /// Cuts a catalogue into cells.
    ///
    /// # Errors
    /// When the configuration is out of range.
    pub fn new(items: &ItemTable, config: &ItemCellsConfig) -> Result<Self, ModelError> {
        check_config(config.cells >= 1, NAME, "cells", config.cells, "1 or more")?;
        check_config(config.probes >= 1, NAME, "probes", config.probes, "1 or more")?;
        check_config(config.rounds >= 1, NAME, "rounds", config.rounds, "1 or more")?;
        let table = &items.table;
        let (n, k) = (table.n_rows(), table.k());
        let cells = config.cells.min(n).max(1);
        let longer = Longer::of(table);
        let centres = longer.centres(cells, config)?;
        let mut cell_of = Vec::with_capacity(n);
        for from in (0..n).step_by(CHUNK) {
            let chunk: Vec<u32> = (from as u32..n.min(from + CHUNK) as u32).collect();
            cell_of.extend(nearest(&longer.rows(&chunk), &centres)?);
        }
        let mut item_of: Vec<u32> = (0..n as u32).collect();
        item_of.sort_by_key(|&item| cell_of[item as usize]);
        let mut starts = vec![0; cells + 1];
        cell_of.iter().for_each(|&cell| starts[cell as usize + 1] += 1);
        (0..cells).for_each(|cell| starts[cell + 1] += starts[cell]);
        let mut rows = Factors::zeros(n, k);
        for (place, &item) in item_of.iter().enumerate() {
            rows.row_mut(place).copy_from_slice(table.row(item as usize));
        }
        let mut short = Factors::zeros(cells, k);
        for cell in 0..cells {
            short.row_mut(cell).copy_from_slice(&centres.row(cell)[..k]);
        }
        Ok(Self { config: config.clone(), centres: short, starts, rows, item_of })
    }

    /// How it was cut.
    #[must_use]
    pub fn config(&self) -> &ItemCellsConfig {
        &self.config
    }

    /// The best `n` items found for a query among those that `keep` accepts, in the order of
    /// [`ItemTable::best`], whose answers these are wherever the cells read hold them.
    #[must_use]
    pub fn best(
        &self,
        query: &[f32],
        n: usize,
        keep: &(dyn Fn(u32) -> bool + Sync),
    ) -> Vec<Scored> {
        let query = padded(query, &self.rows);
        let mut near = vec![0.0; self.centres.n_rows()];
        times_vector(&self.centres, &query, &mut near);
        let mut cells = TopK::new(self.config.probes);
        for (item, score) in near.into_iter().enumerate() {
            cells.push(Scored { item: item as u32, score });
        }
        let (mut best, arch, stride) = (TopK::new(n), Arch::new(), self.rows.stride());
        for cell in cells.into_sorted() {
            let (from, to) = (self.starts[cell.item as usize], self.starts[cell.item as usize + 1]);
            let rows = &self.rows.values()[from * stride..to * stride];
            let item_of = |row: usize| self.item_of[from + row];
            arch.dispatch(Block { rows, query: &query, item_of, best: &mut best, keep });
        }
        best.into_sorted()
    }
}

/// The rows `(y', 1)`, which with centres `(c, −‖c‖² / 2)` give the nearest the largest product.
struct Longer<'a> {
    table: &'a Factors,
    longest: f64,
}

impl<'a> Longer<'a> {
    fn of(table: &'a Factors) -> Self {
        let squares = (0..table.n_rows()).map(|row| square(table.row(row)));
        Self { table, longest: squares.fold(0.0, f64::max) }
    }

    fn rows(&self, chosen: &[u32]) -> Factors {
        let k = self.table.k();
        let mut longer = Factors::zeros(chosen.len(), k + 2);
        for (place, &row) in chosen.iter().enumerate() {
            let (from, to) = (self.table.row(row as usize), longer.row_mut(place));
            to[..k].copy_from_slice(from);
            to[k] = (self.longest - square(from)).max(0.0).sqrt() as f32;
            to[k + 1] = 1.0;
        }
        longer
    }

    /// Centres of k-means on a sample.
    fn centres(&self, cells: usize, config: &ItemCellsConfig) -> Result<Factors, ModelError> {
        let n = self.table.n_rows();
        let stream = Stream::new(config.seed);
        let mut drawn: Vec<u32> = (0..n as u32).collect();
        drawn.sort_by_key(|&row| (stream.bits(u64::from(row)), row));
        drawn.truncate(cells.saturating_mul(SAMPLED));
        let sample = self.rows(&drawn);
        let k = self.table.k();
        let mut centres = self.rows(&drawn[..cells.min(n)]);
        if n == 0 {
            centres = Factors::zeros(cells, k + 2);
        }
        let weigh = |centres: &mut Factors| {
            for cell in 0..cells {
                let row = centres.row_mut(cell);
                row[k + 1] = (-0.5 * square(&row[..=k])) as f32;
            }
        };
        weigh(&mut centres);
        for _ in 0..config.rounds {
            let cell_of = nearest(&sample, &centres)?;
            let mut sums = vec![0.0_f64; cells * (k + 1)];
            let mut counts = vec![0_u32; cells];
            for (place, &cell) in cell_of.iter().enumerate() {
                counts[cell as usize] += 1;
                let sums = &mut sums[cell as usize * (k + 1)..][..=k];
                let row = sample.row(place);
                sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
            }
            for (cell, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                let sums = &sums[cell * (k + 1)..][..=k];
                for (centre, sum) in centres.row_mut(cell).iter_mut().zip(sums) {
                    *centre = (sum / f64::from(count)) as f32;
                }
            }
            weigh(&mut centres);
        }
        Ok(centres)
    }
}

/// The cell of each row: the first of those with the largest product.
fn nearest(rows: &Factors, centres: &Factors) -> Result<Vec<u32>, ModelError> {
    let nothing = Csr::from_triplets(rows.n_rows(), centres.n_rows(), &[])
        .map_err(|error| ModelError::Input { model: NAME, reason: error.to_string() })?;
    let best = best_of_products(rows, centres, &nothing, 1);
    Ok(best.into_iter().map(|list| list.first().map_or(0, |one| one.item)).collect())
}

fn square(row: &[f32]) -> f64 {
    row.iter().map(|&value| f64::from(value) * f64::from(value)).sum()
}

#[cfg(test)]
mod tests {
    use super::super::drawn_factors;
    use super::*;
    use rayon::ThreadPoolBuilder;

    const K: usize = 16;
    const ITEMS: usize = 30_000;

    fn catalogue() -> (ItemTable, Vec<f32>) {
        let mut values = drawn_factors(ITEMS + 50, K, 3);
        let asked = values.split_off(ITEMS * K);
        (ItemTable::new(ITEMS, K, &values).unwrap(), asked)
    }

    fn recall(items: &ItemTable, cells: &ItemCells, queries: &[f32]) -> f64 {
        let mut found = 0;
        let keep = |item: u32| !item.is_multiple_of(10);
        for query in queries.chunks(K) {
            let near = cells.best(query, 100, &keep);
            assert!(near.is_sorted_by(|a, b| a.best_first(b).is_lt()));
            assert!(near.iter().all(|one| keep(one.item)));
            let exact = items.best(query, 100, &keep);
            found += exact.iter().filter(|one| near.contains(one)).count();
        }
        found as f64 / queries.chunks(K).len() as f64 / 100.0
    }

    #[test]
    fn few_cells_hold_nearly_all_and_all_cells_hold_all() {
        let (items, queries) = catalogue();
        let config = ItemCellsConfig { cells: 200, probes: 60, ..ItemCellsConfig::default() };
        let mut cells = ItemCells::new(&items, &config).unwrap();
        let found = recall(&items, &cells, &queries);
        assert!(found > 0.93, "recall@100 {found}");
        cells.config.probes = 200;
        assert_eq!(recall(&items, &cells, &queries), 1.0);
    }

    #[test]
    fn one_seed_gives_the_same_cells_at_any_number_of_threads() {
        let (items, _) = catalogue();
        let config = ItemCellsConfig { cells: 50, rounds: 2, ..ItemCellsConfig::default() };
        let at = |threads: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| ItemCells::new(&items, &config).unwrap())
        };
        assert!(at(1) == at(2));
    }

    #[test]
    fn small_catalogues_are_cut_too() {
        let config = ItemCellsConfig::default();
        let nothing = ItemCells::new(&ItemTable::new(0, 3, &[]).unwrap(), &config).unwrap();
        assert!(nothing.best(&[1.0; 3], 4, &|_| true).is_empty());
        let same = ItemTable::new(3, 2, &[1.0; 6]).unwrap();
        let found = ItemCells::new(&same, &config).unwrap().best(&[1.0, 0.5], 9, &|_| true);
        let expected = [0, 1, 2].map(|item| Scored { item, score: 1.5 });
        assert_eq!(found, expected);
        let config = ItemCellsConfig { cells: 0, ..config };
        assert!(ItemCells::new(&same, &config).is_err());
    }
}
