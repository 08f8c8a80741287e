//! An experiment: who was treated, what they did, and what was known of them before.

use crate::error::ModelError;
use crate::table::LabelledTable;

/// Standardised difference of means above which the arms differ more than chance makes likely.
const IMBALANCE: f64 = 0.1;

/// People of an experiment with two arms. The label of the table is the outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    table: LabelledTable,
    treated: Vec<bool>,
}

/// How alike the arms were before the treatment.
#[derive(Debug, Clone, PartialEq)]
pub struct Balance {
    /// The column in which the arms differ most.
    pub column: String,
    /// Difference of the means over the pooled deviation.
    pub difference: f64,
}

impl Balance {
    /// Whether the arms may be compared as they are: else no difference in outcome is an effect.
    #[must_use]
    pub fn is_randomised(&self) -> bool {
        self.difference.abs() <= IMBALANCE
    }
}

impl Trial {
    /// What was known of each person, with the outcome as the label, and who was treated.
    ///
    /// # Errors
    /// When the lengths differ, or an arm has fewer than two people with the outcome or without.
    pub fn new(table: LabelledTable, treated: Vec<bool>) -> Result<Self, ModelError> {
        let refused = |reason: String| ModelError::Input { model: "uplift", reason };
        if treated.len() != table.n_rows() {
            let (found, rows) = (treated.len(), table.n_rows());
            return Err(refused(format!("{found} treatments for {rows} people")));
        }
        for (arm, name) in [(true, "treated"), (false, "not treated")] {
            let labels = || table.labels().iter().zip(&treated).filter(|(_, t)| **t == arm);
            let (n, yes) = (labels().count(), labels().filter(|(label, _)| **label).count());
            if yes < 2 || n - yes < 2 {
                return Err(refused(format!(
                    "{n} people were {name}, {yes} of them with the outcome; each arm needs 2 with \
                     and 2 without: without a control group nobody knows what the offer changed"
                )));
            }
        }
        Ok(Self { table, treated })
    }

    /// What was known, with the outcome.
    #[must_use]
    pub fn table(&self) -> &LabelledTable {
        &self.table
    }

    /// Who was treated.
    #[must_use]
    pub fn treated(&self) -> &[bool] {
        &self.treated
    }

    /// Share of people who were treated.
    #[must_use]
    pub fn share_treated(&self) -> f64 {
        let n = self.treated.iter().filter(|treated| **treated).count();
        n as f64 / self.treated.len() as f64
    }

    /// Difference in outcome between the arms.
    #[must_use]
    pub fn effect(&self) -> f64 {
        let rate = |arm: bool| {
            let people = self.table.labels().iter().zip(&self.treated);
            let (mut n, mut yes) = (0.0, 0.0);
            for (label, _) in people.filter(|(_, treated)| **treated == arm) {
                n += 1.0;
                yes += f64::from(*label);
            }
            yes / n
        };
        rate(true) - rate(false)
    }

    /// The people of these numbers.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn select(&self, rows: &[usize]) -> Result<Self, ModelError> {
        let treated = rows.iter().filter_map(|&row| self.treated.get(row)).copied().collect();
        Self::new(self.table.select(rows), treated)
    }

    /// Rows of an arm.
    pub(crate) fn arm(&self, treated: bool) -> Vec<usize> {
        (0..self.treated.len()).filter(|&row| self.treated[row] == treated).collect()
    }

    /// The column in which the arms differ most; missing numbers are passed over.
    #[must_use]
    pub fn balance(&self) -> Balance {
        let mut worst = Balance { column: String::new(), difference: 0.0 };
        for (name, column) in self.table.names().iter().zip(self.table.columns()) {
            let moments = |arm: bool| {
                let of = column.iter().zip(&self.treated).filter(|(_, t)| **t == arm);
                let values: Vec<f64> = of.filter_map(|(value, _)| *value).collect();
                let n = values.len().max(1) as f64;
                let mean = values.iter().sum::<f64>() / n;
                (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n)
            };
            let ((mean_1, spread_1), (mean_0, spread_0)) = (moments(true), moments(false));
            let deviation = (0.5 * (spread_1 + spread_0)).sqrt();
            let difference = if deviation > 0.0 { (mean_1 - mean_0) / deviation } else { 0.0 };
            if difference.abs() > worst.difference.abs() {
                worst = Balance { column: name.clone(), difference };
            }
        }
        worst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(x: &[f64], labels: &[bool], treated: &[bool]) -> Result<Trial, ModelError> {
        let column = x.iter().map(|x| Some(*x)).collect();
        let table = LabelledTable::new(vec!["x".to_owned()], vec![column], labels.to_vec());
        Trial::new(table.unwrap(), treated.to_vec())
    }

    #[test]
    fn an_experiment_without_control_is_refused() {
        let labels = [true, false, true, false, true, false, true, false];
        let error = trial(&[0.0; 8], &labels, &[true; 8]).unwrap_err().to_string();
        assert!(error.contains("0 people were not treated"), "{error}");
        assert!(trial(&[0.0; 8], &labels, &[true; 7]).is_err());
    }

    #[test]
    fn arms_that_were_chosen_by_a_column_are_called_unlike() {
        let labels = [true, false, true, false, true, false, true, false];
        let treated = [true, true, true, true, false, false, false, false];
        let fair = trial(&[1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 4.0], &labels, &treated).unwrap();
        assert!(fair.balance().is_randomised());
        assert_eq!(fair.effect(), 0.0);
        let chosen = trial(&[5.0, 6.0, 7.0, 8.0, 1.0, 2.0, 3.0, 4.0], &labels, &treated).unwrap();
        assert!(!chosen.balance().is_randomised());
        assert_eq!(chosen.balance().column, "x");
    }
}
