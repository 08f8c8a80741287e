//! `dongcha evaluate`: recommenders side by side, on the shop's own weeks or a public benchmark.

use anyhow::Result;
use model::ModelConfig;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serve::training::{self, TrainPlan};

use crate::cli::{EvaluateArgs, Extra};
use crate::command::{benchmark, classifiers, ratings, train};
use crate::progress;
use crate::setting::Setting;
use crate::trouble::both;

/// Judges and prints; nothing is kept.
pub fn run(setting: &Setting, args: &EvaluateArgs) -> Result<()> {
    if let (Some(classifiers::LAYOUT), Some(path)) = (args.layout.as_deref(), &args.path) {
        if args.validate || args.test.is_some() || !args.compare.is_empty() {
            return Err(both(
                "--validate, --test and --compare are for recommenders; the layout labels is \
                 cross-validated",
                "--validate、--test 和 --compare 仅用于推荐模型；布局 labels 采用交叉验证",
            ));
        }
        return classifiers::run(setting, path, args);
    }
    if args.label.is_some() || !args.drop.is_empty() || !args.categorical.is_empty() {
        return Err(both(
            "--label, --drop and --categorical belong to --layout labels",
            "--label、--drop 和 --categorical 仅用于 --layout labels",
        ));
    }
    if ratings::is_asked(&args.model) {
        return match (args.layout.as_deref(), &args.path) {
            (Some(ratings::LAYOUT), Some(path)) => ratings::run(setting, path, args),
            _ => Err(both(
                format!("{} predict ratings: they need --layout ratings", ratings::NAMES),
                format!("{} 用于预测评分：需要 --layout ratings", ratings::NAMES),
            )),
        };
    }
    if let (false, Some(layout), Some(path)) = (args.compare.is_empty(), &args.layout, &args.path) {
        let configs = compared(args)?;
        let page = match &args.report {
            Some(Extra::Epochs) => return Err(one_model()),
            Some(Extra::Page(file)) => Some(file.as_path()),
            None => None,
        };
        let case = &benchmark::case(setting, layout, path, args)?;
        return benchmark::compare(setting, case, &configs, page);
    }
    if let Some(Extra::Page(_)) = args.report {
        return Err(page_of_nothing());
    }
    if let (false, Some(layout), Some(path)) = (args.blend.is_empty(), &args.layout, &args.path) {
        return benchmark::blend(setting, layout, path, &blended(args)?, args);
    }
    let configs = configs(args)?;
    if let (Some(Extra::Epochs), Some(layout), Some(path)) =
        (&args.report, &args.layout, &args.path)
    {
        let [config] = &configs[..] else { return Err(one_model()) };
        return benchmark::report_epochs(setting, layout, path, config, args);
    }
    if let (Some(layout), Some(path)) = (&args.layout, &args.path) {
        return benchmark::run(setting, layout, path, &configs, args);
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
    let report = training::judge(&shop.contacts_and_catalogue()?, &plan, &mut |step| {
        train::show(setting, &bar, &step);
    })?;
    bar.finish_and_clear();
    train::print(setting, &shop, &report)
}

/// The refusal of a page without a comparison.
fn page_of_nothing() -> anyhow::Error {
    both("--report FILE.html belongs to --compare", "--report FILE.html 仅用于 --compare")
}

/// The refusal of a report over several models.
fn one_model() -> anyhow::Error {
    both(
        "--report epochs belongs to one model: name it with --model",
        "--report epochs 只能用于一个模型：请用 --model 指定",
    )
}

/// The model of a name with settings over its own.
pub fn configured(name: &str, settings: &[String], seed: u64) -> Result<ModelConfig> {
    let config = named(&ModelConfig::all(), name)?;
    let name = config.name();
    with_settings(config, name, settings, seed)
}

/// The models asked for, with the settings asked for.
fn configs(args: &EvaluateArgs) -> Result<Vec<ModelConfig>> {
    let all = ModelConfig::all();
    let mut chosen = Vec::new();
    for name in &args.model {
        chosen.push(named(&all, name)?);
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
    let settle = |config: ModelConfig| {
        let name = config.name();
        with_settings(config, name, &args.settings, args.seed)
    };
    chosen.into_iter().map(settle).collect()
}

/// A name without letter case, `-` and `_`.
pub fn plain(text: &str) -> String {
    text.to_lowercase().replace(['-', '_'], "")
}

/// A model written as `name:key=value:key=value`, with the settings that are not its own.
fn written(text: &str, own: &[&str], seed: u64) -> Result<(ModelConfig, Vec<String>)> {
    let mut parts = text.split(':');
    let config = named(&ModelConfig::all(), parts.next().unwrap_or_default())?;
    let is_own = |setting: &String| own.iter().any(|key| setting.starts_with(&format!("{key}=")));
    let (own, settings): (Vec<String>, Vec<String>) = parts.map(str::to_owned).partition(is_own);
    let name = config.name();
    Ok((with_settings(config, name, &settings, seed)?, own))
}

/// The models to be blended, each with its weight.
fn blended(args: &EvaluateArgs) -> Result<Vec<(ModelConfig, f32)>> {
    let one = |text: &String| {
        let (config, own) = written(text, &["weight"], args.seed)?;
        let Some(weight) = own.last().and_then(|setting| setting.split_once('=')) else {
            return Ok((config, 1.0));
        };
        let weight = weight.1.parse().map_err(|_| {
            let text = weight.1;
            both(format!("`{text}` is no weight"), format!("`{text}` 不是权重"))
        });
        Ok((config, weight?))
    };
    args.blend.iter().map(one).collect()
}

/// The models to be compared, each with its own settings, popularity always among them.
fn compared(args: &EvaluateArgs) -> Result<Vec<ModelConfig>> {
    let all = ModelConfig::all();
    let mut chosen = Vec::new();
    for text in &args.compare {
        chosen.push(written(text, &[], args.seed)?.0);
    }
    if !chosen.iter().any(|config| matches!(config, ModelConfig::Popularity(_))) {
        chosen.insert(0, named(&all, "popularity")?);
    }
    Ok(chosen)
}

/// The model of a name: capitals, dashes and underscores do not matter.
fn named(all: &[ModelConfig], name: &str) -> Result<ModelConfig> {
    let found = all.iter().find(|config| plain(config.name()) == plain(name));
    found.cloned().ok_or_else(|| {
        let known = known_names(all);
        both(
            format!("no model `{name}`; there is {known}"),
            format!("没有模型 `{name}`；可用：{known}"),
        )
    })
}

/// The names there are, as they are typed.
fn known_names(all: &[ModelConfig]) -> String {
    let names: Vec<String> = all.iter().map(|config| typed(config.name())).collect();
    names.join(", ")
}

/// A model's name in small letters, with a dash where a new word begins: `ItemKnn` is `item-knn`,
/// `iALS` is `ials`.
fn typed(name: &str) -> String {
    let mut out = String::new();
    let mut chars = name.chars().peekable();
    let mut was_small = false;
    while let Some(c) = chars.next() {
        let starts_word = c.is_uppercase() && chars.peek().is_some_and(|next| next.is_lowercase());
        if starts_word && was_small {
            out.push('-');
        }
        was_small = c.is_lowercase();
        out.extend(c.to_lowercase());
    }
    out
}

/// A configuration with `key=value` settings over its own.
pub fn with_settings<C: Serialize + DeserializeOwned>(
    config: C,
    name: &str,
    settings: &[String],
    seed: u64,
) -> Result<C> {
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
            with_settings(ials.clone(), "iALS", &["factors=16".into()], 7).unwrap()
        else {
            panic!("another model")
        };
        assert_eq!((set.factors, set.seed), (16, 7));
        let solver = with_settings(ials.clone(), "iALS", &["solver=cg-2".into()], 7).unwrap();
        assert!(serde_json::to_string(&solver).unwrap().contains("\"steps\":2"));
        assert!(with_settings(ials.clone(), "iALS", &["factor=16".into()], 7).is_err());
        assert!(with_settings(ials, "iALS", &["factors".into()], 7).is_err());
    }
}
