//! Call paths, impact, outlines, sources and grep, over files on the disk and over unsaved text.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::time::{Duration, Instant};

use symseek_base::Cancel;
use symseek_engine::{Change, Engine, EngineError};
use symseek_search::{
    DefinitionRequest, Filters, GraphTarget, GrepRequest, GrepResponse, ImpactRequest,
    OutlineRequest, PathRequest, SearchError,
};

use support::{LIMIT, Workspace};

fn name(name: &str) -> GraphTarget {
    GraphTarget::Name(name.to_owned())
}

fn path(engine: &Engine, from: &str, to: &str, max_calls: usize) -> Vec<String> {
    let request = PathRequest {
        from: name(from),
        to: name(to),
        max_calls,
    };
    let answer = engine.call_path(&request, &Cancel::new()).unwrap();
    answer.hits.into_iter().map(|hit| hit.name).collect()
}

fn grep(engine: &Engine, pattern: &str, limit: usize, enough: bool) -> GrepResponse {
    let request = GrepRequest {
        pattern: pattern.to_owned(),
        is_regex: false,
        ignore_case: true,
        filters: Filters::default(),
        limit,
    };
    engine.grep(&request, &|| enough, &Cancel::new()).unwrap()
}

#[test]
fn the_shortest_chain_is_found_through_rings_and_over_unsaved_text() {
    let workspace = Workspace::empty();
    let ring = "pub fn start() { left(); right(); }\nfn left() { start(); down(); }\nfn right() { left(); goal(); }\nfn down() { left(); goal(); }\npub fn goal() {}\nfn alone() { alone(); }\n";
    workspace.write("src/ring.rs", ring);
    let engine = workspace.open();
    assert_eq!(
        path(&engine, "start", "goal", 8),
        ["start", "right", "goal"]
    );
    assert_eq!(path(&engine, "left", "goal", 8), ["left", "down", "goal"]);
    assert!(
        path(&engine, "left", "goal", 1).is_empty(),
        "one call is too few"
    );
    assert!(path(&engine, "alone", "goal", 8).is_empty());
    assert!(
        path(&engine, "goal", "start", 8).is_empty(),
        "calls have a direction"
    );

    let text = ring.replace("fn alone() { alone(); }", "fn alone() { start(); }");
    let revision = engine.submit(Change::Open {
        path: workspace.path("src/ring.rs"),
        language_id: "rust".to_owned(),
        version: 1,
        text: text.into(),
    });
    assert!(engine.wait_for(revision, LIMIT));
    assert_eq!(
        path(&engine, "alone", "goal", 8),
        ["alone", "start", "right", "goal"]
    );
    let request = PathRequest {
        from: name("nobody"),
        to: name("goal"),
        max_calls: 8,
    };
    let error = engine.call_path(&request, &Cancel::new()).unwrap_err();
    assert!(matches!(
        error,
        EngineError::Search(SearchError::NotFound(_))
    ));
}

#[test]
fn impact_ends_in_rings_and_tells_tests_and_what_was_cut() {
    let workspace = Workspace::new();
    workspace.write(
        "tests/retry.rs",
        "use courier::retry::backoff_delay;\n\n#[test]\nfn delays_grow() {\n    assert!(backoff_delay(1) < backoff_delay(2));\n}\n",
    );
    let engine = workspace.open();
    let ask = |depth, limit| {
        let request = ImpactRequest {
            target: name("backoff_delay"),
            depth,
            limit,
        };
        let impact = engine.impact(&request, &Cancel::new()).unwrap();
        let affected = impact.affected.into_iter();
        let rows: Vec<_> = affected
            .map(|it| (it.depth, it.is_test, it.hit.name))
            .collect();
        (rows, impact.more)
    };
    let (rows, more) = ask(10, 50);
    let row = |depth, is_test, name: &str| (depth, is_test, name.to_owned());
    assert!(!more);
    assert!(rows.contains(&row(1, false, "should_retry")), "{rows:?}");
    assert!(rows.contains(&row(1, false, "send_request")), "{rows:?}");
    assert!(rows.contains(&row(1, true, "delays_grow")), "{rows:?}");
    assert_eq!(rows.len(), 3, "each once, and no import: {rows:?}");
    assert_eq!(rows.last(), Some(&row(1, true, "delays_grow")));
    let (rows, more) = ask(10, 1);
    assert!(rows.len() == 1 && more, "{rows:?}");
}

