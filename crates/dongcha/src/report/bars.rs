//! Horizontal bars, one below the other: the steps of a funnel, the most taken paths.

use maud::{Markup, html};

use super::svg::{at, frame, share, short};

/// One bar.
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// Its length, against the longest.
    pub value: f64,
    /// The value as read beside the bar.
    pub shown: String,
    /// What else is to be said, such as who dropped off; may be empty.
    pub note: String,
}

const LABEL: f64 = 250.0;
const LONGEST: f64 = 300.0;
const ROW: f64 = 36.0;

/// Bars with the longest first filling the width; nothing to draw without bars.
pub fn bars(title: &str, bars: &[Bar]) -> Option<Markup> {
    let longest = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    let row = |index: usize, bar: &Bar| {
        let y = index as f64 * ROW + 6.0;
        let length = share(bar.value, longest) * LONGEST;
        html! {
            g {
                title { (bar.label) ": " (bar.shown) " " (bar.note) }
                text.end x=(at(LABEL - 10.0)) y=(at(y + 16.0)) { (short(&bar.label, 34)) }
                rect.track x=(at(LABEL)) y=(at(y)) width=(at(LONGEST)) height="24" rx="3" {}
                rect.bar x=(at(LABEL)) y=(at(y)) width=(at(length)) height="24" rx="3" {}
                text x=(at(LABEL + LONGEST + 10.0)) y=(at(y + 16.0)) {
                    (bar.shown)
                    @if !bar.note.is_empty() { tspan.soft { "  " (short(&bar.note, 20)) } }
                }
            }
        }
    };
    let body = html! { @for (i, bar) in bars.iter().enumerate() { (row(i, bar)) } };
    (!bars.is_empty()).then(|| frame(title, bars.len() as f64 * ROW + 8.0, &body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_fills_the_width_and_zero_is_no_fault() {
        let bar = |value: f64| Bar {
            label: "<view>".to_owned(),
            value,
            shown: value.to_string(),
            note: String::new(),
        };
        let svg = bars("Steps", &[bar(8.0), bar(2.0)]).unwrap_or_default().into_string();
        assert!(svg.contains("aria-label=\"Steps\"") && svg.contains("<title>Steps</title>"));
        assert!(svg.contains("width=\"300\"") && svg.contains("width=\"75\""));
        assert!(svg.contains("&lt;view&gt;") && !svg.contains("<view"));
        let empty = bars("Steps", &[bar(0.0)]).unwrap_or_default().into_string();
        assert!(!empty.contains("NaN") && empty.contains("width=\"0\""));
        assert!(bars("Steps", &[]).is_none());
    }
}
