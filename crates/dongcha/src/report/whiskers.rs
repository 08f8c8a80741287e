//! A dot per row with the interval around it: a measure of several models.

use maud::{Markup, html};

use super::svg::{at, frame, share, short};

/// One row.
pub struct Whisker {
    /// What it stands for.
    pub label: String,
    /// The lower end, the middle and the upper end.
    pub ends: [f64; 3],
    /// The value as read beside the row.
    pub shown: String,
}

const LABEL: f64 = 150.0;
const WIDE: f64 = 380.0;
const ROW: f64 = 30.0;

/// Rows one below the other, from 0 to the largest upper end; nothing to draw without rows.
pub fn whiskers(title: &str, rows: &[Whisker]) -> Option<Markup> {
    let largest = rows.iter().map(|row| row.ends[2]).fold(0.0, f64::max);
    let x = |value: f64| LABEL + share(value, largest) * WIDE;
    let row = |index: usize, row: &Whisker| {
        let y = index as f64 * ROW + 16.0;
        let [low, middle, high] = row.ends.map(x);
        html! {
            g {
                title { (row.label) ": " (row.shown) }
                text.end x=(at(LABEL - 10.0)) y=(at(y + 4.0)) { (short(&row.label, 20)) }
                line.axis x1=(at(LABEL)) x2=(at(LABEL + WIDE)) y1=(at(y)) y2=(at(y)) {}
                rect.bar x=(at(low)) y=(at(y - 2.0)) width=(at((high - low).max(1.0)))
                    height="4" rx="2" {}
                circle.bar cx=(at(middle)) cy=(at(y)) r="5" {}
                text x=(at(LABEL + WIDE + 12.0)) y=(at(y + 4.0)) { (row.shown) }
            }
        }
    };
    let body = html! { @for (i, one) in rows.iter().enumerate() { (row(i, one)) } };
    (!rows.is_empty()).then(|| frame(title, rows.len() as f64 * ROW + 8.0, &body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_spans_its_ends_and_zero_is_no_fault() {
        let row = |ends: [f64; 3]| Whisker { label: "<a>".to_owned(), ends, shown: String::new() };
        let rows = [row([0.1, 0.2, 0.4]), row([0.2, 0.3, 0.4])];
        let svg = whiskers("NDCG", &rows).unwrap_or_default().into_string();
        assert!(svg.contains("aria-label=\"NDCG\"") && !svg.contains("<a>"));
        assert!(svg.contains("x=\"245\"") && svg.contains("width=\"285\""), "{svg}");
        assert!(svg.contains("cx=\"340\"") && svg.contains("cx=\"435\""), "{svg}");
        let zero = whiskers("NDCG", &[row([0.0; 3])]).unwrap_or_default().into_string();
        assert!(!zero.contains("NaN") && zero.contains("cx=\"150\""));
        assert!(whiskers("NDCG", &[]).is_none());
    }
}
