//! A workspace on the disk, an engine over it, and answers in a form that can be compared.
#![allow(dead_code, reason = "every test binary uses some of it")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use symseek_base::Cancel;
use symseek_embed::{Embedder, StaticEmbedder};
use symseek_engine::{Change, Engine, EngineOptions, Settings, StoreMode};
use symseek_search::{
    GraphRequest, GraphTarget, SearchRequest, SearchResponse, SimilarRequest, SimilarTarget,
};

/// Generous: the machines that run this are slow and shared.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

pub(crate) const RETRY: &str = "//! Trying again.\n\nuse std::time::Duration;\n\n/// Waits longer after every failed attempt, up to a minute.\npub fn backoff_delay(attempt: u32) -> Duration {\n    let millis = 100u64.saturating_mul(1 << attempt.min(10));\n    Duration::from_millis(millis.min(60_000))\n}\n\npub struct RetryPolicy {\n    pub max_attempts: u32,\n}\n\nimpl RetryPolicy {\n    /// Whether another attempt is allowed.\n    pub fn should_retry(&self, attempt: u32) -> bool {\n        attempt < self.max_attempts && backoff_delay(attempt) < Duration::from_secs(60)\n    }\n}\n";
pub(crate) const CLIENT: &str = "use crate::retry::{RetryPolicy, backoff_delay};\n\n/// Sends requests over one connection.\npub struct HttpClient {\n    policy: RetryPolicy,\n}\n\nimpl HttpClient {\n    pub fn send_request(&self, url: &str) -> Result<String, String> {\n        let mut attempt = 0;\n        while self.policy.should_retry(attempt) {\n            std::thread::sleep(backoff_delay(attempt));\n            attempt += 1;\n        }\n        Err(format!(\"gave up on {url}\"))\n    }\n}\n";
pub(crate) const CONFIG: &str = "\"\"\"Reading the configuration.\"\"\"\n\nimport json\n\n\nclass ConfigError(Exception):\n    \"\"\"The file is not what it should be.\"\"\"\n\n\ndef load_config(path):\n    \"\"\"Reads the JSON configuration file and checks its version.\"\"\"\n    with open(path) as handle:\n        data = json.load(handle)\n    return validate_config(data)\n\n\ndef validate_config(data):\n    if data.get(\"version\") != 2:\n        raise ConfigError(\"unsupported version\")\n    return data\n";
pub(crate) const README: &str = "# Courier\n\nA small HTTP client that tries again.\n\n## Configuration\n\nThe file `courier.json` holds the version and the number of attempts.\n";

/// The texts that every test starts from.
pub(crate) const SOURCES: [(&str, &str); 4] = [
    ("src/retry.rs", RETRY),
    ("src/client.rs", CLIENT),
    ("tools/config.py", CONFIG),
    ("README.md", README),
];

pub(crate) const WORDS: [&str; 9] = [
    "backoff delay",
    "read the configuration file",
    "HttpClient",
    "validate_config",
    "where are requests sent again after a failure",
    "unsupported version",
    "fresh_marker",
    "kind:function config",
    "Duration",
];
pub(crate) const NAMES: [&str; 4] = [
    "backoff_delay",
    "validate_config",
    "should_retry",
    "fresh_marker",
];

pub(crate) struct Workspace {
    pub(crate) root: tempfile::TempDir,
    pub(crate) cache: tempfile::TempDir,
}

impl Workspace {
    pub(crate) fn empty() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
            cache: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn new() -> Self {
        let workspace = Self::empty();
        for (path, text) in SOURCES {
            workspace.write(path, text);
        }
        workspace
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.path().join(relative)
    }

    pub(crate) fn write(&self, relative: &str, text: impl AsRef<[u8]>) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn open(&self) -> Engine {
        self.open_with(|_| {})
    }

    pub(crate) fn open_with(&self, change: impl FnOnce(&mut EngineOptions)) -> Engine {
        let mut options = options(self.cache.path());
        change(&mut options);
        let engine = Engine::open(&[self.root.path().to_path_buf()], options).unwrap();
        assert!(engine.wait_ready(LIMIT), "not ready: {:?}", engine.status());
        engine
    }

    /// The directory of the stored index.
    pub(crate) fn index(&self) -> PathBuf {
        let mut entries = std::fs::read_dir(self.cache.path()).unwrap();
        entries.next().unwrap().unwrap().path()
    }
}

pub(crate) fn embedder() -> Arc<dyn Embedder> {
    static EMBEDDER: OnceLock<Arc<StaticEmbedder>> = OnceLock::new();
    Arc::clone(EMBEDDER.get_or_init(|| Arc::new(StaticEmbedder::built_in().unwrap())))
        as Arc<dyn Embedder>
}

pub(crate) fn options(cache: &Path) -> EngineOptions {
    EngineOptions {
        cache_dir: Some(cache.to_path_buf()),
        query_packs: None,
        languages: Vec::new(),
        settings: Settings::default(),
        embedder: Some(embedder()),
        progress: None,
        threads: 2,
        graph_from: 0,
    }
}

pub(crate) fn search(engine: &Engine, query: &str) -> SearchResponse {
    engine
        .search(&SearchRequest::new(query, 20), &Cancel::new())
        .unwrap()
}

