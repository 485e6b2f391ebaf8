//! Second opinions on answers: a model that is late, missing or wrong never changes which hits are shown, what it made is kept,
//! and it reads ahead only while nobody needs the machine.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use support::{LIMIT, Workspace, open, search};
use symseek_base::{Cancel, Embedding};
use symseek_embed::{DocumentText, EmbedError, Embedder, ModelId, StaticEmbedder};
use symseek_engine::{Engine, LoadedModel, ModelSettings};
use symseek_search::{SearchRequest, SearchResponse};

/// Likes texts that hold a word; may be slow, and may have nothing to say.
struct Fake {
    id: ModelId,
    likes: &'static str,
    slow: Duration,
    mute: bool,
    read: AtomicUsize,
}

impl Fake {
    fn new(likes: &'static str) -> Self {
        let id = StaticEmbedder::built_in().unwrap().id().clone();
        Self {
            id: ModelId { dims: 2, ..id },
            likes,
            slow: Duration::ZERO,
            mute: false,
            read: AtomicUsize::new(0),
        }
    }

    fn n_read(&self) -> usize {
        self.read.load(Ordering::SeqCst)
    }
}

impl Embedder for Fake {
    fn id(&self) -> &ModelId {
        &self.id
    }

    fn embed_document(&self, text: &DocumentText) -> Result<Embedding, EmbedError> {
        self.read.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(self.slow);
        let x = match (self.mute, text.as_str().contains(self.likes)) {
            (true, _) => return Ok(Embedding::normalised(vec![f32::NAN, 0.0])?),
            (false, true) => 1.0,
            (false, false) => 0.0,
        };
        Ok(Embedding::normalised(vec![x, 0.5])?)
    }

    fn embed_query(&self, _: &str) -> Result<Embedding, EmbedError> {
        std::thread::sleep(self.slow);
        Ok(Embedding::normalised(vec![1.0, 0.0])?)
    }
}

fn settings(fake: &Arc<Fake>, directory: Option<&Path>) -> ModelSettings {
    let fake = Arc::clone(fake);
    ModelSettings {
        load: Arc::new(move || {
            Ok(LoadedModel {
                embedder: Arc::clone(&fake) as Arc<dyn Embedder>,
                runtime: "a stand-in".to_owned(),
                notes: Vec::new(),
            })
        }),
        directory: directory.map(Path::to_path_buf),
        warm: false,
        problem: None,
    }
}

const QUERY: &str = "wait longer after a failed attempt";

fn asked(engine: &Engine, query: &str, limit: usize, within: Option<Duration>) -> SearchResponse {
    let request = SearchRequest::new(query, limit);
    let mut response = engine.search(&request, &Cancel::new()).unwrap();
    let until = within.map(|within| Instant::now() + within);
    engine.refine(&mut response, until, &Cancel::new()).unwrap();
    response
}

/// Which hits, whatever their order.
fn shown(response: &SearchResponse) -> BTreeSet<(String, u32, String)> {
    let hits = response.hits.iter();
    hits.map(|hit| (hit.relative.clone(), hit.range.start.line, hit.name.clone()))
        .collect()
}

fn names(response: &SearchResponse) -> Vec<&str> {
    response.hits.iter().map(|hit| hit.name.as_str()).collect()
}

#[test]
fn a_model_moves_what_it_likes_up_and_says_so() {
    let workspace = Workspace::new();
    let engine = workspace.open();
    let first = search(&engine, QUERY);
    let last = first.hits[..first.hits.len().min(20)].last().unwrap();
    assert!(!first.reranked);
    let fake = Arc::new(Fake::new("ConfigError"));
    engine.use_model(Some(settings(&fake, None))).unwrap();
    let refined = asked(&engine, QUERY, 20, None);
    assert!(refined.reranked);
    assert_eq!(shown(&refined), shown(&first));
    let place = |response: &SearchResponse, name: &str| {
        let mut names = names(response).into_iter();
        names.position(|known| known == name).unwrap()
    };
    assert!(
        place(&refined, "ConfigError") < place(&first, "ConfigError"),
        "{:?} {:?}",
        names(&first),
        names(&refined)
    );
    assert!(refined.hits.is_sorted_by(|a, b| a.score >= b.score));
    let why = refined.hits.iter().flat_map(|hit| &hit.why);
    assert_eq!(
        why.filter(|why| why.leg == "model").count(),
        first.hits.len().min(20)
    );
    assert!(!last.name.is_empty());
    // What was read once is not read again.
    let n_read = fake.n_read();
    assert!(n_read > 0);
    asked(&engine, "sleep longer after a failed attempt", 20, None);
    asked(&engine, QUERY, 20, None);
    assert_eq!(fake.n_read(), n_read);
    let status = engine.status().onnx.unwrap();
    assert_eq!((status.state, status.vectors), ("ready", n_read));
    engine.use_model(None).unwrap();
    assert!(!asked(&engine, QUERY, 20, None).reranked);
    assert!(engine.status().onnx.is_none());
}

#[test]
fn names_and_relations_are_left_alone() {
    let workspace = Workspace::new();
    let engine = workspace.open();
    let fake = Arc::new(Fake::new("ConfigError"));
    engine.use_model(Some(settings(&fake, None))).unwrap();
    for query in ["backoff_delay", "callers of backoff_delay", ""] {
        let refined = asked(&engine, query, 20, None);
        assert!(!refined.reranked, "{query}");
        assert_eq!(names(&refined), names(&search(&engine, query)));
    }
    assert_eq!(fake.n_read(), 0);
}

