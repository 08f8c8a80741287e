//! From the body of `POST /v1/events` to the text of each event.
//!
//! The body is cut without being parsed, so that each event is read by itself: one that is
//! malformed is set aside exactly as it arrived and the others are stored. Time is linear in the
//! body, memory one slice per event.

use event::limits::BATCH_EVENTS;

use crate::problem::Code;

/// How the events of a body follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// An array, or an object with the array `events`.
    Json,
    /// One event per line.
    Lines,
}

impl Form {
    /// The form that a content type names; beacons send `text/plain`.
    pub(crate) fn of(content_type: Option<&str>) -> Option<Self> {
        let essence = content_type.map(|t| t.split(';').next().unwrap_or(t).trim());
        match essence.map(str::to_ascii_lowercase).as_deref() {
            None | Some("" | "application/json" | "text/plain") => Some(Self::Json),
            Some("application/x-ndjson" | "application/jsonl") => Some(Self::Lines),
            _ => None,
        }
    }
}

/// Cuts a body into the texts of its events.
pub(crate) fn split(body: &[u8], form: Form) -> Result<Vec<&str>, Code> {
    let text = std::str::from_utf8(body).map_err(|_| Code::JsonInvalid)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match form {
        Form::Lines => {
            let lines = text.lines().map(trim).filter(|line| !line.is_empty());
            let events: Vec<&str> = lines.take(BATCH_EVENTS.value + 1).collect();
            limited(events)
        }
        Form::Json => {
            let mut cursor = Cursor { text, at: 0 };
            let events = cursor.body()?;
            cursor.end()?;
            Ok(events)
        }
    }
}

fn limited(events: Vec<&str>) -> Result<Vec<&str>, Code> {
    if events.len() > BATCH_EVENTS.value { Err(Code::BatchTooLarge) } else { Ok(events) }
}

/// White space as JSON has it.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r'])
}

