//! Which language a text is written in, as far as the models here care: Chinese, English, another.
//!
//! Letters are counted by script. Kana or Hangul make a text another language; a share of Han of
//! 0.2 or more makes it Chinese, since a Chinese sentence may name long foreign brands; otherwise
//! Latin letters make it English, unless it has six words or more and none is among the most
//! frequent words of English. Time `O(n)`, memory `O(1)`.

/// The language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Chinese, simplified or traditional.
    Chinese,
    /// English.
    English,
    /// A language that no model here was made for.
    Other,
    /// No letters at all: empty, digits, emoji.
    None,
}

impl Language {
    /// Its tag, as BCP 47 writes it; `und` where there is none.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
            Self::Other => "mul",
            Self::None => "und",
        }
    }
}

/// Words that hardly any English sentence lacks.
const FREQUENT: [&str; 48] = [
    "the", "a", "an", "and", "or", "but", "of", "to", "in", "on", "for", "with", "at", "is", "it",
    "was", "are", "were", "be", "this", "that", "i", "you", "we", "they", "my", "your", "not",
    "have", "has", "had", "do", "does", "did", "so", "as", "very", "from", "will", "can", "what",
    "how", "when", "if", "no", "me", "too", "its",
];
/// From this share of Han among the letters a text is Chinese.
const HAN_SHARE_MIN: f64 = 0.2;
/// English of so many words has a frequent one.
const WORDS_MIN: usize = 6;

/// Whether a character is a Han ideograph.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}' | '々' | '〇')
}

/// The language of a text, best of one that was normalised.
#[must_use]
pub fn detect(text: &str) -> Language {
    let (mut han, mut latin, mut letters, mut east) = (0_usize, 0_usize, 0_usize, 0_usize);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        letters += 1;
        match c {
            c if is_han(c) => han += 1,
            'a'..='z' | 'A'..='Z' => latin += 1,
            '\u{3041}'..='\u{30ff}' | '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7a3}' => {
                east += 1
            }
            _ => {}
        }
    }
    let share = |part: usize| part as f64 / letters as f64;
    if letters == 0 {
        Language::None
    } else if share(east) > 0.1 {
        Language::Other
    } else if share(han) >= HAN_SHARE_MIN {
        Language::Chinese
    } else if share(latin) < 0.8 {
        Language::Other
    } else {
        let word = |c: char| !c.is_alphabetic();
        let words: Vec<&str> = text.split(word).filter(|word| !word.is_empty()).collect();
        let known = |word: &&str| FREQUENT.iter().any(|other| word.eq_ignore_ascii_case(other));
        if words.len() < WORDS_MIN || words.iter().any(known) {
            Language::English
        } else {
            Language::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart() {
        for (text, language) in [
            ("物流很快，包装完好", Language::Chinese),
            ("iPhone 15 Pro Max 屏幕不错", Language::Chinese),
            ("物流", Language::Chinese),
            ("The zipper broke after two days.", Language::English),
            ("nice", Language::English),
            ("la qualité est vraiment mauvaise et livraison lente", Language::Other),
            ("とても良い商品です", Language::Other),
            ("배송이 빨라요", Language::Other),
            ("качество плохое", Language::Other),
            ("جودة ممتازة", Language::Other),
            ("👍👍 100", Language::None),
            ("", Language::None),
        ] {
            assert_eq!(detect(text), language, "{text}");
        }
    }
}