#[test]
fn a_late_model_answers_in_the_first_order_and_goes_on_where_it_was() {
    let workspace = Workspace::new();
    let engine = workspace.open();
    let first = search(&engine, QUERY);
    let fake = Arc::new(Fake {
        slow: Duration::from_millis(30),
        ..Fake::new("ConfigError")
    });
    engine.use_model(Some(settings(&fake, None))).unwrap();
    assert!(asked(&engine, "another query entirely", 1, None).hits.len() <= 1);
    let began = Instant::now();
    let late = asked(&engine, QUERY, 20, Some(Duration::from_millis(100)));
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert!(!late.reranked);
    assert_eq!(names(&late), names(&first));
    let done = fake.n_read();
    assert!(done < first.hits.len().min(20), "it was not late");
    assert!(
        engine.status().onnx.unwrap().waiting > 0,
        "left for idle time"
    );
    assert!(asked(&engine, QUERY, 20, None).reranked);
    assert_eq!(fake.n_read(), first.hits.len().min(20), "none twice");
    let none = asked(
        &engine,
        "wait longer for requests",
        20,
        Some(Duration::ZERO),
    );
    assert!(!none.reranked);
    // A withdrawn question ends between two texts.
    let cancel = Cancel::new();
    cancel.cancel();
    let mut response = search(&engine, "config file version");
    assert!(engine.refine(&mut response, None, &cancel).is_err());
}

#[test]
fn a_model_that_cannot_be_had_is_told_once_and_costs_nothing_else() {
    let workspace = Workspace::new();
    let engine = workspace.open();
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let its = Arc::clone(&told);
    let broken = |load: fn() -> Result<LoadedModel, EmbedError>| ModelSettings {
        load: Arc::new(load),
        directory: None,
        warm: true,
        problem: Some(Arc::new({
            let its = Arc::clone(&its);
            move |why: &str| its.lock().unwrap().push(why.to_owned())
        })),
    };
    let refused = broken(|| Err(EmbedError::Runtime("version 1.2 is too old".to_owned())));
    engine.use_model(Some(refused)).unwrap();
    for _ in 0..3 {
        let response = asked(&engine, QUERY, 20, None);
        assert!(!response.reranked && !response.hits.is_empty());
    }
    assert_eq!(
        *told.lock().unwrap(),
        ["ONNX Runtime: version 1.2 is too old"]
    );
    let status = engine.status().onnx.unwrap();
    assert_eq!(status.state, "failed");
    assert!(status.problems[0].contains("too old"));
    assert!(!engine.has_model());
    engine
        .use_model(Some(broken(|| panic!("inside the runtime"))))
        .unwrap();
    assert!(!asked(&engine, QUERY, 20, None).reranked);
    assert!(told.lock().unwrap()[1].contains("panicked"));
}

#[test]
fn vectors_outlive_the_engine_and_serve_other_folders() {
    let (first, second) = (Workspace::new(), Workspace::new());
    let kept = tempfile::tempdir().unwrap();
    let fake = Arc::new(Fake::new("attempt"));
    {
        let engine = first.open();
        engine
            .use_model(Some(settings(&fake, Some(kept.path()))))
            .unwrap();
        assert!(asked(&engine, QUERY, 20, None).reranked);
    }
    let n_read = fake.n_read();
    assert!(n_read > 0);
    let engine = second.open();
    engine
        .use_model(Some(settings(&fake, Some(kept.path()))))
        .unwrap();
    assert!(asked(&engine, QUERY, 20, None).reranked);
    assert_eq!(fake.n_read(), n_read, "the same code in another folder");
}

#[test]
fn open_documents_are_read_ahead_once_it_is_quiet_and_not_when_told_not_to() {
    let workspace = Workspace::new();
    let engine = workspace.open();
    let fake = Arc::new(Fake::new("attempt"));
    let path = workspace.path("src/new.rs");
    engine.use_model(Some(settings(&fake, None))).unwrap();
    open(
        &engine,
        &path,
        "/// Paints a fence.\nfn paint() { brush() }\n",
    );
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(fake.n_read(), 0, "warming is off");
    let warm = ModelSettings {
        warm: true,
        ..settings(&fake, None)
    };
    engine.use_model(Some(warm)).unwrap();
    let until = Instant::now() + LIMIT;
    while fake.n_read() == 0 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(fake.n_read(), 1, "the one chunk of the open document");
    // It was read: an answer that shows it needs nothing but the others.
    let before = fake.n_read();
    let response = asked(&engine, "paint a fence", 1, None);
    assert_eq!(names(&response), ["paint"]);
    assert_eq!(fake.n_read(), before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_model_changes_which_hits_are_shown(
        query in prop::sample::select(&["config file", "retry a request later", "unsupported version \"2\"", "HTTP client path:src", "kind:fn wait"]),
        likes in prop::sample::select(&["fn", "self", "json", "attempt", "nothing like this"]),
        limit in 1usize..30,
        within in prop::option::of(0u64..12),
        slow in 0u64..3,
        mute in any::<bool>(),
    ) {
        static WORKSPACE: std::sync::OnceLock<(Workspace, Engine)> = std::sync::OnceLock::new();
        let (_, engine) = WORKSPACE.get_or_init(|| {
            let workspace = Workspace::new();
            let engine = workspace.open();
            (workspace, engine)
        });
        let first = engine.search(&SearchRequest::new(query, limit), &Cancel::new()).unwrap();
        let fake = Arc::new(Fake { slow: Duration::from_millis(slow), mute, ..Fake::new(likes) });
        engine.use_model(Some(settings(&fake, None))).unwrap();
        let refined = asked(engine, query, limit, within.map(Duration::from_millis));
        prop_assert_eq!(shown(&refined), shown(&first));
        prop_assert!(refined.hits.is_sorted_by(|a, b| a.score >= b.score));
        if !refined.reranked {
            prop_assert_eq!(names(&refined), names(&first));
        }
    }
}
