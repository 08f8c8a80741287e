//! Geohash: a name for a cell of the earth, and the distance between two points.
//!
//! Each bit halves the cell, longitude and latitude in turn:
//! `bit = x ≥ (low + high) / 2`; five bits make a letter of base 32.
//! Distance on a sphere: `d = 2 R asin √(sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2))`.
//!
//! Symbols: `x` degrees; `φ` latitude and `λ` longitude in radians; `R` = 6371.0088 km.
//! Time `O(letters)`, memory `O(letters)`.
//!
//! Source: G. Niemeyer, geohash.org (2008); R. W. Sinnott, "Virtues of the haversine", Sky and
//! Telescope 68 (1984), p. 159.

/// The letters of base 32: no a, i, l, o.
const LETTERS: [u8; 32] = *b"0123456789bcdefghjkmnpqrstuvwxyz";
/// Mean radius of the earth (IUGG).
const RADIUS_KM: f64 = 6371.0088;

/// The geohash of a point in degrees, `letters` long; none when it is not on the earth.
pub fn geohash(point: (f64, f64), letters: usize) -> Option<String> {
    if !(point.0.abs() <= 90.0 && point.1.abs() <= 180.0) {
        return None;
    }
    let (mut lat, mut lon) = ((-90.0, 90.0), (-180.0, 180.0));
    let mut name = String::with_capacity(letters);
    let mut is_lon = true;
    for _ in 0..letters {
        let mut letter = 0;
        for _ in 0..5 {
            let (range, x) = if is_lon { (&mut lon, point.1) } else { (&mut lat, point.0) };
            let middle: f64 = (range.0 + range.1) / 2.0;
            let upper = x >= middle;
            *range = if upper { (middle, range.1) } else { (range.0, middle) };
            letter = letter * 2 + usize::from(upper);
            is_lon = !is_lon;
        }
        name.push(char::from(LETTERS[letter]));
    }
    Some(name)
}

/// Kilometres between two points in degrees along the surface.
pub fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let half_lat = ((lat_b - lat_a) / 2.0).sin();
    let half_lon = ((b.1 - a.1).to_radians() / 2.0).sin();
    let h = half_lat * half_lat + lat_a.cos() * lat_b.cos() * half_lon * half_lon;
    2.0 * RADIUS_KM * h.sqrt().clamp(0.0, 1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_cells_and_distances() {
        // The example of the algorithm's description, and two cities.
        assert_eq!(geohash((57.64911, 10.40744), 11).as_deref(), Some("u4pruydqqvj"));
        assert_eq!(geohash((42.6, -5.6), 5).as_deref(), Some("ezs42"));
        assert_eq!(geohash((f64::NAN, 0.0), 5), None);
        assert_eq!(geohash((91.0, 0.0), 5), None);
        let km = distance_km((51.5074, -0.1278), (48.8566, 2.3522));
        assert!((km - 343.6).abs() < 0.5, "{km}");
        assert_eq!(distance_km((10.0, 20.0), (10.0, 20.0)), 0.0);
        assert!((distance_km((0.0, 0.0), (0.0, 180.0)) - 20015.1).abs() < 0.1);
    }
}
