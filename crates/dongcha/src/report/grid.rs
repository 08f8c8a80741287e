//! A grid of shaded cells: cohorts by period, recency by frequency, channels by model.

use maud::{Markup, html};

use super::svg::{WIDTH, at, frame, share, short};

/// A grid, row by row.
pub struct Grid {
    /// Names of the rows, from the top.
    pub rows: Vec<String>,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// One list per row; a missing cell stays white.
    pub cells: Vec<Vec<Option<GridCell>>>,
}

/// One cell.
#[derive(Clone)]
pub struct GridCell {
    /// Its shade, against the largest.
    pub value: f64,
    /// What is written in it.
    pub shown: String,
    /// What is said when pointed at.
    pub tip: String,
    /// Whether its period is not over yet.
    pub open: bool,
}

const LABEL: f64 = 150.0;
const ROW: f64 = 26.0;
const TOP: f64 = 24.0;

/// The grid; nothing to draw without cells. `largest` is the value of the darkest shade, the
/// largest cell's unless told.
pub fn grid(title: &str, grid: &Grid, largest: Option<f64>) -> Option<Markup> {
    let cells = || grid.cells.iter().flatten().flatten();
    let largest = largest.unwrap_or_else(|| cells().map(|cell| cell.value).fold(0.0, f64::max));
    let width = ((WIDTH - LABEL) / grid.columns.len().max(1) as f64).min(110.0);
    let cell = |row: usize, column: usize, cell: &GridCell| {
        let (x, y) = (LABEL + column as f64 * width, TOP + row as f64 * ROW);
        let shade = share(cell.value, largest);
        let class = if cell.open { "heat open" } else { "heat" };
        let ink = if shade > 0.55 { "middle on" } else { "middle" };
        html! {
            g {
                title { (cell.tip) }
                rect class=(class) x=(at(x)) y=(at(y)) width=(at(width - 2.0))
                    height=(at(ROW - 2.0)) rx="2" fill-opacity=(opacity(shade)) {}
                text class=(ink) x=(at(x + width / 2.0 - 1.0)) y=(at(y + 16.0)) { (cell.shown) }
            }
        }
    };
    let body = html! {
        @for (i, name) in grid.columns.iter().enumerate() {
            text.soft.middle x=(at(LABEL + (i as f64 + 0.5) * width)) y="15" {
                (short(name, (width / 7.0) as usize))
            }
        }
        @for (i, name) in grid.rows.iter().enumerate() {
            text.end x=(at(LABEL - 8.0)) y=(at(TOP + i as f64 * ROW + 16.0)) { (short(name, 21)) }
        }
        @for (r, row) in grid.cells.iter().enumerate() {
            @for (c, one) in row.iter().enumerate() {
                @if let Some(one) = one { (cell(r, c, one)) }
            }
        }
    };
    cells().next()?;
    Some(frame(title, TOP + grid.rows.len() as f64 * ROW + 4.0, &body))
}

/// Shades start where a cell can still be told from none.
fn opacity(shade: f64) -> String {
    format!("{:.2}", 0.06 + 0.94 * shade)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_cell_is_darkest_and_open_ones_are_marked() {
        let cell = |value: f64, open: bool| {
            Some(GridCell { value, shown: format!("{value}"), tip: "tip".to_owned(), open })
        };
        let two = Grid {
            rows: vec!["a".to_owned(), "b".to_owned()],
            columns: vec!["0".to_owned(), "1".to_owned()],
            cells: vec![vec![cell(1.0, false), cell(0.5, true)], vec![cell(0.0, false), None]],
        };
        let svg = grid("Cohorts", &two, None).unwrap_or_default().into_string();
        assert!(svg.contains("fill-opacity=\"1.00\"") && svg.contains("fill-opacity=\"0.06\""));
        assert_eq!(svg.matches("heat open").count(), 1);
        assert_eq!(svg.matches("<rect").count(), 3);
        let none = Grid { rows: Vec::new(), columns: Vec::new(), cells: Vec::new() };
        assert!(grid("Cohorts", &none, None).is_none());
    }
}
