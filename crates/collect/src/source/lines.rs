//! Lines of any length from any reader, in bounded memory; ends may be LF, CRLF or CR, mixed.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use event::limits::FILE_LINE_BYTES;

/// How reading one line went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineRead {
    /// A line with its number; it was appended with its end, if it has one.
    Line(u64),
    /// Longer than [`FILE_LINE_BYTES`]: its beginning was appended, the rest was passed over.
    TooLong(u64),
    /// No further line.
    End,
}

/// Bytes of a line that is too long which are kept for quarantine.
const KEPT_OF_LONG: usize = 256;

/// A reader of lines that can take lines back.
pub(crate) struct Lines {
    input: Box<dyn BufRead + Send>,
    read: u64,
    returned: VecDeque<(LineRead, Vec<u8>)>,
    failure: Option<io::Error>,
}

impl Lines {
    pub fn new(input: Box<dyn BufRead + Send>) -> Self {
        Self { input, read: 0, returned: VecDeque::new(), failure: None }
    }

    /// Puts lines back, to be read again before the rest; they come in their order.
    pub fn put_back(&mut self, lines: Vec<(LineRead, Vec<u8>)>) {
        for line in lines.into_iter().rev() {
            self.returned.push_front(line);
        }
    }

    /// Tells a read error once the lines that were put back are read again.
    pub fn fail_later(&mut self, failure: io::Error) {
        self.failure = Some(failure);
    }

    /// Appends the next line with its end to `out`. A line that breaks off in a read error is
    /// not a line: it is dropped and the error told.
    pub fn next(&mut self, out: &mut Vec<u8>) -> io::Result<LineRead> {
        if let Some((read, line)) = self.returned.pop_front() {
            out.extend_from_slice(&line);
            return Ok(read);
        }
        let start = out.len();
        let (mut length, mut any) = (0_usize, false);
        loop {
            if let Some(failure) = self.failure.take() {
                out.truncate(start);
                return Err(failure);
            }
            let chunk = self.fill()?;
            if chunk.is_empty() {
                if self.failure.is_some() {
                    continue;
                }
                break;
            }
            any = true;
            let end = chunk.iter().position(|&b| b == b'\n' || b == b'\r');
            let taken = end.map_or(chunk.len(), |i| i + 1);
            let carriage = end.is_some_and(|i| chunk[i] == b'\r');
            length += taken;
            let room = FILE_LINE_BYTES.value.saturating_sub(out.len() - start);
            out.extend_from_slice(&chunk[..taken.min(room)]);
            self.input.consume(taken);
            if end.is_some() {
                if carriage && self.fill()?.first() == Some(&b'\n') {
                    self.input.consume(1);
                    out.push(b'\n');
                }
                break;
            }
        }
        if !any {
            return Ok(LineRead::End);
        }
        self.read += 1;
        if length > FILE_LINE_BYTES.value {
            out.truncate(start + KEPT_OF_LONG);
            out.shrink_to(64 * 1024);
            return Ok(LineRead::TooLong(self.read));
        }
        Ok(LineRead::Line(self.read))
    }

    /// The bytes at hand; a read error counts as the end here and is told by the next call.
    fn fill(&mut self) -> io::Result<&[u8]> {
        loop {
            match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(error);
                    return Ok(&[]);
                }
                Ok(_) => break,
            }
        }
        self.input.fill_buf()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &'static [u8]) -> Vec<String> {
        let mut lines = Lines::new(Box::new(io::BufReader::with_capacity(3, text)));
        let mut all = Vec::new();
        loop {
            let mut out = Vec::new();
            match lines.next(&mut out).unwrap() {
                LineRead::End => return all,
                _ => all.push(String::from_utf8(out).unwrap()),
            }
        }
    }

    #[test]
    fn ends_may_be_mixed() {
        assert_eq!(
            lines(b"a\nbc\r\nd\re\r\n\r\nf"),
            ["a\n", "bc\r\n", "d\r", "e\r\n", "\r\n", "f"]
        );
        assert_eq!(lines(b""), [""; 0]);
        assert_eq!(lines(b"\r"), ["\r"]);
    }

    #[test]
    fn lines_given_back_come_again_in_order() {
        let mut lines = Lines::new(Box::new(&b"last"[..]));
        let given = [LineRead::Line(1), LineRead::TooLong(2)];
        lines.put_back(vec![(given[0], b"one".to_vec()), (given[1], b"two".to_vec())]);
        let mut out = Vec::new();
        assert_eq!(lines.next(&mut out).unwrap(), LineRead::Line(1));
        assert_eq!(lines.next(&mut out).unwrap(), LineRead::TooLong(2));
        assert_eq!(lines.next(&mut out).unwrap(), LineRead::Line(1));
        assert_eq!(out, b"onetwolast");
    }
}
