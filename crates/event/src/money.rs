//! Money as integers: minor units and an ISO 4217 currency. No floating point anywhere.

use std::fmt;

use serde::Serialize;

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// Codes whose minor unit is not a hundredth, and the number of digits they have.
const OTHER_DIGITS: &[(&str, u32)] = &[
    ("BIF", 0),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("ISK", 0),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("PYG", 0),
    ("RWF", 0),
    ("UGX", 0),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
    ("BHD", 3),
    ("IQD", 3),
    ("JOD", 3),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("TND", 3),
];

/// The active codes of ISO 4217 that shops trade in, with two digits.
const TWO_DIGITS: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL \
    BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD \
    FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD \
    KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN \
    NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE \
    SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD \
    XCG YER ZAR ZMW ZWG";

impl Currency {
    /// Reads a code in either case; unknown codes are refused.
    pub fn new(code: &str) -> Option<Self> {
        let upper = code.trim().to_ascii_uppercase();
        let known = OTHER_DIGITS.iter().any(|(c, _)| *c == upper)
            || (upper.len() == 3 && TWO_DIGITS.split_whitespace().any(|c| c == upper));
        if !known {
            return None;
        }
        <[u8; 3]>::try_from(upper.as_bytes()).ok().map(Self)
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        // Built only from known ASCII codes.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits of the minor unit: 2 for GBP and CNY, 0 for JPY, 3 for KWD.
    pub fn digits(&self) -> u32 {
        let code = self.as_str();
        OTHER_DIGITS.iter().find(|(c, _)| *c == code).map_or(2, |(_, digits)| *digits)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

/// An amount in minor units of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Money {
    /// Minor units: pence, fen, yen.
    pub minor: i64,
    /// The currency they are of.
    pub currency: Currency,
}

/// Why an amount could not be read or computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is not a decimal number.
    #[error("not a decimal amount")]
    NotDecimal,
    /// The amount does not fit.
    #[error("amount out of range")]
    Range,
    /// Two currencies met in one sum.
    #[error("amounts of different currencies cannot be added")]
    Mixed,
}

/// Whether digits beyond the minor unit were cut to the nearest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// The text was exact in minor units.
    Exact,
    /// Half a minor unit or more was rounded away from zero, less was dropped.
    Rounded,
}

impl Money {
    /// Reads decimal text such as `2.95`, `-0.5`, `1e-3` or `1,299.00` exactly, by digits.
    /// Digits beyond the minor unit round half away from zero, and the caller is told.
    pub fn parse(text: &str, currency: Currency) -> Result<(Self, Rounding), MoneyError> {
        let (negative, digits, scale) = decimal(text)?;
        let wanted = i32::try_from(currency.digits()).map_err(|_| MoneyError::Range)?;
        let shift = wanted - scale;
        let (minor, rounding) = rescale(digits, shift)?;
        let minor = if negative { -minor } else { minor };
        Ok((Self { minor, currency }, rounding))
    }

    /// Sum of two amounts of one currency.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed);
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Range)?;
        Ok(Self { minor, ..self })
    }

    /// The amount times a whole number.
    pub fn times(self, count: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(count).ok_or(MoneyError::Range)?;
        Ok(Self { minor, ..self })
    }
}

impl fmt::Display for Money {
    /// `GBP 1,234.50`: the code first, thousands grouped, all minor digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.digits();
        let unit = 10_u64.pow(digits);
        let (whole, part) = (self.minor.unsigned_abs() / unit, self.minor.unsigned_abs() % unit);
        let plain = whole.to_string();
        let mut grouped = String::new();
        for (i, digit) in plain.chars().enumerate() {
            if i > 0 && (plain.len() - i) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.minor < 0 { "-" } else { "" };
        write!(f, "{} {sign}{grouped}", self.currency)?;
        if digits > 0 {
            write!(f, ".{part:0width$}", width = digits as usize)?;
        }
        Ok(())
    }
}

