//! Parameters of a question: texts by name, read into settings or refused by name.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::str::FromStr;

use event::Bilingual;
use feature::FeatureError;
use jiff::civil::Date;

use crate::error::ServeError;

/// Bytes of one parameter's text at most.
const TEXT_BYTES: usize = 2_000;

/// Parameters by name, such as `steps` and `window`; an empty text counts as not given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Parameters from pairs, those without a value left out.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, Option<String>)>) -> Self {
        let given = pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Self(given.filter(|(_, value)| !value.is_empty()).collect())
    }

    /// Parameters of a query.
    ///
    /// # Errors
    /// One that is given twice or is too long, by its name.
    pub fn of_query(pairs: Vec<(String, String)>) -> Result<Self, ServeError> {
        let mut parameters = BTreeMap::new();
        for (name, value) in pairs {
            if parameters.contains_key(&name) {
                return Err(refusal(&name, &value, "give it once", "只能给出一次"));
            }
            if value.len() > TEXT_BYTES {
                return Err(refusal(&name, "…", "this is too long", "内容过长"));
            }
            parameters.insert(name, value);
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }

    /// Refuses a parameter that is none of these.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), ServeError> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, value)) => {
                let names = known.join(", ");
                let (en, zh) = (format!("there is only {names}"), format!("只有 {names}"));
                Err(refusal(name, value, en, zh))
            }
        }
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// What a text stands for; the refusal of a text names this parameter.
    pub(crate) fn read<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, FeatureError>,
    ) -> Result<Option<T>, ServeError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        parse(text).map(Some).map_err(|error| named(error, |_| name.to_owned()))
    }

    /// A number within bounds.
    pub(crate) fn number<T: FromStr + PartialOrd + std::fmt::Display>(
        &self,
        name: &str,
        range: RangeInclusive<T>,
    ) -> Result<Option<T>, ServeError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let number = text.trim().parse().ok().filter(|n| range.contains(n));
        number.map(Some).ok_or_else(|| {
            let (low, high) = (range.start(), range.end());
            let en = format!("use a number from {low} to {high}");
            refusal(name, text, en, format!("请用 {low} 至 {high} 的数"))
        })
    }

    /// A duration such as `30m`, `24h`, `7d`, in milliseconds.
    pub(crate) fn duration_ms(&self, name: &str) -> Result<Option<i64>, ServeError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        duration_ms(text).map(Some).ok_or_else(|| {
            let en = "use a duration such as 90s, 30m, 24h or 7d, at most 3650d";
            refusal(name, text, en, "请用时长，如 90s、30m、24h 或 7d，最长 3650d")
        })
    }

    /// Whether something is wanted; not unless told.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, ServeError> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(refusal(name, other, "use true or false", "请用 true 或 false")),
        }
    }

    /// The days `from` and `to`, the second no longer counted.
    pub(crate) fn days(&self) -> Result<(Option<Date>, Option<Date>), ServeError> {
        let (from, to) = (self.day("from")?, self.day("to")?);
        match (from, to) {
            (Some(from), Some(to)) if from >= to => Err(refusal(
                "to",
                &to.to_string(),
                "use a day after `from`",
                "请用晚于 from 的日期",
            )),
            days => Ok(days),
        }
    }

    /// A day.
    pub(crate) fn day(&self, name: &str) -> Result<Option<Date>, ServeError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let date = Date::strptime("%Y-%m-%d", text).ok();
        let date = date.filter(|date| (1900..=9000).contains(&date.year()));
        date.map(Some).ok_or_else(|| {
            refusal(name, text, "use a day such as 2026-03-31", "请用日期，如 2026-03-31")
        })
    }
}

/// A refused parameter.
pub(crate) fn refusal(
    parameter: &str,
    found: &str,
    en: impl Into<String>,
    zh: impl Into<String>,
) -> ServeError {
    let advice = Box::new(Bilingual::new(en, zh));
    ServeError::Parameter { parameter: parameter.to_owned(), found: found.to_owned(), advice }
}

/// A refused setting as the refused parameter that it came from.
pub(crate) fn named(error: FeatureError, name: impl FnOnce(&str) -> String) -> ServeError {
    match error {
        FeatureError::Setting { setting, found, advice } => {
            refusal(&name(setting), &found, advice.clone(), advice)
        }
        other => other.into(),
    }
}

/// Milliseconds of a whole number and a unit; nothing for any other text and beyond ten years.
fn duration_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    let unit_ms = match text.chars().next_back()? {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let ms = digits.parse::<i64>().ok()?.checked_mul(unit_ms)?;
    (ms <= 3_650 * 86_400_000).then_some(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_whole_number_and_a_unit() {
        assert_eq!(duration_ms("30m"), Some(1_800_000));
        assert_eq!(duration_ms(" 7d "), Some(604_800_000));
        assert_eq!([duration_ms("0s"), duration_ms("90s")], [Some(0), Some(90_000)]);
        for bad in
            ["", "7", "d", "-7d", "+7d", "7 d", "1.5h", "7日", "99999d", "9999999999999999999d"]
        {
            assert_eq!(duration_ms(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_refusal_names_its_parameter() {
        let of = |name: &str, value: &str| {
            Parameters::of_query(vec![(name.to_owned(), value.to_owned())]).unwrap_or_default()
        };
        let name = |error: ServeError| match error {
            ServeError::Parameter { parameter, .. } => parameter,
            other => other.to_string(),
        };
        let refused = |result: Result<(), ServeError>| result.err().map(name);
        assert_eq!(refused(of("windw", "7d").only(&["window"])).as_deref(), Some("windw"));
        let window = of("window", "7").duration_ms("window").map(drop);
        assert_eq!(refused(window).as_deref(), Some("window"));
        assert_eq!(refused(of("from", "31.3.2026").days().map(drop)).as_deref(), Some("from"));
        let depth = of("depth", "0").number::<u32>("depth", 1..=20).map(drop);
        assert_eq!(refused(depth).as_deref(), Some("depth"));
        let twice = vec![("by".to_owned(), "a".to_owned()), ("by".to_owned(), "b".to_owned())];
        assert_eq!(refused(Parameters::of_query(twice).map(drop)).as_deref(), Some("by"));
    }
}