#[test]
fn outlines_leave_out_bodies_and_keep_members() {
    let workspace = Workspace::new();
    let engine = workspace.open();
    let ask = |path: &str| {
        let request = OutlineRequest {
            path: workspace.path(path).canonicalize().unwrap(),
            max_files: 2,
        };
        engine.outline(&request, &Cancel::new())
    };
    let root = ask("src").unwrap();
    assert_eq!(root.n_files, 2);
    let names: Vec<Vec<&str>> = (root.files.iter())
        .map(|file| file.symbols.iter().map(|it| &*it.name).collect())
        .collect();
    assert_eq!(
        names,
        [vec!["HttpClient"], vec!["backoff_delay", "RetryPolicy"]]
    );
    let file = ask("src/client.rs").unwrap();
    let symbols = file.files[0].symbols.iter();
    let rows: Vec<_> = symbols.map(|it| (&*it.name, it.depth, it.line)).collect();
    assert!(rows.contains(&("send_request", 1, 8)), "{rows:?}");
    assert!(!rows.iter().any(|row| row.0 == "attempt"), "{rows:?}");
    std::fs::create_dir(workspace.path("empty")).unwrap();
    assert!(ask("empty").is_err());
}

#[test]
fn sources_have_their_doc_comment_and_are_of_the_text_now() {
    let workspace = Workspace::new();
    let engine = workspace.open();
    let request = DefinitionRequest {
        target: name("RetryPolicy::should_retry"),
        limit: 5,
    };
    let found = engine.definitions(&request, &Cancel::new()).unwrap().found;
    assert_eq!(found.len(), 1);
    assert!(
        found[0]
            .text
            .starts_with("    /// Whether another attempt is allowed.\n")
    );
    assert!(found[0].text.ends_with("\n    }"));
    assert_eq!(found[0].rows.start, 15);

    let text = support::RETRY.replace("Whether another attempt", "Whether one more attempt");
    workspace.write("src/retry.rs", &text);
    let until = Instant::now() + LIMIT;
    loop {
        let answer = engine.definitions(&request, &Cancel::new()).unwrap();
        if let Some(it) = answer.found.first() {
            assert!(it.text.contains("one more attempt"), "never what was");
            break;
        }
        assert!(!answer.complete, "what changed is read again");
        assert!(Instant::now() < until, "it is never read again");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn grep_puts_definitions_first_and_says_when_it_ended_early() {
    let workspace = Workspace::new();
    workspace.write("a_notes.md", "backoff_delay, Backoff_Delay\n");
    let engine = workspace.open();
    let all = grep(&engine, "backoff_delay", 50, false);
    assert!(all.complete && all.n_read == all.n_files);
    let lines: Vec<_> = (all.matches.iter())
        .map(|it| {
            let relative = it.path.strip_prefix(workspace.root.path()).unwrap();
            (relative.to_str().unwrap(), it.line, it.defines.is_some())
        })
        .collect();
    assert_eq!(lines[0], ("src/retry.rs", 5, true));
    assert_eq!(
        lines.last(),
        Some(&("a_notes.md", 0, false)),
        "prose is last"
    );
    assert_eq!(all.n_lines, lines.len(), "a line counts once");
    let few = grep(&engine, "backoff_delay", 1, false);
    assert_eq!((few.matches.len(), few.n_lines), (1, all.n_lines));
    let early = grep(&engine, "backoff_delay", 50, true);
    assert!(!early.complete && early.n_read == 0 && early.n_files > 0);
    let cancel = Cancel::new();
    cancel.cancel();
    let request = GrepRequest {
        pattern: "a".to_owned(),
        is_regex: true,
        ignore_case: false,
        filters: Filters::default(),
        limit: 1,
    };
    let error = engine.grep(&request, &|| false, &cancel).unwrap_err();
    assert!(matches!(error, EngineError::Search(SearchError::Cancelled)));
}
