//! Sizes, times and processes in words.

use std::time::SystemTime;

/// Bytes for people, in powers of a thousand.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// How long ago, in the largest whole unit.
pub(super) fn ago(time: SystemTime) -> String {
    let seconds = time.elapsed().map_or(0, |since| since.as_secs());
    let (n, unit) = match seconds {
        0..60 => return "just now".to_owned(),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{n} {unit}{} ago", if n == 1 { "" } else { "s" })
}

/// So many things, with the word for one of them.
pub(super) fn count(n: usize, one: &str) -> String {
    format!("{n} {one}{}", if n == 1 { "" } else { "s" })
}

/// Who holds a lock.
pub(super) fn holder(process: Option<u32>) -> String {
    process.map_or_else(
        || "another process".to_owned(),
        |id| format!("process {id}"),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn sizes_and_times_have_fitting_units() {
        let sizes = [0, 999, 1_000, 1_234_567, 2_500_000_000].map(size);
        assert_eq!(
            sizes,
            ["0 bytes", "999 bytes", "1.0 kB", "1.2 MB", "2.5 GB"]
        );
        let ago = |seconds| ago(SystemTime::now() - Duration::from_secs(seconds));
        let times = [0, 60, 7_300, 86_400, 20 * 86_400].map(ago);
        let expected = [
            "just now",
            "1 minute ago",
            "2 hours ago",
            "1 day ago",
            "20 days ago",
        ];
        assert_eq!(times, expected);
        assert_eq!([count(1, "file"), count(2, "file")], ["1 file", "2 files"]);
    }
}
