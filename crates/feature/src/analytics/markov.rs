//! Removal effects: by what part would orders fall if a channel's visitors came to nothing?
//!
//! Journeys are walks of a first-order chain from the start over channels to an order or to
//! nothing. With `p(i→j)` counted from them, the chance of an order from state `i` solves
//! `h(i) = p(i→order) + Σ_j p(i→j)·h(j)`. Sending everybody who reaches channel `c` to nothing
//! costs the walks that meet `c` and still end in an order, so
//! `RE(c) = 1 − h₋c(start) / h(start) = v(c)·h(c) / h(start)`, where `v(c) = N(start, c) / N(c, c)`
//! is the chance to meet `c` at all and `N = (I − Q)⁻¹` the expected visits.
//!
//! Symbols: `Q` the transitions between start and channels, `(channels + 1)²`; `h`, `v`, `RE` parts
//! from 0 to 1, one per channel.
//! Time `O(t + k³)` for `t` touches and `k` channels, memory `O(k²)`: one inverse serves all.
//! Source: E. Anderl, I. Becker, F. von Wangenheim and J. H. Schumann (2016), Mapping the customer
//! journey, International Journal of Research in Marketing 33(3), section 3.
//! DIFFERENCE: one inverse of the chain instead of one solution per removed channel.

/// Journeys over the same channels in the same order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journeys {
    /// Channels by number, first touch first; not empty.
    pub path: Vec<usize>,
    /// How many ended in an order.
    pub converted: u64,
    /// How many ended in nothing.
    pub lost: u64,
}

/// The removal effect of each of `channels` channels, 0 to 1. Numbers beyond them are ignored;
/// without an order every effect is 0.
pub fn removal_effects(channels: usize, journeys: &[Journeys]) -> Vec<f64> {
    let chain = Chain::of(channels, journeys);
    let visits = chain.expected_visits();
    let states = channels + 1;
    let to_order: Vec<f64> = (0..states)
        .map(|from| (0..states).map(|j| visits[from * states + j] * chain.order[j]).sum())
        .collect();
    if to_order[channels] <= 0.0 {
        return vec![0.0; channels];
    }
    let effect = |c: usize| {
        let met = visits[channels * states + c] / visits[c * states + c];
        (met * to_order[c] / to_order[channels]).clamp(0.0, 1.0)
    };
    (0..channels).map(effect).collect()
}

/// Transition chances; the start is the state after the channels.
struct Chain {
    states: usize,
    /// Between start and channels, `states × states` by rows.
    between: Vec<f64>,
    /// To an order.
    order: Vec<f64>,
}

impl Chain {
    fn of(channels: usize, journeys: &[Journeys]) -> Self {
        let states = channels + 1;
        let mut counts = vec![0_u64; states * states];
        let (mut orders, mut leaving) = (vec![0_u64; states], vec![0_u64; states]);
        for Journeys { path, converted, lost } in journeys {
            let n = converted + lost;
            let mut at = channels;
            for &channel in path.iter().filter(|channel| **channel < channels) {
                counts[at * states + channel] += n;
                leaving[at] += n;
                at = channel;
            }
            leaving[at] += n;
            orders[at] += converted;
        }
        let share = |n: u64, of: u64| if of == 0 { 0.0 } else { n as f64 / of as f64 };
        let between = (0..states * states).map(|i| share(counts[i], leaving[i / states])).collect();
        let order = (0..states).map(|i| share(orders[i], leaving[i])).collect();
        Self { states, between, order }
    }

    /// `(I − Q)⁻¹` by Gauss-Jordan elimination with row pivots. Every state leads to an end, since
    /// every journey ends, so that it exists.
    fn expected_visits(&self) -> Vec<f64> {
        let n = self.states;
        let unit = |i: usize, j: usize| f64::from(u8::from(i == j));
        let mut rows: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                let left = (0..n).map(|j| unit(i, j) - self.between[i * n + j]);
                left.chain((0..n).map(|j| unit(i, j))).collect()
            })
            .collect();
        for column in 0..n {
            let largest = (column..n)
                .max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()))
                .unwrap_or(column);
            rows.swap(column, largest);
            let pivot = rows[column][column];
            let scaled: Vec<f64> = rows[column].iter().map(|x| x / pivot).collect();
            for (i, row) in rows.iter_mut().enumerate() {
                let factor = row[column];
                if i != column && factor != 0.0 {
                    row.iter_mut().zip(&scaled).for_each(|(x, s)| *x -= factor * s);
                }
            }
            rows[column] = scaled;
        }
        rows.into_iter().flat_map(|row| row.into_iter().skip(n)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journeys(list: &[(&[usize], u64, u64)]) -> Vec<Journeys> {
        let of = |(path, converted, lost): &(&[usize], u64, u64)| Journeys {
            path: path.to_vec(),
            converted: *converted,
            lost: *lost,
        };
        list.iter().map(of).collect()
    }

    /// Worked by hand: of 0→1→order, 0→nothing, 1→order each once: h(0) = 1/2·h(1), h(1) = 1,
    /// h(start) = 2/3·1/2 + 1/3 = 2/3. Without 0: 1/3; without 1: 0.
    #[test]
    fn a_chain_worked_by_hand() {
        let found = removal_effects(2, &journeys(&[(&[0, 1], 1, 0), (&[0], 0, 1), (&[1], 1, 0)]));
        assert!((found[0] - 0.5).abs() < 1e-12 && (found[1] - 1.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(removal_effects(0, &[]), Vec::<f64>::new());
        assert_eq!(removal_effects(2, &journeys(&[(&[0, 1, 0], 0, 3)])), [0.0, 0.0]);
        assert_eq!(removal_effects(1, &journeys(&[(&[0], 3, 0), (&[9], 1, 0)])), [0.75]);
    }
}
