//! Reads people and offers from a table, row by row.

use std::collections::HashMap;

use anyhow::Result;
use collect::layout::TableRows;
use decide::market::{Candidate, Market, Person};

use crate::cli::MarketPlanArgs;
use crate::trouble::both;

/// The purpose of rows without consent, which nobody consents to.
const REFUSED: u8 = 1;
/// Purposes told apart at most.
const PURPOSES_MAX: u32 = 64;

/// Where each column stands.
struct Places {
    person: usize,
    offer: usize,
    value: usize,
    cost: usize,
    error: Option<usize>,
    channel: Option<usize>,
    group: Option<usize>,
    consent: Option<usize>,
    purpose: Option<usize>,
    suppressed: Option<usize>,
    contacts: Vec<usize>,
}

impl Places {
    fn find(names: &[String], args: &MarketPlanArgs) -> Result<Self> {
        let place = |name: &str| names.iter().position(|known| known == name);
        let needed = |name: &str| {
            place(name).ok_or_else(|| {
                let all = names.join(", ");
                both(
                    format!("there is no column `{name}`; the columns are: {all}"),
                    format!("没有列 `{name}`；现有的列为：{all}"),
                )
            })
        };
        let wanted = |asked: &Option<String>, usual: &str| match asked {
            Some(name) => needed(name).map(Some),
            None => Ok(place(usual)),
        };
        let places = Self {
            person: needed(&args.person)?,
            offer: needed(&args.offer)?,
            value: needed(&args.value)?,
            cost: needed(&args.cost)?,
            error: wanted(&args.error, "error")?,
            channel: wanted(&args.channel, "channel")?,
            group: wanted(&args.group, "group")?,
            consent: wanted(&args.consent, "consent")?,
            purpose: wanted(&args.purpose, "purpose")?,
            suppressed: wanted(&args.suppressed, "suppressed")?,
            contacts: args.cap.iter().map(|(column, _)| needed(column)).collect::<Result<_>>()?,
        };
        if places.consent.is_none() && !args.all_consented {
            return Err(both(
                "there is no column of consent; name it with --consent, or say --all-consented if \
                 everyone in the file has consented",
                "没有同意所在的列；请用 --consent 指定；若文件中人人均已同意，请加 --all-consented",
            ));
        }
        Ok(places)
    }
}

/// Names numbered as they come.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
    last: u32,
}

impl Names {
    fn number(&mut self, name: &str) -> Result<u32> {
        // Rows of one person mostly follow each other.
        if self.names.get(self.last as usize).is_some_and(|last| last == name) {
            return Ok(self.last);
        }
        self.last = match self.numbers.get(name) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.names.len())?;
                self.numbers.insert(name.to_owned(), number);
                self.names.push(name.to_owned());
                number
            }
        };
        Ok(self.last)
    }
}

/// One row's figures and words; errors name the column and the row.
struct Row<'a> {
    rows: &'a TableRows,
}

impl Row<'_> {
    fn wrong(&self, column: usize, en: &str, zh: &str) -> anyhow::Error {
        let (name, text) = (&self.rows.names()[column], self.rows.get(column));
        let line = self.rows.number();
        both(
            format!("column {name} is `{text}` in line {line}, {en}"),
            format!("列 {name} 第 {line} 行为 `{text}`，{zh}"),
        )
    }

    fn number(&self, column: usize) -> Result<f64> {
        let number = self.rows.get(column).trim().parse::<f64>().ok();
        number
            .filter(|number| number.is_finite())
            .ok_or_else(|| self.wrong(column, "not a finite number", "不是有限数字"))
    }

    fn not_below_zero(&self, column: usize) -> Result<f64> {
        let number = self.number(column)?;
        if number < 0.0 {
            return Err(self.wrong(column, "below 0", "小于 0"));
        }
        Ok(number)
    }

    fn count(&self, column: usize) -> Result<u32> {
        match self.rows.get(column).trim() {
            "" => Ok(0),
            text => {
                text.parse().map_err(|_| self.wrong(column, "not a count of contacts", "不是次数"))
            }
        }
    }

    /// Yes or no; nothing is no.
    fn yes(&self, column: usize) -> Result<bool> {
        match self.rows.get(column).trim().to_lowercase().as_str() {
            "1" | "true" | "yes" | "y" | "是" => Ok(true),
            "" | "0" | "false" | "no" | "n" | "否" => Ok(false),
            _ => Err(self.wrong(column, "neither yes nor no", "既非“是”也非“否”")),
        }
    }

    fn name(&self, column: Option<usize>) -> &str {
        column.map_or("all", |column| self.rows.get(column).trim())
    }
}

