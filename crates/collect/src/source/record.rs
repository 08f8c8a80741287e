//! One row of a table as text fields, in buffers that are reused from row to row.

/// A row: its fields, the bytes it was read from, and where it stood.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The bytes as they arrived; empty for Parquet, which has no lines.
    pub raw: Vec<u8>,
    /// Line number (text) or row number (Parquet), from 1.
    pub number: u64,
    text: String,
    ends: Vec<usize>,
}

impl Record {
    /// Forgets the row and keeps the buffers.
    pub fn clear(&mut self) {
        self.raw.clear();
        self.clear_fields();
    }

    /// Forgets the fields alone.
    pub fn clear_fields(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// A field by its position; absent positions are empty.
    pub fn get(&self, index: usize) -> &str {
        let Some(&end) = self.ends.get(index) else { return "" };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..end]
    }

    /// Text of the field being built.
    pub fn push_text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// The text buffer, for writers that format into it.
    pub fn text_mut(&mut self) -> &mut String {
        &mut self.text
    }

    /// Ends the field being built.
    pub fn end_field(&mut self) {
        self.ends.push(self.text.len());
    }

    /// All fields, owned: for headers.
    pub fn to_fields(&self) -> Vec<String> {
        (0..self.len()).map(|i| self.get(i).to_owned()).collect()
    }

    /// The row as text for quarantine: as it arrived, or as comma-separated fields. Bytes that
    /// are no UTF-8 show as `\u{fffd}`; very long rows are cut at `limit` bytes.
    pub fn to_raw(&self, limit: usize) -> String {
        if self.raw.is_empty() {
            let mut line = String::new();
            for i in 0..self.len() {
                if i > 0 {
                    line.push(',');
                }
                push_quoted(&mut line, self.get(i));
            }
            return line;
        }
        let cut = self.raw.len() > limit;
        let kept = &self.raw[..self.raw.len().min(limit)];
        let mut text = String::from_utf8_lossy(kept).trim_end_matches(['\r', '\n']).to_owned();
        if cut {
            text.push('…');
        }
        text
    }
}

/// Appends a field as RFC 4180 would write it.
pub(crate) fn push_quoted(line: &mut String, field: &str) {
    if !field.contains(['"', ',', '\n', '\r']) {
        line.push_str(field);
        return;
    }
    line.push('"');
    line.push_str(&field.replace('"', "\"\""));
    line.push('"');
}
