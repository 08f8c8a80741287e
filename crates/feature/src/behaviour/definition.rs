//! What each feature is: its name, unit, kind and meaning in both languages, beside the code that
//! works it out, so that neither can exist without the other.

use event::Bilingual;

use super::measures::Measures;

/// Windows that end at the moment, with the suffix of their features' names, length, and names.
pub const WINDOWS: [(&str, i64, &str, &str); 5] = [
    ("1h", 3_600_000, "in the last hour", "最近 1 小时"),
    ("1d", 86_400_000, "in the last 24 hours", "最近 24 小时"),
    ("7d", 7 * 86_400_000, "in the last 7 days", "最近 7 天"),
    ("30d", 30 * 86_400_000, "in the last 30 days", "最近 30 天"),
    ("all", i64::MAX, "ever", "全部时间"),
];

/// Names of a list at most.
pub const LIST: usize = 10;

/// The kind of a feature's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FeatureKind {
    /// A finite number.
    Number,
    /// A name.
    Text,
    /// Names in order.
    List,
}

/// One feature.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FeatureDef {
    /// Its name: a column's name and a word of rules.
    pub name: String,
    /// Unit of its values: `count`, `ms`, `days`, `minor` (units of money), `share` (0 to 1), ….
    pub unit: &'static str,
    /// The group it belongs to.
    pub group: &'static str,
    /// The kind of its values.
    pub kind: FeatureKind,
    /// What it is.
    pub definition: Bilingual,
}

/// A value of a feature.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Not known, or not defined for this person.
    Null,
    /// A number, never NaN nor infinite.
    Number(f64),
    /// A name.
    Text(String),
    /// Names, latest or largest first.
    List(Vec<String>),
}

impl Value {
    /// The number as bits, for comparing to the bit; everything else as none.
    pub fn bits(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(number.to_bits()),
            _ => None,
        }
    }

    /// Whether two values are the same to the bit.
    pub fn same(&self, other: &Self) -> bool {
        self.bits() == other.bits() && (self.bits().is_some() || self == other)
    }
}

type Number = for<'a> fn(&Measures<'a>) -> Option<f64>;
type Windowed = for<'a> fn(&Measures<'a>, usize) -> Option<f64>;
type Text = for<'m, 'a> fn(&'m Measures<'a>) -> Option<&'m str>;
type List = for<'m, 'a> fn(&'m Measures<'a>) -> Vec<&'m str>;

enum Of {
    Number(Number),
    Windowed(Windowed, usize),
    Text(Text),
    List(List),
}

/// A definition with its code.
pub(super) struct Feature {
    pub(super) def: FeatureDef,
    of: Of,
}

impl Feature {
    /// The feature's value for a person.
    pub(super) fn value(&self, measures: &Measures<'_>) -> Value {
        let number = |number: Option<f64>| match number {
            // Adding zero makes the two zeros one.
            Some(number) if number.is_finite() => Value::Number(number + 0.0),
            _ => Value::Null,
        };
        match &self.of {
            Of::Number(of) => number(of(measures)),
            Of::Windowed(of, window) => number(of(measures, *window)),
            Of::Text(of) => of(measures).map_or(Value::Null, |text| Value::Text(text.to_owned())),
            Of::List(of) => Value::List(of(measures).into_iter().map(str::to_owned).collect()),
        }
    }
}

/// The features of one group, in the order they are written in.
pub(super) struct Group {
    name: &'static str,
    pub(super) features: Vec<Feature>,
}

impl Group {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, features: Vec::new() }
    }

    fn push(&mut self, name: String, unit: &'static str, definition: Bilingual, of: Of) {
        let kind = match of {
            Of::Number(_) | Of::Windowed(..) => FeatureKind::Number,
            Of::Text(_) => FeatureKind::Text,
            Of::List(_) => FeatureKind::List,
        };
        let def = FeatureDef { name, unit, group: self.name, kind, definition };
        self.features.push(Feature { def, of });
    }

    /// Adds a number.
    pub(super) fn number(&mut self, name: &str, unit: &'static str, text: [&str; 2], of: Number) {
        self.push(name.to_owned(), unit, Bilingual::new(text[0], text[1]), Of::Number(of));
    }

    /// Adds a name.
    pub(super) fn text(&mut self, name: &str, text: [&str; 2], of: Text) {
        self.push(name.to_owned(), "name", Bilingual::new(text[0], text[1]), Of::Text(of));
    }

    /// Adds a list of names.
    pub(super) fn list(&mut self, name: &str, text: [&str; 2], of: List) {
        self.push(name.to_owned(), "names", Bilingual::new(text[0], text[1]), Of::List(of));
    }

    /// Adds a number for each window from `first` on.
    pub(super) fn windows(
        &mut self,
        name: &str,
        unit: &'static str,
        first: usize,
        text: [&str; 2],
        of: Windowed,
    ) {
        for (window, (suffix, _, en, zh)) in WINDOWS.iter().enumerate().skip(first) {
            let definition =
                Bilingual::new(format!("{} {en}", text[0]), format!("{zh}{}", text[1]));
            self.push(format!("{name}_{suffix}"), unit, definition, Of::Windowed(of, window));
        }
    }
}

/// `part / whole`; none when the whole is zero.
pub(super) fn ratio(part: i64, whole: i64) -> Option<f64> {
    (whole != 0).then(|| part as f64 / whole as f64)
}

/// The mean of whole numbers; none of none. The sum is exact.
pub(super) fn mean(values: impl IntoIterator<Item = i64>) -> Option<f64> {
    let (sum, count) =
        values.into_iter().fold((0_i128, 0_i64), |(sum, n), v| (sum + i128::from(v), n + 1));
    (count > 0).then(|| sum as f64 / count as f64)
}

/// The median of whole numbers, the mean of the middle two for an even count; none of none.
pub(super) fn median(values: &[i64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let mut values = values.to_vec();
    let middle = values.len() / 2;
    let is_odd = values.len() % 2 == 1;
    let (below, &mut high, _) = values.select_nth_unstable(middle);
    let low = below.iter().max().filter(|_| !is_odd).copied().unwrap_or(high);
    Some((i128::from(low) + i128::from(high)) as f64 / 2.0)
}
