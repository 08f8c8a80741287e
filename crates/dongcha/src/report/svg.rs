//! What every plot shares: the frame with its accessible name, coordinates, short labels.

use maud::{Markup, html};

/// Width of every plot, in its own units; the page scales it.
pub const WIDTH: f64 = 760.0;

/// A plot with its name for those who cannot see it; its figures stand in the table beside it.
pub fn frame(title: &str, height: f64, body: &Markup) -> Markup {
    html! {
        svg role="img" aria-label=(title) viewBox={ "0 0 " (at(WIDTH)) " " (at(height)) } {
            title { (title) }
            (body)
        }
    }
}

/// A coordinate, to a tenth; what is not a number stands at 0.
pub fn at(x: f64) -> String {
    let text = format!("{:.1}", if x.is_finite() { x } else { 0.0 });
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A share of a whole, within 0 and 1; 0 of nothing is 0.
pub fn share(part: f64, whole: f64) -> f64 {
    let share = part / whole;
    if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
}

/// A label cut to fit: ideographs count as two columns.
pub fn short(label: &str, columns: usize) -> String {
    let wide = |c: char| if c.is_ascii() { 1 } else { 2 };
    if label.chars().map(wide).sum::<usize>() <= columns {
        return label.to_owned();
    }
    let mut room = columns.saturating_sub(1);
    let fits = |c: &char| {
        let width = wide(*c);
        let fits = width <= room;
        room = room.saturating_sub(width);
        fits
    };
    label.chars().take_while(fits).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_and_labels_stay_in_their_bounds() {
        assert_eq!([at(3.0), at(2.55), at(f64::NAN)], ["3", "2.5", "0"].map(str::to_owned));
        assert_eq!([share(1.0, 4.0), share(1.0, 0.0), share(9.0, 3.0)], [0.25, 0.0, 1.0]);
        assert_eq!(short("purchase", 8), "purchase");
        assert_eq!(short("purchases", 8), "purchas…");
        assert_eq!(short("加入购物车了", 9), "加入购物…");
    }
}
