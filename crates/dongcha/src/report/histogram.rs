//! Bars before and after as SVG: overlaid where both have the same edges, else one above the other.

use feature::clean::summary::Histogram;
use maud::{Markup, html};

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 150.0;
/// Room below the bars for the edges' numbers.
const FOOT: f64 = 18.0;

/// A number as people read it: whole where it is whole, else three decimals.
pub fn number(value: f64) -> String {
    match value.fract() == 0.0 && value.abs() < 1e15 {
        true => format!("{value:.0}"),
        false if value.abs() >= 1e15 || value.abs() < 0.001 => format!("{value:e}"),
        false => format!("{value:.3}"),
    }
}

/// The plot of two histograms; `names` are what before and after are called, `beyond` what lies
/// outside the bars.
pub fn plot(before: &Histogram, after: &Histogram, names: [&str; 2], beyond: &str) -> Markup {
    let together = (before.low, before.high) == (after.low, after.high);
    let notes = [(before, names[0]), (after, names[1])]
        .map(|(bars, name)| format!("{name}: {beyond} {} | {}", bars.below, bars.above));
    html! {
            @if together {
                (svg(&[(before, "before"), (after, "after")], &notes.join("; ")))
            } @else {
                (svg(&[(before, "before")], &notes[0]))
                (svg(&[(after, "after")], &notes[1]))
            }
            p.note {
                span.key.before { } " " (names[0]) "  "
                span.key.after { } " " (names[1]) " · " (notes.join("; "))
            }
    }
}

fn svg(series: &[(&Histogram, &str)], title: &str) -> Markup {
    let most = series.iter().flat_map(|(bars, _)| &bars.counts).copied().max().unwrap_or(0).max(1);
    let edges = series.first().map(|(bars, _)| (bars.low, bars.high));
    let base = HEIGHT - FOOT;
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(title) {
            title { (title) }
            @for (bars, class) in series {
                @for (place, count) in bars.counts.iter().enumerate() {
                    (bar(place, bars.counts.len(), *count as f64 / most as f64 * base, class))
                }
            }
            line x1="0" x2=(WIDTH) y1=(base) y2=(base) { }
            @if let Some((low, high)) = edges {
                text x="0" y=(HEIGHT - 4.0) { (number(low)) }
                text x=(WIDTH) y=(HEIGHT - 4.0) text-anchor="end" { (number(high)) }
            }
            text x=(WIDTH) y="11" text-anchor="end" { (most) }
        }
    }
}

fn bar(place: usize, bars: usize, height: f64, class: &str) -> Markup {
    let width = WIDTH / bars.max(1) as f64;
    let (x, y) = (place as f64 * width, HEIGHT - FOOT - height);
    html! {
        rect class=(class) x=(format!("{:.2}", x + 1.0)) y=(format!("{y:.2}"))
            width=(format!("{:.2}", width - 2.0)) height=(format!("{height:.2}")) { }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_never_lost() {
        assert_eq!(["3", "-0.250", "1e-9", "1e300"], [3.0, -0.25, 1e-9, 1e300].map(number));
    }

    #[test]
    fn equal_edges_share_a_plot_and_others_do_not() {
        let values: Vec<_> = (0..50).map(|i| Some(f64::from(i))).collect();
        let bars = |low, high| Histogram::of(&values, (low, high));
        let drawn = |a: &Histogram, b: &Histogram| {
            let text = plot(a, b, ["<before>", "after"], "beyond").into_string();
            assert!(text.contains("&lt;before&gt;") && !text.contains("NaN"), "{text}");
            text.matches("<svg").count()
        };
        assert_eq!(drawn(&bars(0.0, 49.0), &bars(0.0, 49.0)), 1);
        assert_eq!(drawn(&bars(0.0, 49.0), &bars(0.0, 9.0)), 2);
    }
}
