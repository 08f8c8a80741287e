//! Strict reading of one JSON object: every field is asked for by name, the rest is refused.

use serde_json::{Map, Value};

use crate::limits::{self, Limit};
use crate::refusal::RefusalCode::{self, *};
use crate::{Currency, IdError, Refusal};

/// An object being read, with its place for messages.
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: String,
    asked: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The object at `path` (empty for the event itself).
    pub fn of(value: &'a Value, path: &str) -> Result<Self, Refusal> {
        match value {
            Value::Object(map) => Ok(Self { map, path: path.to_owned(), asked: Vec::new() }),
            _ if path.is_empty() => Err(Refusal::new(NotAnObject, "")),
            _ => Err(Refusal::new(FieldType, path)),
        }
    }

    /// The dotted path of a field of this object.
    pub fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// A refusal at a field of this object.
    pub fn refuse(&self, code: RefusalCode, name: &str) -> Refusal {
        Refusal::new(code, self.path(name))
    }

    /// The raw value; `null` counts as absent.
    pub fn get(&mut self, name: &'static str) -> Option<&'a Value> {
        self.asked.push(name);
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// A value that must be there.
    pub fn need(&mut self, name: &'static str) -> Result<&'a Value, Refusal> {
        self.get(name).ok_or_else(|| self.refuse(FieldMissing, name))
    }

    /// Text within a limit; empty text counts as absent.
    pub fn text(&mut self, name: &'static str, limit: Limit) -> Result<Option<&'a str>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() > limit.value => {
                Err(self.refuse(FieldTooLong, name))
            }
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.refuse(FieldType, name)),
        }
    }

    /// A short text, owned.
    pub fn name(&mut self, name: &'static str) -> Result<Option<String>, Refusal> {
        Ok(self.text(name, limits::NAME_BYTES)?.map(str::to_owned))
    }

    /// Text that must be there.
    pub fn need_text(&mut self, name: &'static str, limit: Limit) -> Result<&'a str, Refusal> {
        self.text(name, limit)?.ok_or_else(|| self.refuse(FieldMissing, name))
    }

    /// An identifier; JSON whole numbers are taken as their digits.
    pub fn id<T>(
        &mut self,
        name: &'static str,
        make: impl Fn(&str) -> Result<T, IdError>,
    ) -> Result<Option<T>, Refusal> {
        let digits;
        let text = match self.get(name) {
            None => return Ok(None),
            Some(Value::String(text)) => text.as_str(),
            Some(Value::Number(n)) if n.is_i64() || n.is_u64() => {
                digits = n.to_string();
                &digits
            }
            Some(_) => return Err(self.refuse(FieldType, name)),
        };
        make(text).map(Some).map_err(|_| self.refuse(IdInvalid, name))
    }

    /// An identifier that must be there.
    pub fn need_id<T>(
        &mut self,
        name: &'static str,
        make: impl Fn(&str) -> Result<T, IdError>,
    ) -> Result<T, Refusal> {
        self.id(name, make)?.ok_or_else(|| self.refuse(FieldMissing, name))
    }

    /// A truth value.
    pub fn flag(&mut self, name: &'static str) -> Result<Option<bool>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.refuse(FieldType, name)),
        }
    }

    /// A whole number from `low` to `high`.
    pub fn whole(
        &mut self,
        name: &'static str,
        low: i64,
        high: i64,
    ) -> Result<Option<i64>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match value.as_i64() {
                Some(n) if (low..=high).contains(&n) => Ok(Some(n)),
                None if !value.is_number() => Err(self.refuse(FieldType, name)),
                _ => Err(self.refuse(NumberRange, name)),
            },
        }
    }

    /// A count: a whole number from 0 to 2⁵³.
    pub fn count(&mut self, name: &'static str) -> Result<Option<u64>, Refusal> {
        let count = self.whole(name, 0, 1 << 53)?;
        Ok(count.map(i64::unsigned_abs))
    }

    /// A position, sequence or click count: a whole number that fits 32 bits.
    pub fn small(&mut self, name: &'static str, low: u32) -> Result<Option<u32>, Refusal> {
        let number = self.whole(name, i64::from(low), i64::from(u32::MAX))?;
        Ok(number.and_then(|n| u32::try_from(n).ok()))
    }

    /// A finite number from `low` to `high`.
    pub fn number(
        &mut self,
        name: &'static str,
        low: f64,
        high: f64,
    ) -> Result<Option<f64>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match value.as_f64() {
                Some(n) if (low..=high).contains(&n) => Ok(Some(n)),
                Some(_) => Err(self.refuse(NumberRange, name)),
                None => Err(self.refuse(FieldType, name)),
            },
        }
    }

    /// An amount in minor units, never negative.
    pub fn amount(&mut self, name: &'static str) -> Result<Option<i64>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match value.as_i64() {
                Some(n) if n < 0 => Err(self.refuse(AmountNegative, name)),
                Some(n) if usize::try_from(n).is_ok_and(|n| n <= limits::AMOUNT_MINOR.value) => {
                    Ok(Some(n))
                }
                None if !value.is_number() => Err(self.refuse(FieldType, name)),
                _ => Err(self.refuse(AmountInvalid, name)),
            },
        }
    }

    /// A currency.
    pub fn currency(&mut self, name: &'static str) -> Result<Option<Currency>, Refusal> {
        match self.text(name, limits::NAME_BYTES)? {
            None => Ok(None),
            Some(code) => match Currency::new(code) {
                Some(currency) => Ok(Some(currency)),
                None => Err(self.refuse(CurrencyUnknown, name)),
            },
        }
    }

    /// The currency of `amount`: required as soon as there is an amount.
    pub fn currency_for(&mut self, amount: Option<i64>) -> Result<Option<Currency>, Refusal> {
        match (self.currency("currency")?, amount) {
            (None, Some(_)) => Err(self.refuse(CurrencyMissing, "currency")),
            (currency, _) => Ok(currency),
        }
    }

    /// A list within a limit, each entry read by `read` at its own path.
    pub fn list<T>(
        &mut self,
        name: &'static str,
        limit: Limit,
        mut read: impl FnMut(&'a Value, &str) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(entries)) if entries.len() > limit.value => {
                Err(self.refuse(ListTooLong, name))
            }
            Some(Value::Array(entries)) => {
                let path = self.path(name);
                let read_one = |(i, value)| read(value, &format!("{path}[{i}]"));
                entries.iter().enumerate().map(read_one).collect()
            }
            Some(_) => Err(self.refuse(FieldType, name)),
        }
    }

    /// An object read by `read`.
    pub fn object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Fields<'a>) -> Result<T, Refusal>,
    ) -> Result<Option<T>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => read(Fields::of(value, &self.path(name))?).map(Some),
        }
    }

    /// Refuses fields nobody asked for.
    pub fn finish(self) -> Result<(), Refusal> {
        match self.map.keys().find(|key| !self.asked.contains(&key.as_str())) {
            Some(key) => Err(self.refuse(FieldUnknown, key)),
            None => Ok(()),
        }
    }
}

/// Text of at most [`limits::NAME_BYTES`] at a path.
pub(crate) fn short_text(value: &Value, path: &str) -> Result<String, Refusal> {
    match value {
        Value::String(text) if text.len() > limits::NAME_BYTES.value => {
            Err(Refusal::new(FieldTooLong, path))
        }
        Value::String(text) => Ok(text.clone()),
        _ => Err(Refusal::new(FieldType, path)),
    }
}
