//! `dongcha similar`: what goes with an item.

use anyhow::Result;

use crate::cli::SimilarArgs;
use crate::command::recommend::slate;
use crate::setting::Setting;
use crate::trouble::both;

/// Prints the neighbours of an item.
pub fn run(setting: &Setting, args: &SimilarArgs) -> Result<()> {
    let lake = setting.lake()?;
    let shop = setting.shop(&lake, &args.site)?;
    let Some(items) = shop.similar(&args.item, usize::from(args.n))? else {
        let item = &args.item;
        return Err(both(
            format!("the model knows no contact with item `{item}`"),
            format!("模型不知道与商品 `{item}` 的任何互动"),
        ));
    };
    slate(setting, &items).print(setting.format)
}
