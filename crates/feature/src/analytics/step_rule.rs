//! Which events count as a step: a type, and what must be true of the event.
//!
//! Text: `type` or `type[field=value,field=value]`, such as `view`, `cart[op=add]`,
//! `custom[name=favourite]`, `view[country=GB,device=mobile]`. A value that holds one of
//! `, = [ ] "` or outer blanks stands between double quotes: `view[category="Home, Garden"]`.
//! All conditions must hold; a field that an event does not have equals nothing.

use std::fmt;
use std::sync::Arc;

use event::Data;
use rustc_hash::FxHashMap;

use crate::error::FeatureError;

/// The widest category of each item, as the catalogue has it; cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemCategories(Arc<FxHashMap<String, String>>);

impl ItemCategories {
    /// The category of an item, where known.
    pub fn of(&self, item_id: &str) -> Option<&str> {
        self.0.get(item_id).map(String::as_str)
    }
}

/// From pairs of item id and widest category.
impl FromIterator<(String, String)> for ItemCategories {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(Arc::new(pairs.into_iter().collect()))
    }
}

/// What a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepField {
    /// The item, or the item of any line.
    Item,
    /// The widest category of the item, or of any line's item.
    Category,
    /// The name of a `custom` event.
    Name,
    /// What a `cart` event did: `add`, `remove`, `set`, `clear`.
    Op,
    /// The country.
    Country,
    /// The class of device.
    Device,
    /// The kind of page.
    Page,
    /// The campaign's name.
    Campaign,
    /// The campaign's medium.
    Medium,
    /// What brought the person: the campaign's `source / medium`, or what is known of both, or its
    /// name; as attribution has it.
    Channel,
    /// What sent the event: `web`, `app`, …
    Source,
}

impl StepField {
    /// Every field with its name in a rule.
    pub const ALL: [(Self, &'static str); 11] = [
        (Self::Item, "item"),
        (Self::Category, "category"),
        (Self::Name, "name"),
        (Self::Op, "op"),
        (Self::Country, "country"),
        (Self::Device, "device"),
        (Self::Page, "page"),
        (Self::Campaign, "campaign"),
        (Self::Medium, "medium"),
        (Self::Channel, "channel"),
        (Self::Source, "source"),
    ];

    /// Its name in a rule.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(field, _)| *field == self).map_or("", |(_, name)| name)
    }

    /// The columns it is read from.
    pub(crate) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Item | Self::Category => &["item_id", "lines"],
            Self::Name | Self::Op => &["data"],
            Self::Country => &["country"],
            Self::Device => &["device_class"],
            Self::Page | Self::Campaign | Self::Medium | Self::Channel => &["ctx"],
            Self::Source => &["source"],
        }
    }
}

/// Which events count as a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRule {
    kind: String,
    conditions: Vec<(StepField, String)>,
}

impl StepRule {
    /// Any event of a type, which is not checked to exist.
    pub(crate) fn of_type(kind: &str) -> Self {
        Self { kind: kind.to_owned(), conditions: Vec::new() }
    }

    /// Events of a type whose item is of a category.
    pub(crate) fn of_category(kind: &str, category: &str) -> Self {
        let conditions = vec![(StepField::Category, category.to_owned())];
        Self { kind: kind.to_owned(), conditions }
    }

    /// Reads the text of a rule.
    ///
    /// # Errors
    /// [`FeatureError::Setting`] names the part that cannot be read and what it may be.
    pub fn parse(text: &str) -> Result<Self, FeatureError> {
        let wrong = |advice: String| FeatureError::Setting {
            setting: "step",
            found: text.to_owned(),
            advice,
        };
        let text_ = text.trim();
        let (kind, rest) = match text_.split_once('[') {
            None => (text_, None),
            Some((kind, rest)) => (kind.trim_end(), Some(rest)),
        };
        if !Data::TYPES.contains(&kind) {
            let types = Data::TYPES.join(", ");
            return Err(wrong(format!("begin with an event type, one of {types}")));
        }
        let mut rule = Self::of_type(kind);
        let Some(rest) = rest else { return Ok(rule) };
        let inner = rest.strip_suffix(']').ok_or_else(|| wrong("close the bracket `]`".into()))?;
        for part in split(inner).map_err(&wrong)? {
            let (name, value) =
                part.split_once('=').ok_or_else(|| wrong(format!("`{part}` needs `=`")))?;
            let field = field(kind, name.trim()).map_err(&wrong)?;
            rule.conditions.push((field, unquoted(value.trim()).map_err(&wrong)?));
        }
        Ok(rule)
    }

    /// Reads rules separated by commas that stand outside brackets and quotes.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), for the first rule that cannot be read.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, FeatureError> {
        let wrong = |advice: String| FeatureError::Setting {
            setting: "steps",
            found: text.to_owned(),
            advice,
        };
        split(text).map_err(wrong)?.into_iter().map(Self::parse).collect()
    }

    /// The event type.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Columns that must be read to tell whether an event matches.
    pub fn reads(&self) -> Vec<&'static str> {
        let mut columns = vec!["type"];
        columns.extend(self.conditions.iter().flat_map(|(field, _)| field.columns()));
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    pub(crate) fn conditions(&self) -> &[(StepField, String)] {
        &self.conditions
    }
}

/// The same text back, quoted where it must be.
impl fmt::Display for StepRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        for (at, (field, value)) in self.conditions.iter().enumerate() {
            let before = if at == 0 { '[' } else { ',' };
            let blank = value.trim().len() < value.len() || value.is_empty();
            match blank || value.contains([',', '=', '[', ']', '"']) {
                true => write!(f, "{before}{}=\"{value}\"", field.name())?,
                false => write!(f, "{before}{}={value}", field.name())?,
            }
        }
        if self.conditions.is_empty() { Ok(()) } else { f.write_str("]") }
    }
}

/// The field of a name, if events of the type may have it.
fn field(kind: &str, name: &str) -> Result<StepField, String> {
    let found = StepField::ALL.iter().find(|(_, known)| *known == name);
    let Some((field, _)) = found else {
        let names: Vec<_> = StepField::ALL.iter().map(|(_, name)| *name).collect();
        return Err(format!("no field `{name}`: use one of {}", names.join(", ")));
    };
    match (field, kind) {
        (StepField::Op, "cart") | (StepField::Name, "custom") => Ok(*field),
        (StepField::Op, _) => Err("only `cart` has an `op`".to_owned()),
        (StepField::Name, _) => Err("only `custom` has a `name`".to_owned()),
        _ => Ok(*field),
    }
}

/// Parts between commas outside brackets and quotes.
fn split(text: &str) -> Result<Vec<&str>, String> {
    let (mut parts, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0_usize, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    if quoted {
        return Err("close the quote `\"`".to_owned());
    }
    parts.push(text[start..].trim());
    Ok(parts)
}

fn unquoted(value: &str) -> Result<String, String> {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) if !inner.contains('"') => Ok(inner.to_owned()),
        None if value.is_empty() => Err("a value is missing after `=`".to_owned()),
        None if !value.contains(['=', '[', ']', '"']) => Ok(value.to_owned()),
        _ => Err(format!("put `{value}` between double quotes; it must hold none itself")),
    }
}
