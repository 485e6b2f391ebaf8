//! The service of this cache directory: none, running, of this version, answering.

use std::path::Path;

use super::super::words;
use super::Check;
use crate::service::{self, State};

const SERVICE: &str = "service";

pub(super) fn check(cache_dir: Option<&Path>) -> Check {
    match service::state(cache_dir) {
        State::None => Check::ok(SERVICE, "none runs; the first editor or agent starts it"),
        State::Killed => Check::ok(SERVICE, "the last one was killed; the next takes its place"),
        State::Runs(report) => {
            let memory = report.resident.map_or(String::new(), |bytes| {
                format!(", {} resident", words::size(bytes))
            });
            let found = format!(
                "process {}, version {}, {}, {} open{memory}",
                report.process,
                report.program.version,
                words::count(report.clients.len(), "client"),
                words::count(report.folders.len(), "folder"),
            );
            let mut problems = Vec::new();
            for folder in &report.folders {
                let of = |problem| format!("{}: {problem}", folder.root.display());
                problems.extend(folder.problems.iter().map(of));
            }
            if report.program.version != env!("CARGO_PKG_VERSION") {
                let advice =
                    "a newer program replaces it when it attaches; or symseek serve --stop";
                Check::warning(SERVICE, format!("{found}: another version"), advice)
            } else if problems.is_empty() {
                Check::ok(SERVICE, found)
            } else {
                let found = format!("{found}; {}", problems.join("; "));
                Check::warning(SERVICE, found, "symseek status in that folder says more")
            }
        }
        State::Mute(why) => Check::warning(
            SERVICE,
            format!("one runs and does not answer: {why}"),
            "clients do without it; end its process, and the next one starts another",
        ),
    }
}