/// A place in a text. All bytes it stops at are ASCII, so slices are whole characters.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        self.at += rest.iter().take_while(|byte| is_space(**byte)).count();
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, wanted: u8) -> Result<(), Code> {
        if self.take(wanted) { Ok(()) } else { Err(Code::JsonInvalid) }
    }

    fn end(&mut self) -> Result<(), Code> {
        if self.peek().is_none() { Ok(()) } else { Err(Code::JsonInvalid) }
    }

    fn body(&mut self) -> Result<Vec<&'a str>, Code> {
        match self.peek() {
            Some(b'[') => self.array(),
            Some(b'{') => self.object(),
            _ => Err(Code::JsonInvalid),
        }
    }

    /// `{"events": […]}` and nothing else.
    fn object(&mut self) -> Result<Vec<&'a str>, Code> {
        self.need(b'{')?;
        if self.peek() == Some(b'}') {
            return Err(Code::EventsMissing);
        }
        if self.value()? != "\"events\"" {
            return Err(Code::EventsMissing);
        }
        self.need(b':')?;
        if self.peek() != Some(b'[') {
            return Err(Code::EventsMissing);
        }
        let events = self.array()?;
        if self.peek() == Some(b',') {
            return Err(Code::EventsMissing);
        }
        self.need(b'}')?;
        Ok(events)
    }

    fn array(&mut self) -> Result<Vec<&'a str>, Code> {
        self.need(b'[')?;
        let mut events = Vec::new();
        if self.take(b']') {
            return Ok(events);
        }
        loop {
            events.push(self.value()?);
            if events.len() > BATCH_EVENTS.value {
                return Err(Code::BatchTooLarge);
            }
            if self.take(b']') {
                return Ok(events);
            }
            self.need(b',')?;
        }
    }

    /// The text up to the comma, colon or bracket that ends this value. Whether it is valid JSON
    /// is for its reader to say.
    fn value(&mut self) -> Result<&'a str, Code> {
        self.peek();
        let start = self.at;
        let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
        for (i, byte) in self.text.bytes().enumerate().skip(start) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                _ if quoted => {}
                b'[' | b'{' => depth += 1,
                b',' | b':' | b']' | b'}' if depth == 0 => {
                    self.at = i;
                    let value = trim(&self.text[start..i]);
                    return if value.is_empty() { Err(Code::JsonInvalid) } else { Ok(value) };
                }
                b']' | b'}' => depth -= 1,
                _ => {}
            }
        }
        Err(Code::JsonInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn json(body: &str) -> Result<Vec<&str>, Code> {
        split(body.as_bytes(), Form::Json)
    }

    #[test]
    fn arrays_objects_and_lines_are_cut() {
        assert_eq!(json("[ {\"a\":\"]\\\"\"} ,\n2]"), Ok(vec!["{\"a\":\"]\\\"\"}", "2"]));
        assert_eq!(json("{\"events\" : [1]}"), Ok(vec!["1"]));
        assert_eq!(json(" [ ] "), Ok(vec![]));
        assert_eq!(split(b"\xef\xbb\xbf{}\r\n\n 7 ", Form::Lines), Ok(vec!["{}", "7"]));
    }

    #[test]
    fn one_bad_event_does_not_spoil_the_others() {
        assert_eq!(json("[{\"v\":1},{oops},3]"), Ok(vec!["{\"v\":1}", "{oops}", "3"]));
    }

    #[test]
    fn bodies_of_another_shape_are_refused() {
        for bad in ["", "hello", "7", "[1,]", "[,1]", "[1", "[1]]", "[\"", "{\"events\":[1]", "[:]"]
        {
            assert_eq!(json(bad), Err(Code::JsonInvalid), "{bad}");
        }
        for bad in ["{}", "{\"v\":1}", "{\"events\":7}", "{\"events\":[],\"x\":1}"] {
            assert_eq!(json(bad), Err(Code::EventsMissing), "{bad}");
        }
        assert_eq!(split(b"[\"\xff\"]", Form::Json), Err(Code::JsonInvalid));
    }

    #[test]
    fn the_batch_limit_holds_in_both_forms() {
        let many = |n: usize, gap: &str| vec!["1"; n].join(gap);
        let n = BATCH_EVENTS.value;
        assert_eq!(json(&format!("[{}]", many(n, ","))).map(|e| e.len()), Ok(n));
        assert_eq!(json(&format!("[{}]", many(n + 1, ","))), Err(Code::BatchTooLarge));
        let lines = many(n + 1, "\n");
        assert_eq!(split(lines.as_bytes(), Form::Lines), Err(Code::BatchTooLarge));
    }

    #[test]
    fn content_types_name_a_form() {
        assert_eq!(Form::of(None), Some(Form::Json));
        assert_eq!(Form::of(Some("Application/JSON; charset=utf-8")), Some(Form::Json));
        assert_eq!(Form::of(Some("application/x-ndjson")), Some(Form::Lines));
        assert_eq!(Form::of(Some("text/html")), None);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-z\\[\\]{},:\"\\\\\u{1f600}\n]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z\"]{0,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// The slow and obvious way: parse the whole body.
        #[test]
        fn cutting_agrees_with_parsing(
            events in prop::collection::vec(any_json(), 0..6),
            pretty: bool,
            wrapped: bool,
        ) {
            let body = Value::from(events.clone());
            let body = if wrapped { serde_json::json!({ "events": body }) } else { body };
            let text = if pretty { format!("{body:#}") } else { body.to_string() };
            let cut: Vec<Value> = json(&text)
                .unwrap()
                .into_iter()
                .map(|event| serde_json::from_str(event).unwrap())
                .collect();
            prop_assert_eq!(cut, events);
        }

        #[test]
        fn whatever_parses_as_an_array_is_cut_alike(text in "[\\[\\]{},:\"\\\\ a1]{0,12}") {
            if let Ok(Value::Array(events)) = serde_json::from_str(&text) {
                let cut = json(&text).map(|cut| cut.len());
                prop_assert_eq!(cut, Ok(events.len()));
            }
        }
    }
}
