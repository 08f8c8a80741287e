//! Customer models against other tools, against slow obvious twins, and on customers drawn from a
//! known model.

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::histories::History;
    use super::super::*;
    use crate::seed::Stream;

    /// The parameters of lifetimes 0.11.3 on the CDNOW sample, in weeks.
    const BG: BetaGeometric = BetaGeometric {
        dropout: Dropout::AfterRepeats,
        r: 0.242_592_928_279_821_82,
        alpha: 4.413_532_265_271_819,
        a: 0.792_885_966_440_688_2,
        b: 2.425_752_382_625_86,
        log_likelihood: 0.0,
        standard_errors: None,
    };
    const PARETO: ParetoNbd = ParetoNbd {
        r: 0.553_278_299_214_726_5,
        alpha: 10.577_483_914_064_747,
        s: 0.606_121_168_507_945_1,
        beta: 11.665_352_015_348_171,
        log_likelihood: 0.0,
        standard_errors: None,
    };
    const SPEND: GammaGamma = GammaGamma {
        p: 6.248_802_496_075_312,
        q: 3.744_588_460_923_114,
        v: 15.447_748_064_929_14,
        log_likelihood: 0.0,
        standard_errors: None,
        n_customers: 946,
    };
    /// Repeats, recency, age, horizon; P(alive) and expectation of BG/NBD, then of Pareto/NBD.
    const CASES: [(u32, [f64; 7]); 5] = [
        (
            2,
            [
                30.43,
                38.86,
                39.0,
                0.726_609_136_8,
                1.225_910_424_2,
                0.869_130_244_4,
                1.455_166_503_4,
            ],
        ),
        (
            26,
            [30.86, 31.0, 39.0, 0.968_919_716, 20.750_570_498_8, 0.997_918_135_1, 20.116_363_533_8],
        ),
        (0, [0.0, 38.86, 39.0, 1.0, 0.194_780_857_9, 0.295_105_800_3, 0.107_065_871_0]),
        (
            1,
            [1.71, 38.86, 39.0, 0.212_227_388_1, 0.203_250_624_3, 0.167_877_596_0, 0.170_990_384_2],
        ),
        (
            7,
            [
                29.43,
                38.86,
                13.0,
                0.641_800_639_4,
                1.279_182_869_7,
                0.749_435_014_5,
                1.386_180_319_5,
            ],
        ),
    ];

    fn close(found: f64, expected: f64, relative: f64) -> bool {
        (found - expected).abs() <= relative * expected.abs()
    }

    #[test]
    fn single_customers_are_as_lifetimes_has_them() {
        for (repeats, [recency, age, horizon, alive, expected, pareto_alive, pareto_expected]) in
            CASES
        {
            let history = History { repeats, recency, age };
            assert!(close(BG.p_alive(&history), alive, 1e-8), "{history:?}");
            assert!(close(BG.expected(&history, horizon), expected, 1e-8), "{history:?}");
            assert!(close(PARETO.p_alive(&history), pareto_alive, 1e-8), "{history:?}");
            assert!(
                close(PARETO.expected(&history, horizon), pareto_expected, 1e-8),
                "{history:?}"
            );
        }
        for (weeks, expected) in [(13.0, 0.533_639_901), (78.0, 1.857_971_703_5)] {
            assert!(close(BG.expected(&History::NEW, weeks), expected, 1e-8), "{weeks}");
        }
    }

    #[test]
    fn a_year_of_value_is_as_lifetimes_has_it() {
        let spend = Spend { purchases: 2, mean: 22.35 };
        let next = SPEND.expected(&spend).unwrap();
        assert!(close(next, 24.658_616, 1e-6), "{next}");
        let everybody = SPEND.expected(&Spend { purchases: 0, mean: 0.0 }).unwrap();
        assert!(close(everybody, 35.171_002, 1e-6), "{everybody}");
        let history = History { repeats: 2, recency: 30.43, age: 38.86 };
        // Months of 4.345 weeks at 1 % a month.
        let year = Horizon { period: 4.345, periods: 12, discount: 0.01 };
        let value = lifetime_value(&BG, &history, next, year);
        assert!(close(value, 36.278_495_8, 1e-4), "{value}");
        assert_eq!(lifetime_value(&BG, &history, next, Horizon { periods: 0, ..year }), 0.0);
    }

    #[test]
    fn no_mean_spend_is_said_where_there_is_none() {
        let heavy = GammaGamma { q: 0.8, ..SPEND };
        assert_eq!(heavy.expected(&Spend { purchases: 0, mean: 0.0 }), None);
        assert!(heavy.expected(&Spend { purchases: 1, mean: 9.0 }).is_some());
        let free = [Spend { purchases: 1, mean: 0.0 }; 3];
        assert!(GammaGamma::fit(&free).unwrap_err().to_string().contains("free and refunded"));
        let few = [Spend { purchases: 1, mean: 2.0 }, Spend { purchases: 0, mean: 0.0 }];
        assert!(GammaGamma::fit(&few).unwrap_err().to_string().contains("at least 3"));
    }

    /// Customers who live and buy as Pareto/NBD says, by inversion.
    fn drawn(n: u64, r: f64, alpha: f64, s: f64, beta: f64, age: f64) -> Vec<History> {
        // Gamma of shape below 1 by Johnk's rule, of any shape as a sum.
        let gamma = |stream: Stream, shape: f64| {
            let unit = |at: u64| f64::from(stream.unit(at)).max(1e-9);
            let whole: f64 = (0..shape as u64).map(|at| -unit(at).ln()).sum();
            let (mut at, part) = (1_000, shape.fract());
            if part == 0.0 {
                return whole;
            }
            loop {
                let (x, y) = (unit(at).powf(1.0 / part), unit(at + 1).powf(1.0 / (1.0 - part)));
                if x + y <= 1.0 {
                    return whole - unit(at + 2).ln() * x / (x + y);
                }
                at += 3;
            }
        };
        let one = |name: u64| {
            let stream = Stream::new(5).fork(name);
            let rate = gamma(stream.fork(1), r) / alpha;
            let death =
                -f64::from(stream.unit(0)).max(1e-9).ln() / (gamma(stream.fork(2), s) / beta);
            let (mut now, mut history) = (0.0, History { repeats: 0, recency: 0.0, age });
            for at in 1..10_000 {
                now -= f64::from(stream.unit(at)).max(1e-9).ln() / rate;
                if now > death.min(age) {
                    break;
                }
                history = History { repeats: history.repeats + 1, recency: now, age };
            }
            history
        };
        (0..n).map(one).collect()
    }

    #[test]
    fn what_customers_were_drawn_with_is_found_again() {
        let histories = drawn(6_000, 0.6, 8.0, 0.8, 20.0, 60.0);
        let all = Histories::new("ParetoNbd", &histories).unwrap();
        let found = ParetoNbd::fit(&all).unwrap();
        let errors = found.standard_errors.unwrap();
        for (value, (truth, error)) in
            [found.r, found.alpha, found.s].iter().zip([0.6, 8.0, 0.8].iter().zip(errors))
        {
            assert!((value - truth).abs() < 4.0 * error, "{found:?}");
        }
        let alive: f64 = histories.iter().map(|h| found.p_alive(h)).sum();
        assert!(alive > 0.0 && alive < 6_000.0);
        // BG/NBD is another model of the same habit: what it expects is near.
        let bg = BetaGeometric::fit(Dropout::AfterRepeats, &all).unwrap();
        let sum = |model: &dyn PurchaseModel| -> f64 {
            histories.iter().map(|history| model.expected(history, 30.0)).sum()
        };
        assert!((sum(&bg) / sum(&found) - 1.0).abs() < 0.15, "{} {}", sum(&bg), sum(&found));
    }

    #[test]
    fn the_unit_of_time_and_the_order_of_customers_change_nothing() {
        let histories = drawn(800, 0.6, 8.0, 0.8, 20.0, 60.0);
        let in_days = |h: &History| History { recency: h.recency * 7.0, age: h.age * 7.0, ..*h };
        let mut days: Vec<History> = histories.iter().map(in_days).collect();
        days.reverse();
        let fit = |histories: &[History]| {
            BetaGeometric::fit(Dropout::AfterAny, &Histories::new("MbgNbd", histories).unwrap())
                .unwrap()
        };
        let (weeks, days) = (fit(&histories), fit(&days));
        for (found, expected) in [
            (days.r, weeks.r),
            (days.alpha / 7.0, weeks.alpha),
            (days.a, weeks.a),
            (days.b, weeks.b),
        ] {
            assert!(close(found, expected, 1e-3), "{weeks:?} {days:?}");
        }
    }

    #[test]
    fn the_same_customers_give_the_same_bits_at_any_number_of_threads() {
        let histories = drawn(9_000, 0.6, 8.0, 0.8, 20.0, 60.0);
        let fit = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let all = Histories::new("BgNbd", &histories).unwrap();
                BetaGeometric::fit(Dropout::AfterRepeats, &all).unwrap()
            })
        };
        assert_eq!(fit(1), fit(2));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Death between last purchase and end, by a sum over two hundred thousand thin slices.
        #[test]
        fn the_integral_of_deaths_is_its_riemann_sum(
            repeats in 0_u32..30, recency in 0.01_f64..30.0, more in 0.1_f64..60.0,
            r in 0.2_f64..4.0, alpha in 0.3_f64..30.0, s in 0.2_f64..4.0, beta in 0.3_f64..30.0,
        ) {
            let recency = if repeats == 0 { 0.0 } else { recency };
            let history = History { repeats, recency, age: recency + more };
            let model = ParetoNbd { r, alpha, s, beta, log_likelihood: 0.0, standard_errors: None };
            let power = r + f64::from(repeats);
            let slices = 200_000;
            let width = more / f64::from(slices);
            // Relative to being alive at the end.
            let alive = -power * (alpha + history.age).ln() - s * (beta + history.age).ln();
            let of = |slice: i32| {
                let y = recency + (f64::from(slice) + 0.5) * width;
                let log = s.ln() - power * (alpha + y).ln() - (s + 1.0) * (beta + y).ln();
                (log - alive).exp() * width
            };
            let gone: f64 = (0..slices).map(of).sum();
            prop_assert!(close(model.p_alive(&history), 1.0 / (1.0 + gone), 1e-5));
        }

        /// The expectation of BG/NBD grows, is never negative, and is smooth through `a = 1`.
        #[test]
        fn expectations_grow_with_the_horizon_and_pass_a_of_one(
            repeats in 0_u32..40, share in 0.05_f64..1.0, age in 1.0_f64..80.0,
            r in 0.2_f64..4.0, alpha in 0.3_f64..30.0, b in 0.3_f64..6.0,
        ) {
            let recency = if repeats == 0 { 0.0 } else { share * age };
            let history = History { repeats, recency, age };
            for dropout in [Dropout::AfterRepeats, Dropout::AfterAny] {
                let at = |a: f64| BetaGeometric {
                    dropout, r, alpha, a, b, log_likelihood: 0.0, standard_errors: None,
                };
                let one = at(1.0);
                let mut before = 0.0;
                for horizon in [0.0, 1.0, 10.0, 100.0, 1_000.0] {
                    let now = one.expected(&history, horizon);
                    prop_assert!(now >= before - 1e-12 && now.is_finite());
                    let sides = [1.0 - 1e-7, 1.0 + 1e-7].map(|a| at(a).expected(&history, horizon));
                    let middle = 0.5 * (sides[0] + sides[1]);
                    prop_assert!((now - middle).abs() <= 1e-5 * now.max(1e-3), "{now} {middle}");
                    before = now;
                }
                prop_assert!((0.0..=1.0).contains(&one.p_alive(&history)));
            }
        }
    }
}
