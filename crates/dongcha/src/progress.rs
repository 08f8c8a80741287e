//! Progress on standard error: a bar where somebody watches, nothing where nobody does.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over bytes.
pub fn bytes() -> ProgressBar {
    bar("{spinner} {wide_msg} {bar:30} {bytes}/{total_bytes} {eta}")
}

/// Parts in which one step of [`parts`] moves.
pub const PARTS: f64 = 1_000.0;

/// A bar over steps that are told in parts, with the time that is left.
pub fn parts() -> ProgressBar {
    let bar = bar("{spinner} {wide_msg} {bar:30} {percent} % {eta}");
    bar.enable_steady_tick(std::time::Duration::from_millis(250));
    bar
}

/// A bar over the rounds of a fit; its message tells the loss where there is one.
pub fn rounds(message: &str) -> ProgressBar {
    let rounds = bar("{spinner} {wide_msg} {bar:30} {pos}/{len} {eta}");
    rounds.set_message(message.to_owned());
    rounds.enable_steady_tick(std::time::Duration::from_millis(120));
    rounds
}

/// A sign of life for work of unknown length.
pub fn spinner(message: &str) -> ProgressBar {
    let spinner = bar("{spinner} {wide_msg} {elapsed}");
    spinner.set_message(message.to_owned());
    spinner.enable_steady_tick(std::time::Duration::from_millis(120));
    spinner
}

fn bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    let style = ProgressStyle::with_template(template);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
