//! One measured figure: the row of every suite's table and JSON file.

use serde::Serialize;

/// A figure with what it is held against. JSON keys are the names of the fields.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The data.
    pub set: String,
    /// How it was measured.
    pub protocol: String,
    /// The model, or the part of the program.
    pub model: String,
    /// What was measured, with its unit.
    pub metric: String,
    /// Our figure; none where it needs a peer that is not installed.
    pub value: Option<f64>,
    /// The figure asked for.
    pub pass: Option<f64>,
    /// The figure aimed at beyond it; printed, not written.
    #[serde(skip)]
    pub moon: Option<f64>,
    /// Whether the figure asked for is reached.
    pub holds: Option<bool>,
    /// The simplest model's figure.
    pub baseline: Option<f64>,
    /// The other tool's figure.
    pub peer: Option<f64>,
    /// Seconds: of the part that the metric names, else of the whole command.
    pub seconds: Option<f64>,
    /// Peak resident memory, MiB.
    pub rss_mib: Option<f64>,
    /// What to run to see it again.
    pub command: String,
}

/// On which side of the pass a figure has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Larger is better.
    AtLeast,
    /// Smaller is better.
    AtMost,
}

impl Row {
    /// A row that holds nothing yet but its name and command.
    pub fn new(set: &str, model: &str, metric: &str, command: &str) -> Self {
        Self {
            set: set.to_owned(),
            protocol: String::new(),
            model: model.to_owned(),
            metric: metric.to_owned(),
            value: None,
            pass: None,
            moon: None,
            holds: None,
            baseline: None,
            peer: None,
            seconds: None,
            rss_mib: None,
            command: command.to_owned(),
        }
    }

    /// With how it was measured.
    pub fn protocol(mut self, protocol: impl Into<String>) -> Self {
        self.protocol = protocol.into();
        self
    }

    /// With our figure.
    pub fn value(mut self, value: impl Into<Option<f64>>) -> Self {
        self.value = value.into();
        self
    }

    /// With the simplest model's figure.
    pub fn baseline(mut self, baseline: impl Into<Option<f64>>) -> Self {
        self.baseline = baseline.into();
        self
    }

    /// With the other tool's figure.
    pub fn peer(mut self, peer: impl Into<Option<f64>>) -> Self {
        self.peer = peer.into();
        self
    }

    /// With seconds and peak memory.
    pub fn cost(mut self, seconds: f64, rss_mib: f64) -> Self {
        self.seconds = Some(seconds);
        self.rss_mib = Some(rss_mib);
        self
    }

    /// With the figure aimed at beyond the pass.
    pub fn moon(mut self, moon: impl Into<Option<f64>>) -> Self {
        self.moon = moon.into();
        self
    }

    /// With the figure asked for, from which ours may differ by a tolerance.
    pub fn equals(mut self, expected: f64, tolerance: f64) -> Self {
        self.pass = Some(expected);
        self.holds = self.value.map(|value| (value - expected).abs() <= tolerance);
        self
    }

    /// With the figure asked for; `also` is what must hold beside it.
    pub fn pass(mut self, side: Side, pass: f64, also: bool) -> Self {
        self.pass = Some(pass);
        self.holds = self.value.map(|value| {
            also && match side {
                Side::AtLeast => value >= pass,
                Side::AtMost => value <= pass,
            }
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_json_has_the_keys_of_every_suite_and_no_other() {
        let row = Row::new("Gowalla", "iALS 64", "Recall@20", "dongcha evaluate").value(0.15);
        let json = serde_json::to_string(&row).unwrap();
        let keys: Vec<&str> = [
            "set", "protocol", "model", "metric", "value", "pass", "holds", "baseline", "peer",
            "seconds", "rss_mib", "command",
        ]
        .to_vec();
        let Value::Object(object) = serde_json::from_str(&json).unwrap() else { panic!("{json}") };
        assert_eq!(object.len(), keys.len());
        assert!(keys.iter().all(|key| object.contains_key(*key)), "{json}");
        assert_eq!(object["value"], 0.15);
        assert_eq!(object["pass"], Value::Null);
    }

    #[test]
    fn a_golden_figure_holds_within_its_tolerance() {
        let row = |value: Option<f64>| Row::new("", "", "", "").value(value).equals(2.0, 0.01);
        assert_eq!(row(Some(2.009)).holds, Some(true));
        assert_eq!(row(Some(1.98)).holds, Some(false));
        assert_eq!(row(None).holds, None);
    }

    #[test]
    fn a_pass_holds_on_its_side_only_and_not_without_a_value() {
        let row = |value: Option<f64>| Row::new("", "", "", "").value(value);
        assert_eq!(row(Some(0.5)).pass(Side::AtMost, 0.5, true).holds, Some(true));
        assert_eq!(row(Some(0.6)).pass(Side::AtMost, 0.5, true).holds, Some(false));
        assert_eq!(row(Some(0.6)).pass(Side::AtLeast, 0.5, true).holds, Some(true));
        assert_eq!(row(Some(0.6)).pass(Side::AtLeast, 0.5, false).holds, Some(false));
        assert_eq!(row(None).pass(Side::AtLeast, 0.5, true).holds, None);
    }
}
