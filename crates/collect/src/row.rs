//! One row under a map: its fields as checked values, or a refusal that names the column.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use event::{Currency, ItemId, LineKind, Refusal, RefusalCode, Rounding, TimeMs, limits};

use crate::binding::Binding;
use crate::clock::{Clock, Moment};
use crate::event_id::RowDigest;
use crate::map::{ColumnMap, Field};
use crate::source::Record;
use crate::value;

type Read<T> = Result<T, Refusal>;

/// A price as a row gives it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Price {
    /// Minor units.
    pub minor: i64,
    /// Their currency.
    pub currency: Currency,
    /// Whether digits beyond the minor unit were rounded.
    pub rounded: bool,
}

impl Price {
    /// Whether the file says zero; 0.001 is a price, though it rounds to none.
    pub fn is_zero(&self) -> bool {
        self.minor == 0 && !self.rounded
    }
}

/// Reads the rows of one file under one map.
pub(crate) struct RowReader<'m> {
    /// The map.
    pub map: &'m ColumnMap,
    /// Where its fields stand in the file.
    pub binding: Binding,
    clock: Clock,
    fixed: Option<Moment>,
    currency: Option<Currency>,
    received: TimeMs,
    values: Vec<Option<&'m BTreeMap<String, String>>>,
}

impl<'m> RowReader<'m> {
    /// A reader; `Err` says what is wrong with the map or the defaults.
    pub fn new(
        map: &'m ColumnMap,
        binding: Binding,
        currency: Option<Currency>,
        zone: Option<&str>,
        received: TimeMs,
    ) -> Result<Self, String> {
        let own = match map.currency.as_deref() {
            None => None,
            Some(code) => Some(
                Currency::new(code).ok_or(format!("currency {code} is not an ISO 4217 code"))?,
            ),
        };
        let mut clock = Clock::new(map, zone)?;
        let fixed = match map.fixed_time.as_deref() {
            None => None,
            Some(text) => Some(clock.read(text).ok_or(format!("fixed_time {text} is not a time"))?),
        };
        let values = Field::ALL.iter().map(|f| map.values.get(f.as_str())).collect();
        Ok(Self { map, binding, clock, fixed, currency: own.or(currency), received, values })
    }

    /// A refusal at the column of a field.
    pub fn refuse(&self, code: RefusalCode, field: Field) -> Refusal {
        Refusal::new(code, self.binding.column(field))
    }

    /// The currency where no column says it.
    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// The text of a field; what the map calls missing is absent, what it renames is renamed.
    pub fn text<'r>(&'r self, record: &'r Record, field: Field) -> Option<&'r str> {
        let text = self.known(record.get(self.binding.position(field)?))?;
        let renamed = self.values[field as usize].and_then(|table| table.get(text));
        Some(renamed.map_or(text, String::as_str))
    }

