//! `--report epochs`: loss and accuracy after each pass over the data, and what they hide.

use anyhow::Result;
use event::Language;
use model::{AnyModel, ModelConfig, TrainSet};
use serde_json::{Value, json};

use crate::cli::Format;
use crate::command::evaluate::with_settings;
use crate::output::{Cell, Table, say};
use crate::setting::Setting;
use crate::trouble::both;

/// Share of the pairs kept back where the settings say none.
const KEPT_BACK: f64 = 0.1;

/// Trains, telling loss and accuracy after each epoch. The accuracy is on pairs kept back, each
/// among as many drawn items as in training.
pub fn train(setting: &Setting, config: &ModelConfig, train: &TrainSet) -> Result<AnyModel> {
    let config = keeping_back(config)?;
    let mut table = Table::new(&[
        ("epoch", setting.say("Epoch", "轮次")),
        ("train_loss", setting.say("Train loss", "训练损失")),
        ("test_accuracy", setting.say("Test accuracy", "测试准确率")),
    ]);
    let mut told = Ok(());
    let model = config.fit_watched(train, &mut |step| {
        let (Some(loss), Some(accuracy)) = (step.loss, step.accuracy) else { return };
        if setting.format == Format::Table && told.is_ok() {
            told = say(&line(setting.language, step.done, loss, accuracy));
        }
        table.row(vec![step.done.into(), number(loss), number(accuracy)]);
    })?;
    told?;
    if table.is_empty() {
        return Err(both(
            "there are too few contacts to keep some back and learn from the others",
            "互动太少，无法留出一部分并用其余部分训练",
        ));
    }
    if setting.format != Format::Table {
        table.print(setting.format)?;
    }
    Ok(model)
}

/// Says what accuracy with drawn items hides and what the ranking of the catalogue says.
pub fn warn(setting: &Setting, measure: &str, ours: f64, popularity: f64) -> Result<()> {
    if setting.format != Format::Table {
        return Ok(());
    }
    say(&match setting.language {
        Language::En => format!(
            "Accuracy among drawn items is a weak measure: most of them are easy to tell apart, \
             and always answering no is right four times in five. Ranking decides what people see: \
             {measure} {ours:.4}, popularity {popularity:.4}."
        ),
        Language::Zh => format!(
            "在随机抽取的商品中的准确率是较弱的指标：多数商品很容易区分，永远回答“否”就有五分之四的正确率。\
             用户看到的取决于排序：{measure} 为 {ours:.4}，热门榜为 {popularity:.4}。"
        ),
    })
}

fn line(language: Language, epoch: usize, loss: f64, accuracy: f64) -> String {
    match language {
        Language::En => {
            format!("Epoch {epoch}, train loss: {loss:.4}, test accuracy: {accuracy:.4}")
        }
        Language::Zh => format!("第 {epoch} 轮，训练损失：{loss:.4}，测试准确率：{accuracy:.4}"),
    }
}

fn number(value: f64) -> Cell {
    Cell::shown(value, format!("{value:.4}"))
}

/// The configuration with pairs kept back; an error for a model that cannot.
fn keeping_back(config: &ModelConfig) -> Result<ModelConfig> {
    let settings = serde_json::to_value(config)?;
    match settings.get("kept_back").map(Value::as_f64) {
        None => Err(both(
            format!(
                "{} tells no accuracy; --report epochs is for two-tower and neumf",
                config.name()
            ),
            format!("{} 没有准确率；--report epochs 用于 two-tower 与 neumf", config.name()),
        )),
        Some(Some(share)) if share > 0.0 => Ok(config.clone()),
        Some(_) => {
            let seed = settings.get("seed").and_then(Value::as_u64).unwrap_or_default();
            let share = format!("kept_back={}", json!(KEPT_BACK));
            with_settings(config.clone(), config.name(), &[share], seed)
        }
    }
}
