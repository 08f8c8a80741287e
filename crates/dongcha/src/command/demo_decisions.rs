//! The end of the demo's report: what a shop should do now, kept as decisions.

use anyhow::Result;
use serde_json::{Value, json};
use serve::advise::AdviceRequest;
use serve::advise::stock::StockRequest;

use crate::cli::Format;
use crate::command::advice;
use crate::command::demo::Told;
use crate::output::say;
use crate::progress;
use crate::setting::{Setting, now};

/// Actions that are listed.
const LISTED: u32 = 5;

/// Advises every shop that sold something, keeps the advice and prints it.
pub fn decide(setting: &Setting, told: &[Told]) -> Result<Vec<Value>> {
    let mut made = Vec::new();
    for one in told.iter().filter(|one| one.overview.totals.orders > 0) {
        let spinner = progress::spinner(setting.say("planning orders", "正在制定采购计划"));
        let request = StockRequest { limit: LISTED, ..StockRequest::default() };
        let request = AdviceRequest::Stock(Box::new(request));
        let advice = one.shop.advise_and_keep(&request, now())?;
        spinner.finish_and_clear();
        if setting.format == Format::Table {
            let name = setting.tell(&one.shop.config().name);
            say(&format!("\n{name}: {}", setting.say("what to order now", "现在该订什么")))?;
            advice::print_made(setting, &advice)?;
        }
        made.push(json!(advice));
    }
    Ok(made)
}
