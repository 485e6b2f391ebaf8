//! What the system gives: room on the disk, and watches to follow folders with.

use std::path::Path;

use super::super::catalog::{Catalog, Folder};
use super::super::words;
use super::Check;

const DISK: &str = "disk";
const WATCHES: &str = "watches";

/// Below this a commit of a middling folder may fail.
const NO_ROOM: u64 = 100_000_000;
const LITTLE_ROOM: u64 = 1_000_000_000;

pub(super) fn check(checks: &mut Vec<Check>, catalog: &Catalog) {
    let existing = catalog.base.ancestors().find(|path| path.exists());
    let existing = existing.unwrap_or(Path::new("."));
    checks.push(match fs4::available_space(existing) {
        Ok(free) => disk(free, existing),
        Err(error) => {
            let found = format!(
                "the room at {} cannot be asked: {error}",
                existing.display()
            );
            Check::warning(DISK, found, "see that it is mounted")
        }
    });
    let there = catalog.indexes.iter();
    let there = there.filter(|index| matches!(index.folder, Folder::There(_)));
    let directories: Vec<usize> = there
        .filter_map(|index| Some(index.look.counts?.directories))
        .collect();
    let limits = [
        "/proc/sys/fs/inotify/max_user_watches",
        "/proc/sys/fs/inotify/max_user_instances",
    ]
    .map(|path| std::fs::read_to_string(path).ok()?.trim().parse().ok());
    if let [Some(watches), Some(instances)] = limits {
        checks.push(watched(
            directories.iter().sum(),
            directories.len(),
            watches,
            instances,
        ));
    }
}

fn disk(free: u64, place: &Path) -> Check {
    let found = format!("{} free at {}", words::size(free), place.display());
    let advice = "make room, for example with symseek gc";
    match free {
        ..NO_ROOM => Check::error(DISK, found, advice),
        NO_ROOM..LITTLE_ROOM => Check::warning(DISK, found, advice),
        _ => Check::ok(DISK, found),
    }
}

/// Linux follows each directory by a watch and each folder by an instance; other programs of the user share the limits.
fn watched(directories: usize, folders: usize, watches: usize, instances: usize) -> Check {
    let found = format!(
        "{} in {} to follow; the limits are {watches} watches and {instances} instances",
        words::count(directories, "directory").replace("directorys", "directories"),
        words::count(folders, "folder"),
    );
    if directories > watches / 2 {
        let wanted = (directories * 4).next_power_of_two();
        let advice = format!("sysctl fs.inotify.max_user_watches={wanted}, as root");
        Check::warning(WATCHES, found, advice)
    } else if folders > instances / 2 {
        let wanted = (folders * 4).next_power_of_two();
        let advice = format!("sysctl fs.inotify.max_user_instances={wanted}, as root");
        Check::warning(WATCHES, found, advice)
    } else {
        Check::ok(WATCHES, found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn little_room_is_a_warning_and_none_an_error() {
        let level = |free| disk(free, Path::new("/")).level;
        assert_eq!(level(99_999_999), Level::Error);
        assert_eq!(level(100_000_000), Level::Warning);
        assert_eq!(level(1_000_000_000), Level::Ok);
    }

    #[test]
    fn limits_of_watches_are_compared_with_what_is_followed() {
        let enough = watched(4_000, 3, 8_192, 128);
        assert_eq!((enough.level, enough.advice), (Level::Ok, None));
        let few = watched(4_097, 3, 8_192, 128);
        assert_eq!(few.level, Level::Warning);
        let advice = few.advice.unwrap();
        assert!(advice.contains("max_user_watches=32768"), "{advice}");
        let few = watched(10, 65, 8_192, 128);
        assert_eq!(few.level, Level::Warning);
        let advice = few.advice.unwrap();
        assert!(advice.contains("max_user_instances=512"), "{advice}");
    }
}
