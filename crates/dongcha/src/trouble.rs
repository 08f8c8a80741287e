//! Errors as people read them: one sentence on standard error.

use std::io::Write;

use event::Language;

/// Prints an error as one line.
pub fn print(error: &anyhow::Error, language: Language) {
    let sentence = sentence(error, language);
    // Nothing is left to do when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{sentence}");
}

fn sentence(error: &anyhow::Error, language: Language) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match language {
        Language::En => format!("dongcha: {text}"),
        Language::Zh => format!("dongcha 出错：{text}"),
    }
}
