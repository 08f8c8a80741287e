//! How far forecasts lie from what came.
//!
//! `MAE = mean |y − ŷ|`; `sMAPE = mean 200 |y − ŷ| / (|y| + |ŷ|)`, a pair of zeros counting 0;
//! `RMSSE = √(mean (y − ŷ)² / s²)`, `s²` the mean square of the training part's one-step
//! differences; `WAPE = Σ |y − ŷ| / Σ |y|` and `bias = Σ ŷ / Σ y − 1` over all series together.
//! MAE, sMAPE and RMSSE are means over series, RMSSE over those whose `s` is not 0.
//!
//! Symbols: `y`, `ŷ`, units. Time `O(n)`, memory `O(1)`.
//! Source: R. Hyndman and A. Koehler, "Another look at measures of forecast accuracy", IJF 22,
//! 2006; S. Makridakis and M. Hibon, "The M3-competition", IJF 16, 2000 (sMAPE); S. Makridakis, E.
//! Spiliotis and V. Assimakopoulos, "M5 accuracy competition", IJF 38, 2022 (RMSSE).

/// Errors so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Accuracy {
    series: f64,
    absolute: f64,
    percent: f64,
    scaled: f64,
    scaled_series: f64,
    misses: f64,
    actual: f64,
    size: f64,
    forecast: f64,
}

/// The measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// Mean absolute error, units, mean over series.
    pub mae: f64,
    /// Symmetric percentage error, 0 to 200, mean over series.
    pub smape: f64,
    /// Root mean square error over that of naive steps; none where no series ever changed.
    pub rmsse: Option<f64>,
    /// Absolute errors over actual amounts, all series together; none where nothing came.
    pub wape: Option<f64>,
    /// Forecast over actual amounts less 1, all series together; none where nothing came.
    pub bias: Option<f64>,
    /// Series judged.
    pub n_series: usize,
}

/// Mean square of one-step differences.
#[must_use]
pub fn squared_scale(train: &[f64]) -> f64 {
    let steps = train.len().saturating_sub(1).max(1) as f64;
    train.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum::<f64>() / steps
}

impl Accuracy {
    /// Adds a series: its training part, what came, and what was forecast.
    pub fn add(&mut self, train: &[f64], actual: &[f64], forecast: &[f64]) {
        let n = actual.len().min(forecast.len());
        if n == 0 {
            return;
        }
        let (mut absolute, mut percent, mut square) = (0.0, 0.0, 0.0);
        for (y, f) in actual.iter().zip(forecast) {
            let miss = (y - f).abs();
            absolute += miss;
            square += miss * miss;
            let size = y.abs() + f.abs();
            percent += if size > 0.0 { 200.0 * miss / size } else { 0.0 };
            self.actual += y;
            self.size += y.abs();
            self.forecast += f;
        }
        let n = n as f64;
        self.series += 1.0;
        self.absolute += absolute / n;
        self.percent += percent / n;
        self.misses += absolute;
        let scale = squared_scale(train);
        if scale > 0.0 {
            self.scaled += (square / n / scale).sqrt();
            self.scaled_series += 1.0;
        }
    }

    /// The measures of all series added; `None` for none.
    #[must_use]
    pub fn measures(&self) -> Option<Measures> {
        let ratio = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        (self.series > 0.0).then(|| Measures {
            mae: self.absolute / self.series,
            smape: self.percent / self.series,
            rmsse: ratio(self.scaled, self.scaled_series),
            wape: ratio(self.misses, self.size),
            bias: ratio(self.forecast, self.actual).map(|ratio| ratio - 1.0),
            n_series: self.series as usize,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_series_by_hand() {
        let mut accuracy = Accuracy::default();
        accuracy.add(&[1.0, 3.0, 1.0], &[2.0, 4.0], &[4.0, 4.0]);
        accuracy.add(&[5.0, 5.0], &[0.0, 10.0], &[0.0, 5.0]);
        let found = accuracy.measures().unwrap();
        assert!((found.mae - (1.0 + 2.5) / 2.0).abs() < 1e-12);
        assert!((found.smape - (0.5 * 400.0 / 6.0 + 0.5 * 1_000.0 / 15.0) / 2.0).abs() < 1e-12);
        // The second series never changed: its scale is 0.
        assert!((found.rmsse.unwrap() - (2.0_f64 / 4.0).sqrt()).abs() < 1e-12);
        assert!((found.wape.unwrap() - 7.0 / 16.0).abs() < 1e-12);
        assert!((found.bias.unwrap() - (13.0 / 16.0 - 1.0)).abs() < 1e-12);
        assert_eq!(Accuracy::default().measures(), None);
    }
}
