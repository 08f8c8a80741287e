//! How well a score puts those whom a treatment changes first: Qini, AUUC, uplift at a share.
//!
//! People in order of falling score; after `k` of them, with `n_t`, `n_c` treated and not and
//! `y_t`, `y_c` outcomes among these, the Qini curve is `Q = y_t − y_c n_t / n_c` and the uplift
//! curve `U = (y_t / n_t − y_c / n_c) k`, a mean over nobody counting as 0. A coefficient is
//! `(A − A_random) / (A_perfect − A_random)` of the areas under the curve, the straight line to its
//! end, and the curve of the best order.
//!
//! Symbols: `A`, area, people × people. Time `O(n log n)`, memory `O(n)`.
//! Source: N. Radcliffe, "Using control groups to target on predicted lift", Direct Marketing
//! Analytics Journal, 2007; M. Jaskowski and S. Jaroszewicz, "Uplift modeling for clinical trial
//! data", ICML workshop, 2012; P. Rzepakowski and S. Jaroszewicz, "Decision trees for uplift
//! modeling", ICDM 2010. The conventions are those of scikit-uplift 0.5: equal scores make one
//! step; Qini's best order is treated with the outcome, then all without, then untreated with it;
//! for a share of people, of equal scores the later row comes first.

use crate::error::ModelError;

/// People with a score, what they did, and whether they were treated.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a> {
    /// The higher, the sooner treated.
    pub scores: &'a [f64],
    /// Who had the outcome.
    pub outcomes: &'a [bool],
    /// Who was treated.
    pub treated: &'a [bool],
}

/// Of what a share is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareOf {
    /// Of all people.
    All,
    /// Of each arm.
    EachArm,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Curve {
    Qini,
    Uplift,
}

/// Counts so far: treated, outcomes among them, untreated, outcomes among them.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    treated: f64,
    treated_yes: f64,
    control: f64,
    control_yes: f64,
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

impl Counts {
    fn add(&mut self, outcome: bool, treated: bool) {
        if treated {
            self.treated += 1.0;
            self.treated_yes += f64::from(outcome);
        } else {
            self.control += 1.0;
            self.control_yes += f64::from(outcome);
        }
    }

    fn height(self, curve: Curve) -> f64 {
        match curve {
            Curve::Qini => self.treated_yes - share(self.control_yes * self.treated, self.control),
            Curve::Uplift => {
                let lift =
                    share(self.treated_yes, self.treated) - share(self.control_yes, self.control);
                lift * (self.treated + self.control)
            }
        }
    }
}

impl Scored<'_> {
    fn check(&self) -> Result<(), ModelError> {
        let refused = |reason: String| Err(ModelError::Input { model: "uplift", reason });
        let n = self.scores.len();
        if n != self.outcomes.len() || n != self.treated.len() {
            return refused("scores, outcomes and treatments differ in number".to_owned());
        }
        if let Some(row) = self.scores.iter().position(|score| !score.is_finite()) {
            return refused(format!("the score of row {} is not finite", row + 1));
        }
        let treated = self.treated.iter().filter(|treated| **treated).count();
        if treated == 0 || treated == n {
            return refused(format!("{treated} of {n} people were treated; both arms are needed"));
        }
        Ok(())
    }

    /// Rows by falling score; of equal scores the later row first.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.scores.len()).collect();
        order.sort_by(|&a, &b| self.scores[b].total_cmp(&self.scores[a]).then(b.cmp(&a)));
        order
    }

    /// Area under a curve whose steps end where the key of the rows changes.
    fn area(&self, curve: Curve, order: &[usize], key: impl Fn(usize) -> f64) -> f64 {
        let mut counts = Counts::default();
        let (mut area, mut at, mut before) = (0.0, 0_usize, 0.0);
        for (place, &row) in order.iter().enumerate() {
            counts.add(self.outcomes[row], self.treated[row]);
            let is_last = place + 1 == order.len();
            if is_last || key(order[place + 1]) != key(row) {
                let height = counts.height(curve);
                area += 0.5 * (before + height) * (place + 1 - at) as f64;
                (at, before) = (place + 1, height);
            }
        }
        area
    }

    fn coefficient(&self, curve: Curve) -> Result<f64, ModelError> {
        self.check()?;
        let order = self.order();
        let actual = self.area(curve, &order, |row| self.scores[row]);
        let mut counts = Counts::default();
        order.iter().for_each(|&row| counts.add(self.outcomes[row], self.treated[row]));
        let random = 0.5 * counts.height(curve) * order.len() as f64;
        let wins_by_outcome = counts.control_yes > counts.treated - counts.treated_yes;
        let ideal = |row: usize| {
            let (outcome, treated) = (self.outcomes[row], self.treated[row]);
            let (yes, side) = (f64::from(outcome), f64::from(treated));
            match curve {
                Curve::Qini => yes * side - yes * (1.0 - side),
                Curve::Uplift => {
                    2.0 * f64::from(outcome == treated) + if wins_by_outcome { yes } else { side }
                }
            }
        };
        let mut best: Vec<usize> = (0..order.len()).collect();
        best.sort_by(|&a, &b| ideal(b).total_cmp(&ideal(a)));
        let perfect = self.area(curve, &best, ideal);
        let span = perfect - random;
        Ok(if span == 0.0 { 0.0 } else { (actual - random) / span })
    }
}

