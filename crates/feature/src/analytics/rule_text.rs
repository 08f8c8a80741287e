//! Reads the text of a rule: words and signs first, then one function per level of binding.
//!
//! `or := and ("or" and)*`, `and := not ("and" not)*`, `not := "not" not | "(" or ")" | test`.
//! Recursion goes no deeper than [`RULE_DEPTH`] brackets and `not`s.

use super::rule::{Comparison, Node, RULE_BYTES, RULE_DEPTH, RULE_TOKENS, Value};

/// Why a text is no rule.
pub(super) struct Refusal {
    /// Which character, from 1.
    pub at: usize,
    /// What is wrong and what it may be.
    pub advice: String,
}

/// A word or sign and the character it begins at.
struct Token {
    at: usize,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    /// A feature's name or a word of the language.
    Word(String),
    Value(Value),
    Sign(Comparison),
    Open,
    Close,
    Comma,
}

const KEYWORDS: [&str; 6] = ["and", "or", "not", "in", "is", "unknown"];
const TEST: &str = "one of `= != < <= > >=`, `in (…)` or `is unknown`";

/// What is said of a rule that is too long.
pub(super) fn too_long() -> Refusal {
    Refusal { at: 1, advice: format!("a rule has at most {RULE_BYTES} bytes") }
}

/// Reads a rule.
pub(super) fn parse(text: &str) -> Result<Node, Refusal> {
    if text.len() > RULE_BYTES {
        return Err(too_long());
    }
    let tokens = tokens(text)?;
    let end = text.chars().count() + 1;
    let mut reader = Reader { tokens: &tokens, next: 0, end, depth: 0 };
    let node = reader.any()?;
    match reader.peek() {
        None => Ok(node),
        Some(Kind::Close) => Err(reader.refusal("this `)` closes nothing")),
        Some(_) => Err(reader.expected("`and`, `or` or the end")),
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
    next: usize,
    /// The character after the last.
    end: usize,
    /// Brackets and `not`s around the next token.
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    fn refusal(&self, advice: impl Into<String>) -> Refusal {
        let at = self.tokens.get(self.next).map_or(self.end, |token| token.at);
        Refusal { at, advice: advice.into() }
    }

    fn expected(&self, what: &str) -> Refusal {
        match self.peek() {
            None => self.refusal(format!("the rule ends where {what} should follow")),
            Some(kind) => self.refusal(format!("found {}, expected {what}", kind.shown())),
        }
    }

    fn take(&mut self, kind: &Kind) -> bool {
        let there = self.peek() == Some(kind);
        self.next += usize::from(there);
        there
    }

    fn take_word(&mut self, word: &str) -> bool {
        let there = matches!(self.peek(), Some(Kind::Word(w)) if w.eq_ignore_ascii_case(word));
        self.next += usize::from(there);
        there
    }

    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        if self.depth == RULE_DEPTH {
            return Err(self.refusal(format!("more than {RULE_DEPTH} brackets and `not`s deep")));
        }
        self.depth += 1;
        let found = read(self)?;
        self.depth -= 1;
        Ok(found)
    }

    fn any(&mut self) -> Result<Node, Refusal> {
        let mut nodes = vec![self.all()?];
        while self.take_word("or") {
            nodes.push(self.all()?);
        }
        Ok(one_or(nodes, Node::Or))
    }

    fn all(&mut self) -> Result<Node, Refusal> {
        let mut nodes = vec![self.not()?];
        while self.take_word("and") {
            nodes.push(self.not()?);
        }
        Ok(one_or(nodes, Node::And))
    }

    fn not(&mut self) -> Result<Node, Refusal> {
        if self.take_word("not") {
            return Ok(Node::Not(Box::new(self.deeper(Self::not)?)));
        }
        if self.take(&Kind::Open) {
            let node = self.deeper(Self::any)?;
            return match self.take(&Kind::Close) {
                true => Ok(node),
                false => Err(self.expected("`and`, `or` or `)`")),
            };
        }
        self.test()
    }

    fn test(&mut self) -> Result<Node, Refusal> {
        let field = match self.peek() {
            Some(Kind::Word(word)) if !is_keyword(word) => word.clone(),
            _ => return Err(self.expected("a feature's name, `not` or `(`")),
        };
        self.next += 1;
        if let Some(Kind::Sign(how)) = self.peek() {
            let how = *how;
            self.next += 1;
            return Ok(Node::Compare(field, how, self.value()?));
        }
        if self.take_word("is") {
            let negated = self.take_word("not");
            if !self.take_word("unknown") {
                return Err(self.expected("`unknown` or `not unknown`"));
            }
            return self.perhaps_not(negated, Node::Unknown(field));
        }
        let negated = self.take_word("not");
        if self.take_word("in") {
            let node = Node::In(field, self.values()?);
            return self.perhaps_not(negated, node);
        }
        Err(self.expected(if negated { "`in (…)`" } else { TEST }))
    }

    fn perhaps_not(&mut self, negated: bool, node: Node) -> Result<Node, Refusal> {
        if negated { self.deeper(|_| Ok(Node::Not(Box::new(node)))) } else { Ok(node) }
    }

    fn values(&mut self) -> Result<Vec<Value>, Refusal> {
        if !self.take(&Kind::Open) {
            return Err(self.expected("`(`"));
        }
        let mut values = vec![self.value()?];
        while self.take(&Kind::Comma) {
            values.push(self.value()?);
        }
        match self.take(&Kind::Close) {
            true => Ok(values),
            false => Err(self.expected("`,` or `)`")),
        }
    }

    fn value(&mut self) -> Result<Value, Refusal> {
        let value = match self.peek() {
            Some(Kind::Value(value)) => value.clone(),
            Some(Kind::Word(word)) if word.eq_ignore_ascii_case("true") => Value::Flag(true),
            Some(Kind::Word(word)) if word.eq_ignore_ascii_case("false") => Value::Flag(false),
            Some(Kind::Word(word)) if !is_keyword(word) => {
                return Err(self.refusal(format!("text stands in quotes: `'{word}'`")));
            }
            _ => return Err(self.expected("a number, `'text'`, `true` or `false`")),
        };
        self.next += 1;
        Ok(value)
    }
}

