//! `dongcha similar`: what goes with an item.

use anyhow::{Result, bail};

use crate::cli::SimilarArgs;
use crate::command::recommend::slate;
use crate::setting::Setting;

/// Prints the neighbours of an item.
pub fn run(setting: &Setting, args: &SimilarArgs) -> Result<()> {
    let lake = setting.lake()?;
    let shop = setting.shop(&lake, &args.site)?;
    let Some(items) = shop.similar(&args.item, usize::from(args.n))? else {
        bail!("no contact with item `{}` is known to the model", args.item);
    };
    slate(setting, &items).print(setting.format)
}