/// The Qini coefficient: 1 for the best order, 0 for a random one.
///
/// # Errors
/// When lengths differ, a score is not finite, or an arm is empty.
pub fn qini(scored: Scored<'_>) -> Result<f64, ModelError> {
    scored.coefficient(Curve::Qini)
}

/// The area under the uplift curve, as a coefficient like Qini's.
///
/// # Errors
/// As [`qini`].
pub fn auuc(scored: Scored<'_>) -> Result<f64, ModelError> {
    scored.coefficient(Curve::Uplift)
}

/// Difference in outcome between the arms among the best-scored share of people.
///
/// # Errors
/// As [`qini`], and when the share is not above 0 and up to 1.
pub fn uplift_at(scored: Scored<'_>, part: f64, of: ShareOf) -> Result<f64, ModelError> {
    scored.check()?;
    if !(part > 0.0 && part <= 1.0) {
        let reason = format!("the share is {part}, but must be above 0 and up to 1");
        return Err(ModelError::Input { model: "uplift", reason });
    }
    let order = scored.order();
    let head = |n: usize| (n as f64 * part) as usize;
    let mut counts = Counts::default();
    match of {
        ShareOf::All => {
            for &row in &order[..head(order.len())] {
                counts.add(scored.outcomes[row], scored.treated[row]);
            }
        }
        ShareOf::EachArm => {
            for arm in [true, false] {
                let in_arm = || order.iter().filter(|&&row| scored.treated[row] == arm);
                for &row in in_arm().take(head(in_arm().count())) {
                    counts.add(scored.outcomes[row], arm);
                }
            }
        }
    }
    Ok(share(counts.treated_yes, counts.treated) - share(counts.control_yes, counts.control))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_best_order_scores_one_and_the_worst_below_zero() {
        let outcomes = [true, true, false, false, true, false];
        let treated = [true, true, false, true, false, false];
        let best = [3.0, 3.0, 2.0, 2.0, 1.0, 2.0];
        let scored = Scored { scores: &best, outcomes: &outcomes, treated: &treated };
        assert!((qini(scored).unwrap() - 1.0).abs() < 1e-12);
        let worst = best.map(|score| -score);
        assert!(qini(Scored { scores: &worst, ..scored }).unwrap() < 0.0);
        let same = [0.0; 6];
        assert_eq!(qini(Scored { scores: &same, ..scored }).unwrap(), 0.0);
        assert_eq!(auuc(Scored { scores: &same, ..scored }).unwrap(), 0.0);
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        let (outcomes, treated) = ([true, false], [true, true]);
        let scored = Scored { scores: &[1.0, 2.0], outcomes: &outcomes, treated: &treated };
        assert!(qini(scored).unwrap_err().to_string().contains("2 of 2 people were treated"));
        let both = Scored { treated: &[true, false], ..scored };
        assert!(uplift_at(both, 0.0, ShareOf::All).is_err());
        assert!(qini(Scored { scores: &[f64::NAN, 1.0], ..both }).is_err());
        assert!(auuc(Scored { scores: &[1.0], ..both }).is_err());
    }

    proptest! {
        #[test]
        fn the_area_is_that_of_a_recount_at_each_step(
            people in prop::collection::vec((0_u8..5, any::<bool>(), any::<bool>()), 4..40),
        ) {
            let scores: Vec<f64> = people.iter().map(|p| f64::from(p.0)).collect();
            let outcomes: Vec<bool> = people.iter().map(|p| p.1).collect();
            let treated: Vec<bool> = people.iter().map(|p| p.2).collect();
            let scored = Scored { scores: &scores, outcomes: &outcomes, treated: &treated };
            let mut points = vec![(0.0, 0.0)];
            for level in (0_u8..5).rev() {
                let head: Vec<_> = people.iter().filter(|p| p.0 >= level).collect();
                let count = |arm: bool, yes: bool| {
                    head.iter().filter(|p| p.2 == arm && (!yes || p.1)).count() as f64
                };
                let n_c = count(false, false);
                let alike = count(false, true) * count(true, false);
                let control = if n_c > 0.0 { alike / n_c } else { 0.0 };
                points.push((head.len() as f64, count(true, true) - control));
            }
            let slow: f64 =
                points.windows(2).map(|w| 0.5 * (w[0].1 + w[1].1) * (w[1].0 - w[0].0)).sum();
            let fast = scored.area(Curve::Qini, &scored.order(), |row| scores[row]);
            prop_assert!((slow - fast).abs() < 1e-9);
        }
    }
}
