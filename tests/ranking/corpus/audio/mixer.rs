//! Several tracks of sound into one.

/// Mono samples in `-1.0..=1.0`.
#[derive(Debug, Clone)]
pub struct Track {
    pub samples: Vec<f32>,
    pub gain_db: f32,
    pub muted: bool,
}

/// Loudness in decibels as a factor.
pub fn db_to_factor(db: f32) -> f32 {
    10f32.powf(db / 20.0)
}

/// Adds all tracks that are not muted and bends peaks back below full scale.
pub fn mix_down(tracks: &[Track]) -> Vec<f32> {
    let length = tracks.iter().map(|track| track.samples.len()).max().unwrap_or(0);
    let mut out = vec![0.0f32; length];
    for track in tracks.iter().filter(|track| !track.muted) {
        let factor = db_to_factor(track.gain_db);
        for (sum, sample) in out.iter_mut().zip(&track.samples) {
            *sum += sample * factor;
        }
    }
    out.iter_mut().for_each(|sample| *sample = soft_clip(*sample));
    out
}

/// Linear up to two thirds, then ever flatter, so that loud passages do not crackle.
pub fn soft_clip(sample: f32) -> f32 {
    const KNEE: f32 = 2.0 / 3.0;
    let loud = sample.abs();
    if loud <= KNEE {
        return sample;
    }
    let over = (loud - KNEE) / (1.0 - KNEE);
    sample.signum() * (KNEE + (1.0 - KNEE) * over.tanh())
}

/// Lets the first and last samples rise and fall.
pub fn fade_edges(samples: &mut [f32], length: usize) {
    let n = samples.len();
    let length = length.min(n / 2);
    for at in 0..length {
        let factor = at as f32 / length as f32;
        samples[at] *= factor;
        samples[n - 1 - at] *= factor;
    }
}

/// Another sampling rate, by drawing straight lines between samples.
pub fn resample(samples: &[f32], from_hz: u32, to_hz: u32) -> Vec<f32> {
    if samples.is_empty() || from_hz == to_hz {
        return samples.to_vec();
    }
    let step = f64::from(from_hz) / f64::from(to_hz);
    let count = (samples.len() as f64 / step).floor() as usize;
    (0..count)
        .map(|at| {
            let place = at as f64 * step;
            let left = place as usize;
            let right = (left + 1).min(samples.len() - 1);
            let share = (place - left as f64) as f32;
            samples[left] * (1.0 - share) + samples[right] * share
        })
        .collect()
}
