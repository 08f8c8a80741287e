//! Pickled lists of whole numbers, as Python's `pickle.dump` writes them: the few instructions that
//! lists, pairs and whole numbers need, and no other, so that a file can run nothing.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::CollectError;

/// Sessions, and for each the item that followed, where the file has them apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pickled {
    /// Items of each session.
    pub sessions: Vec<Vec<String>>,
    /// The item after each; empty where the file has none.
    pub next: Vec<String>,
}

/// Reads a file, gzipped or not; `None` where it is no pickle.
pub(crate) fn unpickle(path: &Path) -> Result<Option<Pickled>, CollectError> {
    let failed = |source| CollectError::Read { path: path.to_owned(), source };
    let mut plain = BufReader::new(File::open(path).map_err(failed)?);
    let gzip = plain.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
    let mut input: Box<dyn BufRead> =
        if gzip { Box::new(BufReader::new(MultiGzDecoder::new(plain))) } else { Box::new(plain) };
    if !input.fill_buf().map_err(failed)?.starts_with(&[0x80]) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).map_err(failed)?;
    let wrong = |problem: String| CollectError::Layout { path: path.to_owned(), problem };
    let value = run(&bytes).map_err(wrong)?;
    sessions(value).map(Some).map_err(wrong)
}

enum Value {
    Number(i64),
    List(Vec<Value>),
    /// Where the values of a list or pair begin.
    Mark,
}

/// Runs the instructions; the value left at the end.
fn run(bytes: &[u8]) -> Result<Value, String> {
    let mut stack: Vec<Value> = Vec::new();
    let mut at = 0;
    let mut take = |n: usize| -> Result<&[u8], String> {
        let found = bytes.get(at..at + n).ok_or("is a pickle cut short")?;
        at += n;
        Ok(found)
    };
    loop {
        match take(1)?[0] {
            0x80 | b'q' => drop(take(1)?),
            b'r' => drop(take(4)?),
            0x95 => drop(take(8)?),
            0x94 => {}
            b']' | b')' => stack.push(Value::List(Vec::new())),
            b'(' => stack.push(Value::Mark),
            b'K' => stack.push(Value::Number(i64::from(take(1)?[0]))),
            b'M' => stack.push(Value::Number(whole(take(2)?))),
            b'J' => {
                let number = whole(take(4)?) as u32;
                stack.push(Value::Number(i64::from(number.cast_signed())));
            }
            b'a' => {
                let one = stack.pop().ok_or("is no well-formed pickle")?;
                append(&mut stack, vec![one])?;
            }
            b'e' => {
                let values = since_mark(&mut stack)?;
                append(&mut stack, values)?;
            }
            b't' | b'l' => {
                let values = since_mark(&mut stack)?;
                stack.push(Value::List(values));
            }
            tuple @ (0x85..=0x87) => {
                let from = stack.len().checked_sub(usize::from(tuple - 0x84));
                let values = stack.split_off(from.ok_or("is no well-formed pickle")?);
                stack.push(Value::List(values));
            }
            b'.' => return stack.pop().ok_or_else(|| "is an empty pickle".to_owned()),
            other => {
                return Err(format!(
                    "is a pickle with instruction {other:#04x}: only lists of whole numbers are \
                     read"
                ));
            }
        }
    }
}

/// A number from its bytes, the least first.
fn whole(bytes: &[u8]) -> i64 {
    bytes.iter().rev().fold(0, |sum, byte| sum * 256 + i64::from(*byte))
}

fn since_mark(stack: &mut Vec<Value>) -> Result<Vec<Value>, String> {
    let mark = stack.iter().rposition(|value| matches!(value, Value::Mark));
    let mark = mark.ok_or("is no well-formed pickle")?;
    let values = stack.split_off(mark + 1);
    stack.pop();
    Ok(values)
}

fn append(stack: &mut [Value], values: Vec<Value>) -> Result<(), String> {
    match stack.last_mut() {
        Some(Value::List(list)) => {
            list.extend(values);
            Ok(())
        }
        _ => Err("is no well-formed pickle".to_owned()),
    }
}

/// A list of sessions, or a pair of such a list and the items that followed.
fn sessions(value: Value) -> Result<Pickled, String> {
    let shape = || "is a pickle of something other than sessions".to_owned();
    let Value::List(mut parts) = value else { return Err(shape()) };
    let row = |value: Value| -> Option<Vec<String>> {
        let Value::List(items) = value else { return None };
        items.into_iter().map(number).collect()
    };
    let rows = |values: Vec<Value>| values.into_iter().map(row).collect::<Option<Vec<_>>>();
    let is_pair = parts.len() == 2
        && matches!(&parts[0], Value::List(all) if matches!(all.first(), Some(Value::List(_))));
    if !is_pair {
        let sessions = rows(parts).ok_or_else(shape)?;
        return Ok(Pickled { sessions, next: Vec::new() });
    }
    let next = parts.pop().and_then(row).ok_or_else(shape)?;
    let Some(Value::List(before)) = parts.pop() else { return Err(shape()) };
    let sessions = rows(before).ok_or_else(shape)?;
    if sessions.len() != next.len() {
        return Err(format!("has {} sessions but {} next items", sessions.len(), next.len()));
    }
    Ok(Pickled { sessions, next })
}

fn number(value: Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::List(_) | Value::Mark => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `pickle.dumps(([[1, 300], [70000]], [2, 3]), protocol=2)` of Python 3.12.
    const PAIR: &[u8] = b"\x80\x02]q\x00(]q\x01(K\x01M,\x01e]q\x02Jp\x11\x01\x00ae]q\x03\
                          (K\x02K\x03e\x86q\x04.";

    #[test]
    fn a_pair_of_lists_is_read_and_nothing_else_is_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions");
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            unpickle(&path)
        };
        let found = read(PAIR).unwrap().unwrap();
        assert_eq!(found.sessions, [vec!["1", "300"], vec!["70000"]]);
        assert_eq!(found.next, ["2", "3"]);
        assert_eq!(read(b"1 2 3\n").unwrap(), None);
        for end in 1..PAIR.len() {
            assert!(read(&PAIR[..end]).is_err(), "cut at {end}");
        }
        // `cos\nsystem` would call a function.
        let message = read(b"\x80\x02cos\nsystem\n.").unwrap_err().to_string();
        assert!(message.contains("instruction 0x63"), "{message}");
    }
}
