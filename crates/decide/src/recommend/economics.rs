//! Unit economics of a slate: `Σ p_r · price_r`, in integers.

use event::{Bilingual, Currency};

use super::{RankResponse, ResponseKind};
use crate::record::{Choice, Estimate};

/// A million: probabilities are parts of it.
const PPM: i128 = 1_000_000;

/// `ppm` parts of a million of an amount, rounded half away from zero.
pub(super) fn share(amount_minor: i64, ppm: u32) -> i64 {
    rounded(i128::from(amount_minor) * i128::from(ppm))
}

/// Millionths of a minor unit as minor units, rounded half away from zero.
fn rounded(millionths: i128) -> i64 {
    let half = if millionths < 0 { -PPM / 2 } else { PPM / 2 };
    i64::try_from((millionths + half) / PPM).unwrap_or(if half < 0 { i64::MIN } else { i64::MAX })
}

/// Expected revenue of a slate at one unit each, with an interval.
///
/// The interval adds the positions' own intervals, as if all erred the same way: it is wide
/// rather than wrong. None when responses are not purchases, too few were measured, or an item
/// has no price in the shop's currency.
pub(super) fn slate_value(
    response: &RankResponse,
    chosen: &[Choice],
    currency: Currency,
) -> Option<Estimate> {
    let rates = response.rates();
    if response.kind != ResponseKind::Purchase || rates.is_empty() || chosen.is_empty() {
        return None;
    }
    let mut sums = [0_i128; 3];
    for choice in chosen {
        let rate = rates.get(choice.position as usize - 1)?;
        let price = choice.price_minor.filter(|_| choice.currency == Some(currency))?;
        for (sum, ppm) in sums.iter_mut().zip([rate.ppm, rate.low_ppm, rate.high_ppm]) {
            *sum += i128::from(price) * i128::from(ppm);
        }
    }
    let [minor, low_minor, high_minor] = sums.map(rounded);
    Some(Estimate { minor, low_minor, high_minor, currency, definition: definition(response) })
}

fn definition(response: &RankResponse) -> Bilingual {
    let (days, people) = (response.horizon_days, response.trials);
    Bilingual::new(
        format!(
            "Expected revenue from the slate over {days} days at one unit each: for every position \
             the share of {people} shoppers with a history who bought the item ranked there \
             in the held-out weeks, times its price. Costs are not known, so this is revenue, \
             not margin; \
             it includes purchases that would have happened anyway."
        ),
        format!(
            "该推荐列表在 {days} 天内、每件按一个单位计的预期收入：各位置的购买率取自留出周内 {people} \
             位有历史记录的顾客，再乘以价格。成本未知，因此这是收入而非利润，且包含本来就会发生的购买。"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_round_half_away_from_zero() {
        assert_eq!(share(100, 5_000), 1);
        assert_eq!(share(100, 4_999), 0);
        assert_eq!(share(-100, 5_000), -1);
        assert_eq!(share(i64::MAX, 1_000_000), i64::MAX);
    }
}