/// Splits decimal text into sign, digits as an integer, and the number of fraction digits.
fn decimal(text: &str) -> Result<(bool, i128, i32), MoneyError> {
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((m, e)) => (m, e.parse::<i32>().map_err(|_| MoneyError::NotDecimal)?),
        None => (text, 0),
    };
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (mut digits, mut scale, mut seen, mut fraction) = (0_i128, 0_i32, false, false);
    for c in mantissa.chars() {
        match c {
            '0'..='9' => {
                seen = true;
                digits = digits
                    .checked_mul(10)
                    .and_then(|d| d.checked_add(i128::from(c as u8 - b'0')))
                    .ok_or(MoneyError::Range)?;
                scale += i32::from(fraction);
            }
            '.' if !fraction => fraction = true,
            ',' if !fraction && seen => {}
            _ => return Err(MoneyError::NotDecimal),
        }
    }
    if !seen || exponent.abs() > 40 {
        return Err(MoneyError::NotDecimal);
    }
    Ok((negative, digits, scale - exponent))
}

/// `digits × 10^shift` as minor units, rounded half away from zero.
fn rescale(digits: i128, shift: i32) -> Result<(i64, Rounding), MoneyError> {
    let power = 10_i128.checked_pow(shift.unsigned_abs());
    let (value, rounding) = match (shift >= 0, power) {
        (true, Some(power)) => {
            (digits.checked_mul(power).ok_or(MoneyError::Range)?, Rounding::Exact)
        }
        (true, None) if digits == 0 => (0, Rounding::Exact),
        (true, None) => return Err(MoneyError::Range),
        (false, Some(power)) => {
            let (quotient, rest) = (digits / power, digits % power);
            let up = i128::from(rest * 2 >= power && rest != 0);
            let exact = if rest == 0 { Rounding::Exact } else { Rounding::Rounded };
            (quotient + up, exact)
        }
        (false, None) => (0, if digits == 0 { Rounding::Exact } else { Rounding::Rounded }),
    };
    Ok((i64::try_from(value).map_err(|_| MoneyError::Range)?, rounding))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gbp() -> Currency {
        Currency::new("gbp").unwrap()
    }

    #[test]
    fn decimal_text_is_read_by_digits() {
        let read = |text| Money::parse(text, gbp()).map(|(m, r)| (m.minor, r));
        assert_eq!(read("2.95"), Ok((295, Rounding::Exact)));
        assert_eq!(read("-53594.36"), Ok((-5_359_436, Rounding::Exact)));
        assert_eq!(read("1,299"), Ok((129_900, Rounding::Exact)));
        assert_eq!(read("0.001"), Ok((0, Rounding::Rounded)));
        assert_eq!(read("0.005"), Ok((1, Rounding::Rounded)));
        assert_eq!(read("1.5e1"), Ok((1500, Rounding::Exact)));
        for bad in ["", "abc", "1.2.3", "--1", "NaN", "inf", "1e999", ",5"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert_eq!(read("99999999999999999999"), Err(MoneyError::Range));
    }

    #[test]
    fn digits_follow_the_currency() {
        let minor = |code| Money::parse("12.5", Currency::new(code).unwrap()).unwrap();
        assert_eq!(minor("JPY").0.minor, 13);
        assert_eq!(minor("KWD").0.minor, 12_500);
        assert!(Currency::new("XQX").is_none() && Currency::new("GBPX").is_none());
        assert!(Currency::new("").is_none() && Currency::new("AED AFN").is_none());
    }

    #[test]
    fn amounts_print_with_all_their_digits() {
        let show =
            |minor, code| Money { minor, currency: Currency::new(code).unwrap() }.to_string();
        assert_eq!(show(123_456_705, "GBP"), "GBP 1,234,567.05");
        assert_eq!(show(-5, "CNY"), "CNY -0.05");
        assert_eq!(show(1200, "JPY"), "JPY 1,200");
    }

    proptest! {
        #[test]
        fn printing_and_reading_agree(minor in -1_000_000_000_000_i64..1_000_000_000_000) {
            for code in ["GBP", "JPY", "KWD"] {
                let money = Money { minor, currency: Currency::new(code).unwrap() };
                let text = money.to_string();
                let back = Money::parse(&text[4..], money.currency).unwrap();
                prop_assert_eq!(back, (money, Rounding::Exact));
            }
        }
    }
}
