//! Places on the globe.

const EARTH_RADIUS_KM: f64 = 6371.0088;

/// Degrees, north and east positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    pub latitude: f64,
    pub longitude: f64,
}

impl Place {
    /// # Errors
    /// When the numbers cannot be a place.
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, String> {
        if !(-90.0..=90.0).contains(&latitude) {
            return Err(format!("latitude {latitude} is beyond a pole"));
        }
        // Crossing the date line is fine: wrap around.
        let longitude = (longitude + 180.0).rem_euclid(360.0) - 180.0;
        Ok(Self { latitude, longitude })
    }

    /// Great-circle distance by the haversine formula.
    pub fn distance_km(self, other: Self) -> f64 {
        let (a, b) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half_lat = (b - a) / 2.0;
        let half_lon = (other.longitude - self.longitude).to_radians() / 2.0;
        let h = half_lat.sin().powi(2) + a.cos() * b.cos() * half_lon.sin().powi(2);
        2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
    }

    /// Compass direction of the way to `other`, degrees clockwise from north.
    pub fn bearing_to(self, other: Self) -> f64 {
        let (a, b) = (self.latitude.to_radians(), other.latitude.to_radians());
        let turn = (other.longitude - self.longitude).to_radians();
        let y = turn.sin() * b.cos();
        let x = a.cos() * b.sin() - a.sin() * b.cos() * turn.cos();
        y.atan2(x).to_degrees().rem_euclid(360.0)
    }
}

const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";

/// A short text whose prefixes name ever larger boxes around the place.
pub fn geohash(place: Place, length: usize) -> String {
    let (mut south, mut north, mut west, mut east) = (-90.0, 90.0, -180.0, 180.0);
    let mut out = String::with_capacity(length);
    let (mut bits, mut count, mut even) = (0usize, 0, true);
    while out.len() < length {
        let (value, low, high) = if even {
            (place.longitude, &mut west, &mut east)
        } else {
            (place.latitude, &mut south, &mut north)
        };
        let middle = (*low + *high) / 2.0;
        bits <<= 1;
        if value >= middle {
            bits |= 1;
            *low = middle;
        } else {
            *high = middle;
        }
        even = !even;
        count += 1;
        if count == 5 {
            out.push(char::from(ALPHABET[bits]));
            (bits, count) = (0, 0);
        }
    }
    out
}

/// The nearest of several places, by linear search.
pub fn nearest(from: Place, places: &[Place]) -> Option<Place> {
    places.iter().copied().min_by(|a, b| from.distance_km(*a).total_cmp(&from.distance_km(*b)))
}