    /// Trimmed text, unless it is empty or means that nothing is known.
    fn known<'r>(&self, text: &'r str) -> Option<&'r str> {
        let text = text.trim();
        let missing = |m: &String| m.eq_ignore_ascii_case(text);
        (!text.is_empty() && !self.map.missing.iter().any(missing)).then_some(text)
    }

    /// An identifier.
    pub fn id<'r>(&'r self, record: &'r Record, field: Field) -> Option<&'r str> {
        self.text(record, field).map(value::id)
    }

    /// The event's id where the row has one of its own, in the name of the map.
    pub fn own_id(&self, record: &Record) -> Option<String> {
        self.id(record, Field::Id).map(|own| format!("{}:{own}", self.map.name))
    }

    /// The known person.
    pub fn user<'r>(&'r self, record: &'r Record) -> Option<&'r str> {
        self.id(record, Field::User).filter(|u| !self.map.anonymous.iter().any(|a| a == u))
    }

    /// The visitor.
    pub fn anon(&self, record: &Record) -> Option<String> {
        let id = self.id(record, Field::Anon)?;
        Some(format!("{}{id}", self.map.anon_prefix))
    }

    /// The item, which must be there.
    pub fn item(&self, record: &Record) -> Read<String> {
        let missing = || self.refuse(RefusalCode::FieldMissing, Field::Item);
        let id = self.id(record, Field::Item).ok_or_else(missing)?;
        let id = if self.map.item_upper_case { id.to_uppercase() } else { id.to_owned() };
        match ItemId::new(&id) {
            Ok(_) => Ok(id),
            Err(_) => Err(self.refuse(RefusalCode::IdInvalid, Field::Item)),
        }
    }

    /// A whole number.
    pub fn whole(&self, record: &Record, field: Field) -> Read<Option<i64>> {
        match self.text(record, field) {
            None => Ok(None),
            Some(text) => match value::whole(text, self.map.decimal_comma) {
                Some(number) => Ok(Some(number)),
                None => Err(self.refuse(RefusalCode::ValueNumber, field)),
            },
        }
    }

    /// Units, within the limit and not zero; 1 where no column holds them.
    pub fn qty(&self, record: &Record) -> Read<i64> {
        let qty = match self.whole(record, Field::Qty)? {
            Some(qty) => qty,
            None if self.binding.position(Field::Qty).is_none() => 1,
            None => return Err(self.refuse(RefusalCode::ValueNumber, Field::Qty)),
        };
        let size = usize::try_from(qty.unsigned_abs()).unwrap_or(usize::MAX);
        match size {
            0 => Err(self.refuse(RefusalCode::QuantityInvalid, Field::Qty)),
            n if n > limits::QTY.value => {
                Err(self.refuse(RefusalCode::QuantityInvalid, Field::Qty))
            }
            _ => Ok(qty),
        }
    }

    /// A decimal number that is no money.
    pub fn number(&self, record: &Record, field: Field) -> Read<Option<f64>> {
        match self.text(record, field) {
            None => Ok(None),
            Some(text) => match value::number(text, self.map.decimal_comma) {
                Some(number) => Ok(Some(number)),
                None => Err(self.refuse(RefusalCode::ValueNumber, field)),
            },
        }
    }

    /// The price of one unit, never negative.
    pub fn price(&self, record: &Record) -> Read<Option<Price>> {
        let Some(text) = self.text(record, Field::Price) else { return Ok(None) };
        let currency = match self.text(record, Field::Currency) {
            Some(code) => Some(
                Currency::new(code)
                    .ok_or_else(|| self.refuse(RefusalCode::CurrencyUnknown, Field::Currency))?,
            ),
            None => self.currency,
        };
        let missing = || self.refuse(RefusalCode::CurrencyMissing, Field::Currency);
        let currency = currency.ok_or_else(missing)?;
        let refuse = |code| self.refuse(code, Field::Price);
        let (minor, rounding) =
            value::amount(text, currency, self.map.decimal_comma).map_err(refuse)?;
        if text.starts_with('-') && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
            return Err(refuse(RefusalCode::AmountNegative));
        }
        if usize::try_from(minor).is_ok_and(|m| m > limits::AMOUNT_MINOR.value) {
            return Err(refuse(RefusalCode::AmountInvalid));
        }
        Ok(Some(Price { minor, currency, rounded: rounding == Rounding::Rounded }))
    }

    /// When it happened; a row from the future is refused before it joins an order.
    pub fn time(&mut self, record: &Record) -> Read<Moment> {
        let moment = self.any_time(record)?;
        let ahead_ms = moment.0.0.saturating_sub(self.received.0);
        if usize::try_from(ahead_ms).is_ok_and(|ms| ms > limits::FUTURE_MS.value) {
            return Err(self.refuse(RefusalCode::TimeFuture, Field::Time));
        }
        Ok(moment)
    }

    fn any_time(&mut self, record: &Record) -> Read<Moment> {
        if let Some(position) = self.binding.position(Field::Time) {
            let read = self.clock.read(record.get(position).trim());
            return read.ok_or_else(|| self.refuse(RefusalCode::ValueTime, Field::Time));
        }
        if self.binding.position(Field::Year).is_some() {
            let part = |field| self.whole(record, field).map(|n| n.unwrap_or(0));
            let (year, month, day) = (part(Field::Year)?, part(Field::Month)?, part(Field::Day)?);
            let read = self.clock.date(year, month, day);
            let (mut time, offset) =
                read.ok_or_else(|| self.refuse(RefusalCode::ValueTime, Field::Year))?;
            if self.map.seq_seconds {
                let seq = self.whole(record, Field::Seq)?.unwrap_or(0).clamp(0, 86_399);
                time.0 = time.0.saturating_add(seq * 1000);
            }
            return Ok((time, offset));
        }
        self.fixed.ok_or_else(|| self.refuse(RefusalCode::ValueTime, Field::Time))
    }

    /// The category, widest level first.
    pub fn category(&self, record: &Record) -> Vec<String> {
        if !self.binding.category_path.is_empty() {
            let levels = self.binding.category_path.iter();
            return levels.filter_map(|i| self.known(record.get(*i))).map(str::to_owned).collect();
        }
        let Some(text) = self.text(record, Field::Category) else { return Vec::new() };
        match self.map.category_split.as_deref() {
            Some(mark) if !mark.is_empty() => {
                let levels = text.split(mark).map(str::trim).filter(|level| !level.is_empty());
                levels.map(str::to_owned).collect()
            }
            _ => vec![text.to_owned()],
        }
    }

    /// The item's name, with single blanks.
    pub fn title(&self, record: &Record) -> Option<String> {
        let text = self.text(record, Field::Title)?;
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Attributes of the item.
    pub fn attrs(&self, record: &Record) -> Vec<(String, String)> {
        let attrs = self.binding.attrs.iter().filter_map(|(name, at)| {
            let text = self.known(record.get(*at))?;
            let renamed = self.map.values.get(name).and_then(|table| table.get(text));
            Some((name.clone(), renamed.map_or(text, String::as_str).to_owned()))
        });
        attrs.collect()
    }

    /// What the row says about its item, as a digest that lives as long as the import.
    pub fn about_item(
        &self,
        record: &Record,
        titled: bool,
        price: Option<Price>,
        kind: LineKind,
    ) -> u64 {
        let mut hasher = DefaultHasher::new();
        let title = self.binding.position(Field::Title).filter(|_| titled);
        let category = self.binding.position(Field::Category);
        let path = self.binding.category_path.iter();
        let attrs = self.binding.attrs.iter().map(|(_, at)| at);
        for at in title.iter().chain(&category).chain(path).chain(attrs) {
            record.get(*at).hash(&mut hasher);
        }
        (titled, price.map(|p| (p.minor, p.currency)), kind.as_str()).hash(&mut hasher);
        hasher.finish()
    }

    /// What the row is known by, as a digest: its own id, else all that it says under this map.
    pub fn digest(&self, record: &Record) -> u128 {
        if let Some(own) = self.own_id(record) {
            return RowDigest::new(&own).finish();
        }
        let mut digest = RowDigest::new(&self.map.name);
        for &field in Field::ALL.iter().filter(|field| **field != Field::Id) {
            if self.binding.position(field).is_some() {
                let text = match field {
                    Field::User => self.user(record),
                    _ => self.text(record, field),
                };
                digest.add(field.as_str());
                digest.add(text.unwrap_or(""));
            }
        }
        digest.finish()
    }
}
