//! The columns that rules of steps look at, and whether a row meets a rule.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMillisecondType};
use arrow_array::{Array, Int64Array, ListArray, RecordBatch, StringArray};
use event::columns::ColumnError;

use super::step_rule::{ItemCategories, StepField, StepRule};
/// The columns of one batch that a plan asked for.
pub(super) struct StepColumns<'a> {
    /// Corrected times, milliseconds since 1970 UTC.
    pub time: &'a [i64],
    /// Event types.
    pub kind: &'a StringArray,
    country: Option<&'a StringArray>,
    device: Option<&'a StringArray>,
    source: Option<&'a StringArray>,
    item: Option<&'a StringArray>,
    lines: Option<(&'a ListArray, &'a StringArray)>,
    ctx: Option<&'a StringArray>,
    data: Option<&'a StringArray>,
    currency: Option<&'a StringArray>,
    amount: Option<&'a Int64Array>,
}

/// What rules ask of `ctx`.
#[derive(serde::Deserialize)]
struct Circumstances {
    page: Option<Page>,
    campaign: Option<Campaign>,
}

#[derive(serde::Deserialize)]
struct Page {
    kind: Option<String>,
}

#[derive(serde::Deserialize)]
struct Campaign {
    source: Option<String>,
    medium: Option<String>,
    name: Option<String>,
}

/// What rules ask of `data`.
#[derive(serde::Deserialize)]
struct Deed {
    name: Option<String>,
    op: Option<String>,
}

impl<'a> StepColumns<'a> {
    /// Borrows the columns named in `reads`; those of [`crate::kernel`]'s order come with them.
    pub fn of(batch: &'a RecordBatch, reads: &[&'static str]) -> Result<Self, ColumnError> {
        let asked = |name: &'static str| reads.contains(&name);
        let column = |name| batch.column_by_name(name).ok_or(ColumnError(name));
        let text = |name| column(name)?.as_string_opt::<i32>().ok_or(ColumnError(name));
        let when_asked = |name| if asked(name) { text(name).map(Some) } else { Ok(None) };
        let time = column("time")?.as_primitive_opt::<TimestampMillisecondType>();
        let amount = || -> Result<_, ColumnError> {
            let name = "amount_minor";
            column(name)?.as_primitive_opt::<Int64Type>().ok_or(ColumnError(name))
        };
        Ok(Self {
            time: time.ok_or(ColumnError("time"))?.values(),
            kind: text("type")?,
            country: when_asked("country")?,
            device: when_asked("device_class")?,
            source: when_asked("source")?,
            item: when_asked("item_id")?,
            lines: if asked("lines") { Some(lines(batch)?) } else { None },
            ctx: when_asked("ctx")?,
            data: when_asked("data")?,
            currency: when_asked("currency")?,
            amount: if asked("amount_minor") { Some(amount()?) } else { None },
        })
    }

    /// Whether a row is such a step.
    pub fn matches(&self, row: usize, rule: &StepRule, categories: &ItemCategories) -> bool {
        self.kind.value(row) == rule.kind()
            && rule.conditions().iter().all(|(field, value)| match field {
                StepField::Item => self.items(row).any(|item| item == value),
                StepField::Category => {
                    self.items(row).any(|item| categories.of(item) == Some(value.as_str()))
                }
                _ => self.value(row, *field).as_deref() == Some(value.as_str()),
            })
    }

    /// The widest category of the row's item, or of the first line whose item has one.
    pub fn category<'c>(&self, row: usize, categories: &'c ItemCategories) -> Option<&'c str> {
        self.items(row).find_map(|item| categories.of(item))
    }

    /// Currency and amount of a row, where stated.
    pub fn money(&self, row: usize) -> (Option<&'a str>, Option<i64>) {
        let amount = self.amount.filter(|amount| !amount.is_null(row));
        (text_at(self.currency, row), amount.map(|amount| amount.value(row)))
    }

    /// The value of a field that has one value; `None` when the row has none.
    pub fn value(&self, row: usize, field: StepField) -> Option<String> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        match field {
            StepField::Item | StepField::Category => None,
            StepField::Country => owned(text_at(self.country, row)),
            StepField::Device => owned(text_at(self.device, row)),
            StepField::Source => owned(text_at(self.source, row)),
            StepField::Name => self.deed(row)?.name,
            StepField::Op => self.deed(row)?.op,
            StepField::Page => self.circumstances(row)?.page?.kind,
            StepField::Campaign => self.circumstances(row)?.campaign?.name,
            StepField::Medium => self.circumstances(row)?.campaign?.medium,
            StepField::Channel => channel(self.circumstances(row)?.campaign?),
        }
    }

    fn deed(&self, row: usize) -> Option<Deed> {
        serde_json::from_str(text_at(self.data, row)?).ok()
    }

    fn circumstances(&self, row: usize) -> Option<Circumstances> {
        serde_json::from_str(text_at(self.ctx, row)?).ok()
    }

    /// The row's item and the items of its lines.
    fn items(&self, row: usize) -> impl Iterator<Item = &'a str> + use<'a> {
        let lines = self.lines.filter(|(lines, _)| !lines.is_null(row));
        let of_lines = lines.into_iter().flat_map(move |(lines, items)| {
            let offsets = lines.value_offsets();
            (offsets[row] as usize..offsets[row + 1] as usize).map(|line| items.value(line))
        });
        text_at(self.item, row).into_iter().chain(of_lines)
    }
}

/// `source / medium`, or what there is of both, or the campaign's name.
fn channel(campaign: Campaign) -> Option<String> {
    let both: Vec<String> = [campaign.source, campaign.medium].into_iter().flatten().collect();
    if both.is_empty() { campaign.name } else { Some(both.join(" / ")) }
}

fn text_at(column: Option<&StringArray>, row: usize) -> Option<&str> {
    column.filter(|column| !column.is_null(row)).map(|column| column.value(row))
}

fn lines(batch: &RecordBatch) -> Result<(&ListArray, &StringArray), ColumnError> {
    let missing = ColumnError("lines");
    let lines = batch.column_by_name("lines").and_then(|column| column.as_list_opt::<i32>());
    let lines = lines.ok_or(missing.clone())?;
    let items = lines.values().as_struct_opt().and_then(|line| line.column_by_name("item_id"));
    Ok((lines, items.and_then(|items| items.as_string_opt()).ok_or(missing)?))
}

/// Columns that every one of these rules reads, each once.
pub(super) fn reads<'r>(rules: impl IntoIterator<Item = &'r StepRule>) -> Vec<&'static str> {
    let mut columns = vec!["type"];
    columns.extend(rules.into_iter().flat_map(StepRule::reads));
    columns.sort_unstable();
    columns.dedup();
    columns
}
