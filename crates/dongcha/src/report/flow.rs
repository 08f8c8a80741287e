//! Flows from what came before, on the left, to what came next, on the right.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::svg::{WIDTH, at, frame, share, short};

/// One flow.
pub struct Flow {
    /// Where from.
    pub from: String,
    /// Where to.
    pub to: String,
    /// How many.
    pub count: u64,
}

const LEFT: f64 = 190.0;
const RIGHT: f64 = WIDTH - 190.0;
const NODE: f64 = 10.0;
const GAP: f64 = 14.0;
const HEIGHT: f64 = 260.0;

/// Where a node lies: its top, its height, and how much of it is taken.
struct Place {
    top: f64,
    height: f64,
    taken: f64,
}

/// Flows as bands between two columns, the largest nodes on top; nothing to draw without flows.
pub fn flows(title: &str, flows: &[Flow]) -> Option<Markup> {
    let all: u64 = flows.iter().map(|flow| flow.count).sum();
    let mut left = column(flows.iter().map(|flow| (flow.from.as_str(), flow.count)), all);
    let mut right = column(flows.iter().map(|flow| (flow.to.as_str(), flow.count)), all);
    let bottom = |nodes: &BTreeMap<&str, Place>| {
        nodes.values().map(|place| place.top + place.height).fold(0.0, f64::max)
    };
    let height = bottom(&left).max(bottom(&right)) + GAP;
    let band = |flow: &Flow, from: &mut Place, to: &mut Place| {
        let wide = share(flow.count as f64, all as f64) * HEIGHT;
        let (start, end) = (from.top + from.taken + wide / 2.0, to.top + to.taken + wide / 2.0);
        from.taken += wide;
        to.taken += wide;
        let (x0, x1, middle) = (LEFT + NODE, RIGHT, f64::midpoint(LEFT + NODE, RIGHT));
        let (x0, x1, middle) = (at(x0), at(x1), at(middle));
        let (start, end) = (at(start), at(end));
        html! {
            path.flow stroke-width=(at(wide.max(0.5)))
                d={ "M" (x0) " " (start) "C" (middle) " " (start) " " (middle) " " (end) " "
                    (x1) " " (end) } {
                title { (flow.from) " → " (flow.to) ": " (flow.count) }
            }
        }
    };
    let mut bands = Vec::new();
    for flow in flows {
        let (from, to) = (left.get_mut(flow.from.as_str()), right.get_mut(flow.to.as_str()));
        if let (Some(from), Some(to)) = (from, to) {
            bands.push(band(flow, from, to));
        }
    }
    let body = html! {
        @for band in bands { (band) }
        @for (name, place) in &left { (node(name, place, LEFT, "end", LEFT - 6.0)) }
        @for (name, place) in &right { (node(name, place, RIGHT, "", RIGHT + NODE + 6.0)) }
    };
    (all > 0).then(|| frame(title, height, &body))
}

fn node(name: &str, place: &Place, x: f64, side: &str, label: f64) -> Markup {
    html! {
        rect.node x=(at(x)) y=(at(place.top)) width=(at(NODE))
            height=(at(place.height.max(1.0))) {}
        text class=(side) x=(at(label)) y=(at(place.top + place.height / 2.0 + 4.0)) {
            (short(name, 28))
        }
    }
}

/// Nodes of a side from the largest down, each as high as what passes it.
fn column<'a>(counts: impl Iterator<Item = (&'a str, u64)>, all: u64) -> BTreeMap<&'a str, Place> {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, count) in counts {
        *sums.entry(name).or_default() += count;
    }
    let mut order: Vec<(&str, u64)> = sums.into_iter().collect();
    order.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let mut top = GAP / 2.0;
    let mut places = BTreeMap::new();
    for (name, count) in order {
        let height = share(count as f64, all as f64) * HEIGHT;
        places.insert(name, Place { top, height, taken: 0.0 });
        top += height + GAP;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_is_as_wide_as_its_share() {
        let flow = |from: &str, to: &str, count: u64| Flow {
            from: from.to_owned(),
            to: to.to_owned(),
            count,
        };
        let two = [flow("(start)", "view", 30), flow("view", "cart", 10)];
        let svg = flows("Next", &two).unwrap_or_default().into_string();
        assert!(svg.contains("stroke-width=\"195\"") && svg.contains("stroke-width=\"65\""));
        assert_eq!(svg.matches("<rect").count(), 4);
        assert!(svg.contains("view → cart: 10"));
        assert!(flows("Next", &[]).is_none());
    }
}