/// Paths of the files that answer.
pub(crate) fn found(engine: &Engine, query: &str) -> Vec<String> {
    search(engine, query)
        .hits
        .into_iter()
        .map(|hit| hit.relative)
        .collect()
}

/// Paths of the files that define a symbol of this name.
pub(crate) fn defines(engine: &Engine, name: &str) -> Vec<String> {
    let hits = search(engine, name).hits.into_iter();
    let defining = hits.filter(|hit| hit.kind.is_some() && hit.name == name);
    let mut paths: Vec<String> = defining.map(|hit| hit.relative).collect();
    // A type and its impl, or the pieces of a long symbol, are several hits.
    paths.sort();
    paths.dedup();
    paths
}

pub(crate) fn submit(engine: &Engine, change: Change) {
    let revision = engine.submit(change);
    assert!(
        engine.wait_for(revision, LIMIT),
        "revision {revision:?} not published"
    );
}

pub(crate) fn open(engine: &Engine, path: &Path, text: &str) {
    let path = path.to_path_buf();
    submit(
        engine,
        Change::Open {
            path,
            language_id: String::new(),
            version: 1,
            text: text.into(),
        },
    );
}

/// Replaces the whole text of an open document.
pub(crate) fn retype(engine: &Engine, path: &Path, text: &str) {
    submit(
        engine,
        Change::Edit {
            path: path.to_path_buf(),
            version: 2,
            edits: Vec::new(),
            text: text.into(),
        },
    );
}

/// Waits until `done`, or fails with what it last said.
#[track_caller]
pub(crate) fn eventually<T: std::fmt::Debug>(
    what: &str,
    look: impl Fn() -> T,
    done: impl Fn(&T) -> bool,
) {
    let until = Instant::now() + LIMIT;
    loop {
        let seen = look();
        if done(&seen) {
            return;
        }
        assert!(Instant::now() < until, "{what}: {seen:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Everything that the store must hold before the next step of a test.
pub(crate) fn settle_commits(engine: &Engine) {
    submit(engine, Change::Commit);
}

fn lines(response: Result<SearchResponse, symseek_engine::EngineError>) -> Vec<(String, f32)> {
    let Ok(response) = response else {
        return vec![("nothing".to_owned(), 0.0)];
    };
    let hits = response.hits.into_iter().map(|hit| {
        let (start, end) = (hit.range.start.line, hit.range.end.line);
        let mut sites: Vec<_> = hit.sites.iter().map(|site| site.range.start.line).collect();
        sites.sort_unstable();
        (
            format!(
                "{}:{start}-{end} {} {:?} {sites:?}",
                hit.relative, hit.name, hit.kind
            ),
            hit.score,
        )
    });
    hits.collect()
}

/// The answers to a fixed set of questions, in order.
pub(crate) fn answers(engine: &Engine) -> Vec<(String, Vec<(String, f32)>)> {
    let cancel = Cancel::new();
    let mut all = Vec::new();
    for query in WORDS {
        let request = SearchRequest::new(query, 20);
        all.push((query.to_owned(), lines(engine.search(&request, &cancel))));
    }
    for name in NAMES {
        let request = GraphRequest {
            target: GraphTarget::Name(name.to_owned()),
            limit: 20,
        };
        all.push((
            format!("callers {name}"),
            lines(engine.callers(&request, &cancel)),
        ));
        all.push((
            format!("callees {name}"),
            lines(engine.callees(&request, &cancel)),
        ));
    }
    let target = SimilarTarget::Text(
        "fn pause(attempt: u32) -> Duration { Duration::from_millis(attempt) }".to_owned(),
    );
    all.push((
        "similar".to_owned(),
        lines(engine.similar(&SimilarRequest { target, limit: 20 }, &cancel)),
    ));
    all
}

/// The first difference between two sets of answers; scores may differ by 1e-4.
pub(crate) fn difference(
    live: &[(String, Vec<(String, f32)>)],
    fresh: &[(String, Vec<(String, f32)>)],
) -> Option<String> {
    live.iter()
        .zip(fresh)
        .find_map(|((query, live), (_, fresh))| {
            let same = live.len() == fresh.len()
                && live
                    .iter()
                    .zip(fresh)
                    .all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() <= 1e-4);
            (!same).then(|| format!("{query:?}\n live: {live:#?}\nfresh: {fresh:#?}"))
        })
}

/// Answers of a new engine over a copy of these texts, with nothing stored.
pub(crate) fn fresh_answers<'a>(
    texts: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<(String, Vec<(String, f32)>)> {
    let workspace = Workspace::empty();
    for (path, text) in texts {
        workspace.write(path, text);
    }
    answers(&workspace.open_with(|options| options.settings.watch = false))
}

/// Waits until the answers are those of a new engine over the same texts.
#[track_caller]
pub(crate) fn equals_fresh<'a>(
    engine: &Engine,
    texts: impl IntoIterator<Item = (&'a str, &'a str)>,
) {
    let fresh = fresh_answers(texts);
    let until = Instant::now() + Duration::from_secs(8);
    while let Some(difference) = difference(&answers(engine), &fresh) {
        assert!(
            Instant::now() < until,
            "{difference}\n{:?}",
            engine.status()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub(crate) fn store(engine: &Engine) -> StoreMode {
    engine.status().folders[0].store
}