/// What is being read.
#[derive(Default)]
struct Reading {
    people: Names,
    offers: Names,
    channels: Names,
    groups: Names,
    purposes: Names,
    market: Market,
}

/// Reads the market of a file.
pub fn read(args: &MarketPlanArgs) -> Result<Market> {
    let mut rows = TableRows::open(&args.file)?;
    let places = Places::find(rows.names(), args)?;
    let mut reading = Reading::default();
    while rows.advance()? {
        reading.row(&places, &Row { rows: &rows })?;
    }
    let mut market = reading.market;
    let ids = reading.people.names;
    drop(reading.people.numbers);
    market.people.iter_mut().zip(ids).for_each(|(person, id)| person.id = id);
    market.offers = reading.offers.names;
    market.channels = reading.channels.names;
    market.groups = reading.groups.names;
    Ok(market)
}

impl Reading {
    fn row(&mut self, places: &Places, row: &Row<'_>) -> Result<()> {
        let person = self.people.number(row.name(Some(places.person)))?;
        let group = self.groups.number(row.name(places.group))?;
        let contacts: Vec<u32> =
            places.contacts.iter().map(|column| row.count(*column)).collect::<Result<_>>()?;
        let is_suppressed = places.suppressed.map_or(Ok(false), |column| row.yes(column))?;
        let (purpose, consents) = self.consent(places, row)?;
        match self.market.people.get_mut(person as usize) {
            None => self.market.people.push(Person {
                id: String::new(),
                group,
                contacts,
                consents,
                is_suppressed,
            }),
            Some(known) => {
                if known.group != group || known.contacts != contacts {
                    let (en, zh) = (
                        "whose group or contacts differ from those in an earlier row",
                        "其分组或触达次数与前面的行不同",
                    );
                    return Err(row.wrong(places.person, en, zh));
                }
                // Where rows differ, the more careful one holds.
                known.is_suppressed |= is_suppressed;
                known.consents &= consents;
            }
        }
        let error = places.error.map(|column| row.not_below_zero(column)).transpose()?;
        self.market.candidates.push(Candidate {
            person,
            offer: self.offers.number(row.name(Some(places.offer)))?,
            channel: self.channels.number(row.name(places.channel))?,
            value: row.number(places.value)?,
            error: error.map(|error| error as f32),
            cost: row.not_below_zero(places.cost)?,
            purpose,
        });
        Ok(())
    }

    /// The purpose that a row needs, and the purposes it says are consented to.
    fn consent(&mut self, places: &Places, row: &Row<'_>) -> Result<(u8, u64)> {
        let Some(column) = places.purpose else {
            // Consent stands in each row: rows without it get a purpose that nobody consents to.
            let given = places.consent.map_or(Ok(true), |consent| row.yes(consent))?;
            return Ok((if given { 0 } else { REFUSED }, 1));
        };
        let mut number = |name: &str| {
            let number = self.purposes.number(name)?;
            let too_many = || row.wrong(column, "beyond 64 purposes", "用途超过 64 种");
            u8::try_from(number).ok().filter(|_| number < PURPOSES_MAX).ok_or_else(too_many)
        };
        let purpose = number(row.name(Some(column)))?;
        let Some(consent) = places.consent else { return Ok((purpose, u64::MAX)) };
        let mut consents = 0;
        for name in row.rows.get(consent).split(';').map(str::trim).filter(|n| !n.is_empty()) {
            consents |= 1 << number(name)?;
        }
        Ok((purpose, consents))
    }
}