fn one_or(mut nodes: Vec<Node>, join: fn(Vec<Node>) -> Node) -> Node {
    match nodes.pop() {
        Some(node) if nodes.is_empty() => node,
        last => {
            nodes.extend(last);
            join(nodes)
        }
    }
}

fn is_keyword(word: &str) -> bool {
    let flags = ["true", "false"];
    KEYWORDS.iter().chain(&flags).any(|keyword| keyword.eq_ignore_ascii_case(word))
}

impl Kind {
    fn shown(&self) -> String {
        match self {
            Self::Word(word) => format!("`{}`", word.chars().take(40).collect::<String>()),
            Self::Value(Value::Text(_)) => "a text in quotes".to_owned(),
            Self::Value(value) => format!("`{value}`"),
            Self::Sign(how) => format!("`{how}`"),
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::Comma => "`,`".to_owned(),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        if characters[at].is_whitespace() {
            at += 1;
            continue;
        }
        if tokens.len() == RULE_TOKENS {
            let advice = format!("more than {RULE_TOKENS} words, signs and values");
            return Err(Refusal { at: at + 1, advice });
        }
        let (kind, length) = token(&characters[at..])
            .map_err(|advice| Refusal { at: at + 1, advice: advice.to_owned() })?;
        tokens.push(Token { at: at + 1, kind });
        at += length;
    }
    Ok(tokens)
}

/// The first token of a text that begins with no blank, and how many characters it has.
fn token(rest: &[char]) -> Result<(Kind, usize), &'static str> {
    let span = |keep: fn(char) -> bool| rest.iter().take_while(|c| keep(**c)).count();
    let second = rest.get(1).copied().unwrap_or(' ');
    Ok(match rest[0] {
        '(' => (Kind::Open, 1),
        ')' => (Kind::Close, 1),
        ',' => (Kind::Comma, 1),
        quote @ ('\'' | '"') => quoted(rest, quote)?,
        c if c.is_alphabetic() || c == '_' => {
            let length = span(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
            (Kind::Word(rest[..length].iter().collect()), length)
        }
        c if c.is_ascii_digit() || matches!(c, '-' | '+' | '.') => number(rest)?,
        '=' if second == '=' => (Kind::Sign(Comparison::Equal), 2),
        '<' if second == '>' => (Kind::Sign(Comparison::Unequal), 2),
        c => {
            let written: String = [c, second].iter().collect();
            let sign = Comparison::ALL.iter().find(|(sign, _)| written.starts_with(sign));
            let (sign, how) = sign.ok_or(
                "a rule has names, numbers, 'text', brackets, commas and `= != < <= > >=`",
            )?;
            (Kind::Sign(*how), sign.len())
        }
    })
}

/// Text in quotes; a doubled quote stands for itself.
fn quoted(rest: &[char], quote: char) -> Result<(Kind, usize), &'static str> {
    let mut text = String::new();
    let mut at = 1;
    loop {
        match (rest.get(at), rest.get(at + 1)) {
            (None, _) => return Err("this quote is not closed"),
            (Some(c), next) if *c == quote => {
                if next != Some(&quote) {
                    return Ok((Kind::Value(Value::Text(text)), at + 1));
                }
                text.push(quote);
                at += 2;
            }
            (Some(c), _) => {
                text.push(*c);
                at += 1;
            }
        }
    }
}

fn number(rest: &[char]) -> Result<(Kind, usize), &'static str> {
    let mut length = 1;
    while let Some(c) = rest.get(length) {
        let sign_of_power = matches!(c, '+' | '-') && matches!(rest[length - 1], 'e' | 'E');
        if !(c.is_alphanumeric() || *c == '.' || sign_of_power) {
            break;
        }
        length += 1;
    }
    let text: String = rest[..length].iter().collect();
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok((Kind::Value(Value::Number(number)), length)),
        Ok(_) => Err("this number is too large"),
        Err(_) => Err("this is no number; a decimal point is a dot, and text stands in quotes"),
    }
}
