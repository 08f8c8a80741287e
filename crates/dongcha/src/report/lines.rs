//! Lines over periods: new beside returning, week by week.

use maud::{Markup, html};

use super::svg::{WIDTH, at, frame, share};

/// One line; at most four are told apart.
pub struct Series {
    /// What it is.
    pub name: String,
    /// A value per period; a missing one breaks the line.
    pub values: Vec<Option<f64>>,
}

const LEFT: f64 = 70.0;
const TOP: f64 = 34.0;
const HEIGHT: f64 = 200.0;

/// Lines from zero to the largest value; nothing to draw without a period. `shown` writes a value
/// of the axis.
pub fn lines(
    title: &str,
    periods: &[String],
    series: &[Series],
    shown: impl Fn(f64) -> String,
) -> Option<Markup> {
    let largest = series.iter().flat_map(|one| &one.values).flatten().copied().fold(0.0, f64::max);
    let top = ceiling(largest);
    let wide = WIDTH - LEFT - 16.0;
    let x = |i: usize| LEFT + wide * share(i as f64, (periods.len().max(2) - 1) as f64);
    let y = |value: f64| TOP + HEIGHT * (1.0 - share(value, top));
    let every = periods.len().div_ceil(8).max(1);
    let body = html! {
        @for step in 0..=4 {
            @let value = top * f64::from(step) / 4.0;
            line.axis x1=(at(LEFT)) x2=(at(LEFT + wide)) y1=(at(y(value))) y2=(at(y(value))) {}
            text.soft.end x=(at(LEFT - 6.0)) y=(at(y(value) + 4.0)) { (shown(value)) }
        }
        @for (i, period) in periods.iter().enumerate().step_by(every) {
            text.soft.middle x=(at(x(i))) y=(at(TOP + HEIGHT + 20.0)) { (period) }
        }
        @for (k, one) in series.iter().enumerate() {
            @let class = format!("line c{}", k % 4);
            @let left = LEFT + 170.0 * k as f64;
            line class=(class) x1=(at(left)) x2=(at(left + 24.0)) y1="14" y2="14" {}
            text x=(at(left + 30.0)) y="18" { (one.name) }
            path class=(class) d=(route(&one.values, x, y)) {}
        }
    };
    (!periods.is_empty()).then(|| frame(title, TOP + HEIGHT + 30.0, &body))
}

/// A line's commands: a missing value lifts the pen; a lone point is drawn as a short dash.
fn route(values: &[Option<f64>], x: impl Fn(usize) -> f64, y: impl Fn(f64) -> f64) -> String {
    let mut route = String::new();
    let mut down = false;
    for (i, value) in values.iter().enumerate() {
        let Some(value) = value else {
            down = false;
            continue;
        };
        let command = if down { 'L' } else { 'M' };
        route += &format!("{command}{} {}", at(x(i)), at(y(*value)));
        if !down && values.get(i + 1).copied().flatten().is_none() {
            route += "h3";
        }
        down = true;
    }
    route
}

/// The smallest 1, 2, 4 or 8 times a power of ten that is not below a value, so that quarters of
/// it read well.
fn ceiling(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 4.0;
    }
    let ten = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 8.0, 10.0];
    steps.into_iter().map(|step| step * ten).find(|top| *top >= value).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_lifts_the_pen() {
        let x = |i: usize| i as f64;
        let y = |value: f64| value;
        let values = [Some(1.0), Some(2.0), None, Some(4.0)];
        assert_eq!(route(&values, x, y), "M0 1L1 2M3 4h3");
        assert_eq!([ceiling(0.0), ceiling(3.0), ceiling(90.0), ceiling(400.0)].map(at), {
            ["4", "4", "100", "400"].map(str::to_owned)
        });
    }

    #[test]
    fn every_line_has_its_name() {
        let one = |name: &str| Series { name: name.to_owned(), values: vec![Some(0.0), None] };
        let periods = ["2026-01".to_owned(), "2026-02".to_owned()];
        let both = [one("new"), one("returning")];
        let svg = lines("Weeks", &periods, &both, |v| v.to_string()).unwrap_or_default();
        let svg = svg.into_string();
        assert!(svg.contains(">new<") && svg.contains("line c1") && !svg.contains("NaN"));
    }
}
