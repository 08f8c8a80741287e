//! `dongcha evaluate`: recommenders side by side, on the shop's own weeks or a public benchmark.

use anyhow::Result;
use model::ModelConfig;
use serde_json::{Value, json};
use serve::training::{self, TrainPlan};

use crate::cli::EvaluateArgs;
use crate::command::{benchmark, classifiers, train};
use crate::progress;
use crate::setting::Setting;
use crate::trouble::both;

/// Judges and prints; nothing is kept.
pub fn run(setting: &Setting, args: &EvaluateArgs) -> Result<()> {
    if let (Some(classifiers::LAYOUT), Some(path)) = (args.layout.as_deref(), &args.path) {
        return classifiers::run(setting, path, args);
    }
    if args.label.is_some() || !args.drop.is_empty() || !args.categorical.is_empty() {
        return Err(both(
            "--label, --drop and --categorical belong to --layout labels",
            "--label、--drop 和 --categorical 仅用于 --layout labels",
        ));
    }
    let configs = configs(args)?;
    if let (Some(layout), Some(path)) = (&args.layout, &args.path) {
        return benchmark::run(setting, layout, path, &configs);
    }
    let lake = setting.lake()?;
    let shop = setting.shop(&lake, &args.site)?;
    let mut plan = TrainPlan::weeks(args.holdout_weeks, args.seed);
    if !args.model.is_empty() {
        plan.only(&configs.iter().map(ModelConfig::name).collect::<Vec<_>>());
    }
    if !args.settings.is_empty() {
        plan.settle(&configs);
    }
    let bar = progress::parts();
    let report = training::judge(&shop.contacts()?, &plan, &mut |step| {
        train::show(setting, &bar, &step);
    })?;
    bar.finish_and_clear();
    train::print(setting, &shop, &report)
}

/// The models asked for, with the settings asked for.
fn configs(args: &EvaluateArgs) -> Result<Vec<ModelConfig>> {
    let all = ModelConfig::all();
    let mut chosen = Vec::new();
    for name in &args.model {
        let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
        let found = all.iter().find(|config| plain(config.name()) == plain(name));
        let known = "popularity, item-knn, ials";
        chosen.push(found.cloned().ok_or_else(|| {
            both(
                format!("no model `{name}`; there is {known}"),
                format!("没有模型 `{name}`；可用：{known}"),
            )
        })?);
    }
    if args.model.is_empty() {
        chosen = all;
    }
    if !args.settings.is_empty() && chosen.len() != 1 {
        return Err(both(
            "--set belongs to one model: name it with --model",
            "--set 只能用于一个模型：请用 --model 指定",
        ));
    }
    chosen.into_iter().map(|config| with_settings(config, &args.settings, args.seed)).collect()
}

/// A configuration with `key=value` settings over its own.
fn with_settings(config: ModelConfig, settings: &[String], seed: u64) -> Result<ModelConfig> {
    let name = config.name();
    let mut value = serde_json::to_value(&config)?;
    if value.get("seed").is_some() {
        value["seed"] = json!(seed);
    }
    for setting in settings {
        let (key, text) = setting.split_once('=').ok_or_else(|| {
            both(
                format!("`{setting}` is no setting: write key=value"),
                format!("`{setting}` 不是设置：请写成 键=值"),
            )
        })?;
        let steps = text.strip_prefix("cg-").and_then(|steps| steps.parse::<usize>().ok());
        value[key] = match (text, steps) {
            ("bm25", _) => json!({ "bm25": { "k1": 1.2, "b": 0.75 } }),
            (_, Some(steps)) => json!({ "conjugate_gradient": { "steps": steps } }),
            _ => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
        };
    }
    serde_json::from_value(value)
        .map_err(|e| both(format!("settings of {name}: {e}"), format!("{name} 的设置有误：{e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_replace_defaults_and_unknown_ones_are_refused() {
        let ials = ModelConfig::all().into_iter().find(|c| c.name() == "iALS").unwrap();
        let ModelConfig::IAls(set) =
            with_settings(ials.clone(), &["factors=16".into()], 7).unwrap()
        else {
            panic!("another model")
        };
        assert_eq!((set.factors, set.seed), (16, 7));
        let solver = with_settings(ials.clone(), &["solver=cg-2".into()], 7).unwrap();
        assert!(serde_json::to_string(&solver).unwrap().contains("\"steps\":2"));
        assert!(with_settings(ials.clone(), &["factor=16".into()], 7).is_err());
        assert!(with_settings(ials, &["factors".into()], 7).is_err());
    }
}
