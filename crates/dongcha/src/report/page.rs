//! The page of a report: its shell, its style for light, dark and paper, its sections.

use std::path::Path;

use anyhow::{Context, Result};
use event::Language;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::output::Table;

/// Colours and type: those of the dashboard.
const STYLE: &str = include_str!("page.css");

/// A report.
pub struct Page {
    /// Language of its text.
    pub language: Language,
    /// What it is about.
    pub title: String,
    /// What it counts, over which shop and days: one sentence a line.
    pub lead: Vec<String>,
    /// Its parts, in order.
    pub sections: Vec<Section>,
}

/// A plot with the table of its figures.
pub struct Section {
    /// What it shows.
    pub heading: String,
    /// How to read it; may be empty.
    pub note: String,
    /// The plot, where there is something to draw.
    pub plot: Option<Markup>,
    /// The figures.
    pub table: Table,
}

impl Section {
    /// A section without a note.
    pub fn new(heading: impl Into<String>, plot: Option<Markup>, table: Table) -> Self {
        Self { heading: heading.into(), note: String::new(), plot, table }
    }

    /// The section with a sentence on how to read it.
    pub fn noted(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    fn to_html(&self) -> Markup {
        html! {
            section {
                h2 { (self.heading) }
                @if !self.note.is_empty() { p.note { (self.note) } }
                @if let Some(plot) = &self.plot { figure { (plot) } }
                (table(&self.table))
            }
        }
    }
}

impl Page {
    /// The page as text.
    pub fn to_html(&self) -> String {
        let language = match self.language {
            Language::En => "en",
            Language::Zh => "zh-Hans",
        };
        let page = html! {
            (DOCTYPE)
            html lang=(language) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    // Refuses every request the page could make, should its text try to.
                    meta http-equiv="Content-Security-Policy"
                        content="default-src 'none'; style-src 'unsafe-inline'";
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    header {
                        h1 { (self.title) }
                        @for line in &self.lead { p { (line) } }
                    }
                    main { @for section in &self.sections { (section.to_html()) } }
                }
            }
        };
        page.into_string()
    }

    /// Writes the page to a file.
    pub fn write(&self, path: &Path) -> Result<()> {
        std::fs::write(path, self.to_html())
            .with_context(|| format!("cannot write the report to {}", path.display()))
    }
}

/// A table of figures; columns of numbers stand to the right.
fn table(table: &Table) -> Markup {
    let numeric = table.numeric();
    let side = |column: usize| if numeric[column] { "number" } else { "" };
    html! {
        div.table {
            table {
                thead {
                    tr {
                        @for (i, header) in table.seen() {
                            th scope="col" class=(side(i)) { (header) }
                        }
                    }
                }
                tbody {
                    @for row in table.shown() {
                        tr { @for (i, _) in table.seen() { td class=(side(i)) { (row[i]) } } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_escapes_what_shoppers_sent_and_asks_for_nothing() {
        let mut table = Table::new(&[("item", "Item"), ("n", "Count"), ("key", "")]);
        table.row(vec!["<script>alert(1)</script>".into(), 3.into(), "hidden".into()]);
        let page = Page {
            language: Language::Zh,
            title: "报告 & <b>".to_owned(),
            lead: vec!["a \"quote\"".to_owned()],
            sections: vec![Section::new("h", None, table).noted("n")],
        };
        let html = page.to_html();
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"zh-Hans\">"));
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script"));
        assert!(html.contains("报告 &amp; &lt;b&gt;") && !html.contains("hidden"));
        for request in ["http://", "https://", "url(", "src=", "@import", "<link"] {
            assert!(!html.contains(request), "{request}");
        }
        assert!(html.contains("class=\"number\">3<"));
    }
}
