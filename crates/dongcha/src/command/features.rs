//! `dongcha features`: people and items by the numbers of their behaviour.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use event::{TimeMs, UserKey};
use feature::behaviour::{self, FeatureDef, Value};
use lake::TableWriter;
use serve::{PersonFeatures, ServeError, Shop};

use crate::cli::{FeaturesArgs, FeaturesOf};
use crate::output::{Cell, Table};
use crate::progress;
use crate::setting::Setting;
use crate::trouble::both;

/// Writes a table, prints one person, or lists the definitions.
pub fn run(setting: &Setting, args: &FeaturesArgs) -> Result<()> {
    if args.list {
        return list(setting, args.of);
    }
    let lake = setting.lake()?;
    let shop = setting.shop(&lake, &args.site)?;
    let as_of = args.as_of.as_deref().map(|text| moment(text, &shop)).transpose()?;
    let user = match (&args.user, &args.anon) {
        (Some(id), _) => Some(UserKey::user(id)),
        (None, Some(id)) => Some(UserKey::anon(id)),
        (None, None) => None,
    };
    match (user, args.time, &args.out) {
        (Some(user), Some(times), _) => time(setting, &shop, &user, as_of, times),
        (Some(user), None, _) => person(setting, &asked(&shop, &user, as_of)?),
        (None, _, Some(out)) => write(setting, &shop, args.of, as_of, out),
        (None, ..) => Err(both(
            "name a person with --user or --anon, or a file with --out",
            "请用 --user 或 --anon 指定某人，或用 --out 指定文件",
        )),
    }
}

/// A day of the shop, or a moment with a zone.
fn moment(text: &str, shop: &Shop) -> Result<TimeMs> {
    // A moment first: a date is also read from the beginning of one.
    let zoned = event::parse_zoned(text).ok().map(|(time, _)| time);
    let day = || text.parse::<jiff::civil::Date>().ok();
    let start = || feature::overview::day_start_ms(day()?, shop.zone()).map(TimeMs);
    let moment = zoned.or_else(start);
    moment.ok_or_else(|| {
        both(
            format!("`{text}` is no moment: write 2026-11-23 or 2026-11-23T10:15:00+08:00"),
            format!("`{text}` 不是时刻；请写 2026-11-23 或 2026-11-23T10:15:00+08:00"),
        )
    })
}

fn list(setting: &Setting, of: FeaturesOf) -> Result<()> {
    let (en, zh) = (setting.say("Definition", ""), setting.say("", "定义"));
    let mut table = Table::new(&[
        ("name", setting.say("Name", "名称")),
        ("group", setting.say("Group", "组")),
        ("unit", setting.say("Unit", "单位")),
        ("kind", ""),
        ("definition_en", en),
        ("definition_zh", zh),
    ]);
    let definitions: Vec<&FeatureDef> = match of {
        FeaturesOf::People => behaviour::definitions().collect(),
        FeaturesOf::Items => behaviour::item_definitions().collect(),
    };
    for def in definitions {
        table.row(vec![
            def.name.as_str().into(),
            def.group.into(),
            def.unit.into(),
            serde_json::to_value(def.kind)?.into(),
            def.definition.en.as_str().into(),
            def.definition.zh.as_str().into(),
        ]);
    }
    table.print(setting.format)
}

fn asked(shop: &Shop, user: &UserKey, as_of: Option<TimeMs>) -> Result<PersonFeatures> {
    shop.features(user, as_of)?.ok_or_else(|| {
        both("no events of this person are stored", "没有此人的事件").context(user.to_string())
    })
}

fn person(setting: &Setting, found: &PersonFeatures) -> Result<()> {
    let mut table = Table::new(&[
        ("name", setting.say("Name", "名称")),
        ("value", setting.say("Value", "值")),
        ("unit", setting.say("Unit", "单位")),
        ("definition", setting.say("Definition", "定义")),
    ]);
    for (def, value) in behaviour::definitions().zip(&found.values) {
        let shown = match value {
            Value::Null => String::new(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => text.clone(),
            Value::List(list) => list.join(", "),
        };
        table.row(vec![
            def.name.as_str().into(),
            Cell::shown(serde_json::to_value(value)?, shown),
            def.unit.into(),
            def.definition.get(setting.language).into(),
        ]);
    }
    table.print(setting.format)
}

/// Prints the median time of an answer from live state, and of the vector alone.
fn time(
    setting: &Setting,
    shop: &Shop,
    user: &UserKey,
    as_of: Option<TimeMs>,
    times: u32,
) -> Result<()> {
    asked(shop, user, as_of)?;
    let input = shop.feature_input(user, as_of)?;
    let (mut answers, mut vectors) = (Vec::new(), Vec::new());
    for _ in 0..times {
        let start = Instant::now();
        asked(shop, user, as_of)?;
        answers.push(start.elapsed());
        let start = Instant::now();
        input.features();
        vectors.push(start.elapsed());
    }
    answers.sort_unstable();
    vectors.sort_unstable();
    let middle = (answers.len() - 1) / 2;
    let us = |time: std::time::Duration| (time.as_secs_f64() * 1e7).round() / 10.0;
    let mut table = Table::new(&[
        ("answer_us", setting.say("Answer, median µs", "回答（中位 µs）")),
        ("vector_us", setting.say("Vector alone, median µs", "仅特征向量（中位 µs）")),
        ("events", setting.say("Events of the person", "此人的事件数")),
        ("features", setting.say("Features", "特征数")),
        ("times", setting.say("Times", "次数")),
    ]);
    table.row(vec![
        us(answers[middle]).into(),
        us(vectors[middle]).into(),
        input.history.steps.len().into(),
        behaviour::definitions().len().into(),
        times.into(),
    ]);
    table.print(setting.format)
}

fn write(
    setting: &Setting,
    shop: &Shop,
    of: FeaturesOf,
    as_of: Option<TimeMs>,
    out: &Path,
) -> Result<()> {
    let as_of = as_of.map_or_else(|| shop.latest_moment(), Ok)?;
    let spinner = progress::spinner(setting.say("working out features", "正在计算特征"));
    let about = [
        ("dongcha.as_of", shop.local_time(as_of)),
        ("dongcha.features_version", behaviour::VERSION.to_string()),
    ];
    let begin = |schema| TableWriter::create(out, schema, &about);
    let (rows, columns) = match of {
        FeaturesOf::People => {
            let schema = behaviour::columns_schema("user_key", behaviour::definitions());
            let columns = schema.fields().len();
            let mut writer = begin(schema)?;
            shop.people_features(as_of, |batch| writer.write(&batch).map_err(ServeError::from))?;
            (writer.finish()?, columns)
        }
        FeaturesOf::Items => {
            let batch = shop.item_features(as_of)?;
            let mut writer = begin(batch.schema())?;
            writer.write(&batch)?;
            (writer.finish()?, batch.num_columns())
        }
    };
    spinner.finish_and_clear();
    let mut table = Table::new(&[
        ("out", setting.say("File", "文件")),
        ("rows", setting.say("Rows", "行数")),
        ("columns", setting.say("Columns", "列数")),
        ("as_of", setting.say("As of", "截至")),
    ]);
    table.row(vec![
        out.to_string_lossy().into_owned().into(),
        rows.into(),
        columns.into(),
        shop.local_time(as_of).into(),
    ]);
    table.print(setting.format)
}
