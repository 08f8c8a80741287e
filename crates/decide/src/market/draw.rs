//! Who is held out: a draw that depends on the seed and the person's id only.
//!
//! `u = mix(seed, id) / 2⁶⁴`, and whoever has `u < share` is held out: each person's number is as
//! good as uniform, so that whoever comes or goes, and in whatever order, changes nobody else's
//! draw; and a larger share holds out everyone whom a smaller one does.
//!
//! Symbols: `seed`, 64 bits; `id`, bytes of the person's id; `share`, 0 to 1.
//! Time O(length of the id), memory O(1).
//! Source: the hash is FNV-1a, as G. Fowler, L. C. Noll and K.-P. Vo, 1991, finished by the mixer
//! of G. Steele, D. Lea and C. Flood, "Fast splittable pseudorandom number generators", OOPSLA,
//! 2014, section 4.

/// Whether the person is held out at this share.
#[must_use]
pub fn is_held_out(seed: u64, id: &str, share: f64) -> bool {
    unit(seed, id) < share
}

/// The person's number, from 0 to below 1.
fn unit(seed: u64, id: &str) -> f64 {
    (number(seed, id) >> 11) as f64 / (1_u64 << 53) as f64
}

/// The person's number, all 64 bits; samples of people are drawn by it too.
pub(super) fn number(seed: u64, id: &str) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    mixed(id.bytes().fold(0xCBF2_9CE4_8422_2325, fold) ^ mixed(seed))
}

fn mixed(bits: u64) -> u64 {
    let mut z = bits.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_met_and_grows_by_inclusion() {
        let ids: Vec<String> = (0..20_000).map(|n| format!("p{n}")).collect();
        for (seed, share) in [(1, 0.1), (2, 0.1), (3, 0.5)] {
            let held = ids.iter().filter(|id| is_held_out(seed, id, share)).count() as f64;
            let deviation = (share * (1.0 - share) / 20_000.0).sqrt();
            assert!((held / 20_000.0 - share).abs() < 4.0 * deviation, "{held} at {share}");
        }
        assert!(ids.iter().all(|id| !is_held_out(1, id, 0.1) || is_held_out(1, id, 0.2)));
        let differs = ids.iter().any(|id| is_held_out(1, id, 0.5) != is_held_out(2, id, 0.5));
        assert!(differs && ids.iter().all(|id| !is_held_out(1, id, 0.0)));
    }

    #[test]
    fn the_draw_never_changes() {
        // Lists of held-out people must stay true in later versions; computed apart, in Python.
        let drawn: Vec<u64> = ["", "a", "顾客-1"].iter().map(|id| number(7, id) >> 48).collect();
        assert_eq!(drawn, [38_233, 45_963, 62_680]);
    }
}
