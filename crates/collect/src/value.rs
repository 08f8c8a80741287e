//! Single values of a row: identifiers, whole numbers, amounts. No floating point.

use event::{Currency, Money, RefusalCode, Rounding};

/// An identifier as text: outer blanks go, and so does the `.0` that a spreadsheet or data frame
/// puts behind whole numbers when some are missing.
pub(crate) fn id(text: &str) -> &str {
    let text = text.trim();
    match text.strip_suffix(".0") {
        Some(whole) if !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit()) => whole,
        _ => text,
    }
}

/// A whole number; `6`, `6.0`, `-1` and `1,299` are, `1.5` is not.
pub(crate) fn whole(text: &str, decimal_comma: bool) -> Option<i64> {
    let plain = plain_number(text, decimal_comma)?;
    let whole = match plain.split_once('.') {
        Some((whole, part)) if part.bytes().all(|b| b == b'0') => whole,
        Some(_) => return None,
        None => &plain,
    };
    whole.parse().ok()
}

/// A decimal number for ratings, which are no money.
pub(crate) fn number(text: &str, decimal_comma: bool) -> Option<f64> {
    plain_number(text, decimal_comma)?.parse().ok().filter(|n: &f64| n.is_finite())
}

/// An amount in minor units, exact but for digits beyond the minor unit.
pub(crate) fn amount(
    text: &str,
    currency: Currency,
    decimal_comma: bool,
) -> Result<(i64, Rounding), RefusalCode> {
    let plain = plain_number(text, decimal_comma).ok_or(RefusalCode::ValueNumber)?;
    match Money::parse(&plain, currency) {
        Ok((money, rounding)) => Ok((money.minor, rounding)),
        Err(event::MoneyError::NotDecimal) => Err(RefusalCode::ValueNumber),
        Err(_) => Err(RefusalCode::AmountInvalid),
    }
}

/// The number without thousands marks and with a point before its fraction. A comma that is no
/// thousands mark (`2,95`) is refused, never read as 295.
fn plain_number(text: &str, decimal_comma: bool) -> Option<String> {
    let text = text.trim();
    let (group, point) = if decimal_comma { ('.', ',') } else { (',', '.') };
    let (whole, part) = text.split_once(point).map_or((text, None), |(w, p)| (w, Some(p)));
    let mut groups = whole.split(group);
    let mut plain = groups.next()?.to_owned();
    for three in groups {
        if three.len() != 3 || !plain.bytes().last().is_some_and(|b| b.is_ascii_digit()) {
            return None;
        }
        plain.push_str(three);
    }
    if let Some(part) = part {
        plain.push('.');
        plain.push_str(part);
    }
    plain.bytes().any(|b| b.is_ascii_digit()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_lose_the_point_zero_of_spreadsheets_only() {
        for (text, want) in
            [("17850.0", "17850"), (" 85123A ", "85123A"), ("1.0.0", "1.0.0"), (".0", ".0")]
        {
            assert_eq!(id(text), want);
        }
    }

    #[test]
    fn a_comma_is_never_guessed() {
        assert_eq!(whole("1,299", false), Some(1299));
        assert_eq!(whole("1.299", true), Some(1299));
        assert_eq!(whole("-6.0", false), Some(-6));
        for bad in ["", "1.5", "2,95", "x", "1,29,9", "-", "0x10"] {
            assert_eq!(whole(bad, false), None, "{bad}");
        }
    }

    #[test]
    fn amounts_are_exact() {
        let gbp = Currency::new("GBP").unwrap();
        let read = |text, comma| amount(text, gbp, comma).map(|(minor, _)| minor);
        assert_eq!(read("2.95", false), Ok(295));
        assert_eq!(read("2,95", true), Ok(295));
        assert_eq!(read("1.299,95", true), Ok(129_995));
        assert_eq!(read("-53594.36", false), Ok(-5_359_436));
        assert_eq!(read("2,95", false), Err(RefusalCode::ValueNumber));
        assert_eq!(amount("0.001", gbp, false), Ok((0, Rounding::Rounded)));
    }
}
