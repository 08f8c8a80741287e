//! What a ranker must do: order as its classifier does, and mean what it says.

use model::{
    BoostedTreesConfig, Calibration, ClassifierConfig, LabelledTable, LogisticConfig, Ranker,
    RankerConfig, auc,
};
use rayon::ThreadPoolBuilder;

use crate::classifiers::labelled;

/// A number that looks random, from 0 to 1.
fn noise(at: usize) -> f64 {
    (at as f64 * 0.618_033_988_749_894_9 * (1.0 + (at % 97) as f64)).fract()
}

/// Candidates: a score of a recommender, how many people met the item, days since the last one;
/// yes is as likely as the first says, squared.
fn candidates(n: usize) -> LabelledTable {
    let score: Vec<f64> = (0..n).map(|at| noise(at * 3 + 1)).collect();
    let labels = score.iter().enumerate().map(|(at, s)| noise(at * 5 + 2) < s * s).collect();
    let columns = vec![
        score.iter().map(|s| Some(*s)).collect(),
        (0..n).map(|at| Some((noise(at * 11) * 100.0).floor())).collect(),
        (0..n).map(|at| (at % 4 != 0).then(|| noise(at * 7) * 30.0)).collect(),
    ];
    labelled(columns, labels)
}

fn configs() -> Vec<RankerConfig> {
    let trees = BoostedTreesConfig {
        leaves: vec![4],
        rounds_max: 60,
        learning_rate: 0.2,
        inner_folds: 3,
        ..BoostedTreesConfig::default()
    };
    let classifiers = [
        ClassifierConfig::Logistic(LogisticConfig::default()),
        ClassifierConfig::BoostedTrees(trees),
    ];
    let with = |classifier: &ClassifierConfig, calibration| RankerConfig {
        classifier: classifier.clone(),
        calibration,
        folds: 4,
        seed: 9,
    };
    let ways = |classifier| Calibration::ALL.map(|way| with(classifier, way));
    classifiers.iter().flat_map(ways).collect()
}

#[test]
fn probabilities_rise_with_scores_and_mean_what_they_say() {
    let (train, test) =
        (candidates(1_200), candidates(4_000).select(&(1_200..4_000).collect::<Vec<_>>()));
    for config in configs() {
        let (ranker, report) = Ranker::fit(&train, &config).unwrap();
        let rows: Vec<_> = (0..test.n_rows()).map(|at| test.row(at)).collect();
        let mut both: Vec<(f64, f64)> =
            rows.iter().map(|row| (ranker.score(row), ranker.probability(row))).collect();
        let area = auc(&both.iter().map(|one| one.1).collect::<Vec<_>>(), test.labels()).unwrap();
        assert!(area > 0.75, "{config:?}: {area}");
        let said = both.iter().map(|one| one.1).sum::<f64>() / both.len() as f64;
        let share = test.n_positive() as f64 / test.n_rows() as f64;
        assert!((said - share).abs() < 0.04, "{config:?}: said {said}, was {share}");
        both.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(both.is_sorted_by(|a, b| a.1 <= b.1), "{config:?}");
        assert!(both.iter().all(|one| one.1 > 0.0 && one.1 < 1.0), "{config:?}");
        let ranked = ranker.rank(&rows[..50]);
        assert_eq!(ranked.len(), 50);
        assert!(ranked.is_sorted_by(|a, b| a.1 >= b.1), "{config:?}");
        assert!(report.raw.auc.mean > 0.75 && report.calibrated.calibration_error < 0.08);
        assert_eq!(ranker.columns(), train.names());
    }
}

#[test]
fn scores_that_exaggerate_are_calibrated() {
    // Trees that are let run on exaggerate; both ways bring them back.
    let train = candidates(600);
    let wild = BoostedTreesConfig {
        leaves: vec![16],
        rounds_max: 80,
        patience: 80,
        learning_rate: 0.5,
        min_child_rows: 2,
        inner_folds: 2,
        ..BoostedTreesConfig::default()
    };
    for calibration in [Calibration::Platt, Calibration::Isotonic] {
        let classifier = ClassifierConfig::BoostedTrees(wild.clone());
        let config = RankerConfig { classifier, calibration, folds: 4, seed: 1 };
        let (_, report) = Ranker::fit(&train, &config).unwrap();
        assert!(
            report.calibrated.calibration_error <= report.raw.calibration_error
                && report.calibrated.log_loss.mean < report.raw.log_loss.mean + 0.01,
            "{calibration:?}: {report:?}"
        );
    }
}

#[test]
fn a_ranker_depends_on_rows_alone() {
    let train = candidates(300);
    let turned = train.select(&(0..300).rev().collect::<Vec<_>>());
    for config in configs() {
        let at = |threads: usize, table: &LabelledTable| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let (ranker, _) = pool.install(|| Ranker::fit(table, &config).unwrap());
            (ranker.classifier().clone(), ranker.calibrator().clone())
        };
        let first = at(1, &train);
        assert!(first == at(2, &train) && first == at(1, &turned), "{config:?}");
    }
}

#[test]
fn what_cannot_be_ranked_is_refused() {
    let one_label = labelled(vec![vec![Some(1.0); 8]], vec![true; 8]);
    assert!(Ranker::fit(&one_label, &RankerConfig::default()).is_err());
    let config = RankerConfig { folds: 1, ..RankerConfig::default() };
    assert!(Ranker::fit(&candidates(60), &config).is_err());
}
