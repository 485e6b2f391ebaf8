//! The command line, as a person and as a script see it.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};

use serde_json::Value;
use symseek_tests::{EvalServer, Output, Workspace, finish};

const RETRY: &str = r"//! Trying again.

/// Waits longer after every failed attempt, up to a minute.
pub fn backoff_delay(attempt: u32) -> u64 {
    (100u64 << attempt.min(10)).min(60_000)
}

/// Runs an operation until it succeeds.
pub fn with_retries<T>(mut operation: impl FnMut() -> Option<T>) -> Option<T> {
    for attempt in 0..5 {
        if let Some(value) = operation() {
            return Some(value);
        }
        std::thread::sleep(std::time::Duration::from_millis(backoff_delay(attempt)));
    }
    None
}
";

const INVOICE: &str = r#""""Invoices."""


class Invoice:
    """What a customer owes."""

    def total(self):
        return sum(line.price for line in self.lines)

    def print_total(self):
        print(f"to pay: {self.total()}")
"#;

fn workspace() -> Workspace {
    Workspace::new(&[
        ("src/retry.rs", RETRY),
        ("billing/invoice.py", INVOICE),
        ("notes/größe.md", "# Grüße\n\nshipping labels\n"),
    ])
}

/// It failed with code 2, said `why` on stderr and nothing on stdout.
#[track_caller]
fn assert_refused(output: &Output, why: &str) {
    assert_eq!(output.code, Some(2), "{output:?}");
    assert!(output.stderr.contains(why), "{why:?} in {output:?}");
    assert_eq!(output.stdout, "", "errors belong on stderr");
}

#[test]
fn search_by_description_prints_place_name_and_lines() {
    let output = workspace().run(&["search", "sleep longer after each failure"]);
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(
        output
            .stdout
            .contains("src/retry.rs:4  retry::backoff_delay function"),
        "{output:?}"
    );
    assert!(
        output
            .stdout
            .contains("     4 │ pub fn backoff_delay(attempt: u32) -> u64 {"),
        "{output:?}"
    );
    assert_eq!(output.stderr, "", "no progress bar, no log when piped");
}

#[test]
fn piped_output_has_no_colour_and_no_control_characters_of_a_file() {
    let workspace = workspace();
    workspace.write(
        "src/evil.rs",
        b"/// clears \x1b[2J the screen\nfn clear_screen() {}\n",
    );
    for arguments in [
        &["search", "clear the screen"][..],
        &["search", "clear_screen", "--explain"],
        &["status"],
        &["--help"],
    ] {
        let output = workspace.run(arguments);
        assert_eq!(output.code, Some(0), "{output:?}");
        assert!(
            !output.stdout.contains('\x1b') && !output.stderr.contains('\x1b'),
            "{arguments:?}: {output:?}"
        );
    }
}

#[test]
fn json_has_the_documented_shape() {
    let output = workspace().run(&[
        "search",
        "sleep longer after each failure",
        ".",
        "--json",
        "--limit",
        "2",
    ]);
    assert_eq!(output.code, Some(0));
    let answer = output.json();
    assert_eq!(answer["version"], 1);
    assert_eq!(answer["complete"], true);
    assert!(answer["tookMs"].is_f64() && answer["notes"].is_array());
    assert_eq!(answer["reading"], "words");
    let hits = answer["hits"].as_array().unwrap();
    assert_eq!(hits.len(), 2);
    let hit = hits
        .iter()
        .find(|hit| hit["name"] == "backoff_delay")
        .expect("it is among the two best");
    assert_eq!(hit["path"], "src/retry.rs");
    assert_eq!(
        (&hit["startLine"], &hit["endLine"]),
        (&Value::from(3), &Value::from(6)),
        "with its doc comment"
    );
    assert_eq!(hit["kind"], "function");
    assert_eq!(hit["language"], "rust");
    assert_eq!(hit["containerName"], "retry");
    assert_eq!(
        hit["signature"],
        "pub fn backoff_delay(attempt: u32) -> u64"
    );
    assert!(hit["score"].is_f64() && hit["sites"].is_array() && hit["snippetLine"].is_u64());
    assert!(hit["snippet"].as_str().unwrap().contains("backoff_delay"));
    let why = hit["why"].as_array().unwrap();
    assert!(
        why.iter()
            .any(|why| why["leg"] == "vector" && why["rank"].is_u64()),
        "{why:?}"
    );
}

#[test]
fn scores_fall_and_two_runs_agree() {
    let workspace = workspace();
    let ask = || {
        workspace
            .run(&["search", "what does the customer owe", ".", "--json"])
            .json()
    };
    let (first, second) = (ask(), ask());
    assert_eq!(first["hits"], second["hits"]);
    let scores: Vec<f64> = first["hits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| hit["score"].as_f64().unwrap())
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
}

#[test]
fn names_are_found_exactly_by_prefix_by_hump_and_misspelt() {
    let workspace = workspace();
    for query in [
        "backoff_delay",
        "backoff",
        "bd",
        "backoffDelay",
        "bakoff_delay",
    ] {
        let names = workspace.run(&["search", query, ".", "--json"]).names();
        assert_eq!(names[0], "backoff_delay", "{query}: {names:?}");
    }
}

#[test]
fn every_filter_narrows() {
    let workspace = workspace();
    let paths = |query: &str| -> Vec<String> {
        let answer = workspace
            .run(&["search", query, ".", "--json", "-n", "50"])
            .json();
        answer["hits"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hit| hit["path"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = paths("total");
    assert!(
        all.iter().any(|path| path == "src/retry.rs")
            && all.iter().any(|path| path == "billing/invoice.py"),
        "{all:?}"
    );
    assert!(
        paths("total lang:rust")
            .iter()
            .all(|path| path == "src/retry.rs")
    );
    assert!(
        paths("total lang:py")
            .iter()
            .all(|path| path == "billing/invoice.py")
    );
    assert!(
        paths("total path:billing")
            .iter()
            .all(|path| path == "billing/invoice.py")
    );
    assert!(
        paths("total path:*.md")
            .iter()
            .all(|path| path == "notes/größe.md")
    );
    assert!(
        paths("total -path:billing")
            .iter()
            .all(|path| path != "billing/invoice.py")
    );
    let rust = paths("-lang:python,md total");
    assert!(
        !rust.is_empty() && rust.iter().all(|path| path == "src/retry.rs"),
        "a query may begin with a filter: {rust:?}"
    );
    let lines = "        self.total += self.lines.next().price;\n".repeat(200);
    let long = format!("impl Bill {{\n    fn add_up(&mut self) {{\n{lines}    }}\n}}\n");
    workspace.write("src/long.rs", long.as_bytes());
    let rest = workspace.run(&["search", "-kind:class,fn total", ".", "--json", "-n50"]);
    let rest = rest.json()["hits"].as_array().unwrap().clone();
    assert!(
        !rest.is_empty()
            && rest
                .iter()
                .all(|hit| hit["kind"] != "method" && hit["kind"] != "function"),
        "{rest:?}"
    );
    let kinds = workspace.run(&["search", "-n", "9", "total kind:class", ".", "--json"]);
    assert_eq!(kinds.names(), ["Invoice"]);
    let names = |query: &str| workspace.run(&["search", query, ".", "--json"]).names();
    let backoff = "backoff_delay".to_owned();
    assert!(!names("waits longer -attempt lang:rust").contains(&backoff));
    assert!(names("delay lang:rust").contains(&backoff));
    assert!(!names("delay -attempt lang:rust").contains(&backoff));
}

#[test]
fn nothing_found_is_1() {
    let output = workspace().run(&["search", "anything path:nowhere"]);
    assert_eq!(
        (output.code, output.stdout.as_str()),
        (Some(1), ""),
        "{output:?}"
    );
    assert!(output.stderr.contains("nothing found"), "{output:?}");
    for relation in ["callers", "callees"] {
        let output = workspace().run(&[relation, "no_such_thing"]);
        assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""));
        assert!(output.stderr.contains("\"no_such_thing\""), "{output:?}");
        let output = workspace().run(&[relation, "no_such_thing", ".", "--json"]);
        assert_eq!(output.code, Some(1));
        assert_eq!(output.names(), Vec::<String>::new());
    }
    let output = workspace().run(&["search", "anything path:nowhere", ".", "--json"]);
    assert_eq!(output.code, Some(1));
    assert_eq!(output.json()["hits"].as_array().unwrap().len(), 0);
    let output = Workspace::new(&[]).run(&["search", "anything"]);
    assert_eq!(output.code, Some(1), "an empty folder: {output:?}");
}

#[test]
fn mistakes_are_2_and_say_what_was_expected() {
    let workspace = workspace();
    assert_refused(&workspace.run(&["search", "   "]), "the query is empty");
    assert_refused(
        &workspace.run(&["search", "kind:banana x"]),
        "unknown kind \"banana\"; one of: fn,",
    );
    assert_refused(
        &workspace.run(&["search", "lang:klingon x"]),
        "unknown language \"klingon\"",
    );
    assert_refused(
        &workspace.run(&["search", "path: x"]),
        "path: needs a value",
    );
    assert_refused(
        &workspace.run(&["search", "x", "no/such/folder"]),
        "cannot open no/such/folder",
    );
    assert_refused(
        &workspace.run(&["search", "x", "src/retry.rs"]),
        "is not a folder",
    );
    assert_refused(&workspace.run(&["search"]), "<QUERY>");
    assert_refused(&workspace.run(&["serach", "x"]), "unrecognized subcommand");
    assert_refused(
        &workspace.run(&["search", "x", "--limit", "many"]),
        "invalid value",
    );
    assert_refused(
        &workspace.run(&["search", "x", "--limit", "0"]),
        "expected 1 or more",
    );
    assert_refused(
        &workspace.run(&["search", "--lexicall", "x"]),
        "unexpected argument",
    );
    for glob in ["[", "a{b"] {
        assert_refused(
            &workspace.run(&["search", "x", "--exclude", glob]),
            "invalid value",
        );
    }
    assert_refused(
        &workspace.run(&["search", "x", "--log", "bogus"]),
        "invalid value 'bogus'",
    );
    assert_refused(
        &workspace.run(&["search", "x", "--language", "*.x=klingon"]),
        "there is no language \"klingon\"",
    );
    assert_refused(
        &workspace.run(&["search", "x", "--query-packs", "no/such/folder"]),
        "no/such/folder is not a folder",
    );
    assert_refused(
        &workspace.run(&["similar", "src/retry.rs:9-3"]),
        "9-3 ends before it starts",
    );
    assert_refused(
        &workspace.run(&["callers", "src/retry.rs:99"]),
        "line 99 is outside",
    );
    assert_refused(
        &workspace.run(&["callers", "src/gone.rs:1"]),
        "cannot open src/gone.rs",
    );
    assert_refused(
        &workspace.run(&["similar", "src/retry.rs"]),
        "expected FILE:LINE",
    );
    assert_refused(
        &workspace.run(&["similar", "src/retry.rs:0"]),
        "lines count from 1",
    );
    assert_refused(
        &workspace.run(&["eval-serve", ".", "--mode", "bogus"]),
        "unknown mode \"bogus\"",
    );
    assert_refused(
        &workspace.run(&["eval-serve", ".", "--params", "none.json"]),
        "cannot read none.json",
    );
}

#[test]
fn help_and_version_are_0() {
    let workspace = workspace();
    let help = workspace.run(&["--help"]);
    assert_eq!(help.code, Some(0));
    for command in [
        "lsp",
        "search",
        "index",
        "status",
        "callers",
        "callees",
        "similar",
        "eval-serve",
    ] {
        assert!(
            help.stdout.contains(&format!("\n  {command} ")),
            "{command} in {}",
            help.stdout
        );
    }
    let version = workspace.run(&["--version"]);
    assert_eq!(
        (version.code, version.stdout.as_str()),
        (
            Some(0),
            concat!("symseek ", env!("CARGO_PKG_VERSION"), "\n")
        )
    );
}

#[test]
fn callers_and_callees_by_name_and_by_place() {
    let workspace = workspace();
    for target in ["backoff_delay", "src/retry.rs:4", "src/retry.rs:14:61"] {
        let output = workspace.run(&["callers", target, ".", "--json"]);
        assert_eq!(output.names(), ["with_retries"], "{target}");
        let site = &output.json()["hits"][0]["sites"][0];
        assert_eq!(
            (&site["line"], &site["column"]),
            (&Value::from(14), &Value::from(61))
        );
        assert!(site["confidence"].as_f64().unwrap() > 0.5);
    }
    let output = workspace.run(&["callees", "with_retries", ".", "--json"]);
    assert_eq!(output.names(), ["backoff_delay"]);
    // Where it is called from: the same place, in the other direction.
    let site = &output.json()["hits"][0]["sites"][0];
    assert_eq!(
        (&site["line"], &site["column"]),
        (&Value::from(14), &Value::from(61))
    );
    assert_eq!(
        workspace
            .run(&["callers", "Invoice.total", ".", "--json"])
            .names(),
        ["print_total"]
    );
    let nobody = workspace.run(&["callers", "with_retries"]);
    assert_eq!(
        (nobody.code, nobody.stdout.as_str()),
        (Some(1), ""),
        "{nobody:?}"
    );
}

#[test]
fn callers_are_printed_with_each_line_and_how_sure_it_is() {
    let workspace = workspace();
    let output = workspace.run(&["callers", "backoff_delay"]);
    assert_eq!(
        output.stdout,
        "src/retry.rs:9  retry::with_retries function\n    src/retry.rs:14  \
         std::thread::sleep(std::time::Duration::from_millis(backoff_delay(attempt)));  95 % sure\n",
        "{output:?}"
    );
    assert_eq!(output.stderr, "");
    workspace.write(
        "src/twice.rs",
        b"fn a() { twice(); twice();\n    twice();\n}\nfn b() { twice(); }\nfn twice() {}\n",
    );
    let output = workspace.run(&["callers", "twice", ".", "-n", "1"]);
    assert_eq!(
        output.stdout.matches("src/twice.rs:").count(),
        3,
        "{output:?}"
    );
    assert!(output.stderr.contains("more than 1; --limit"), "{output:?}");
    let output = workspace.run(&["callers", "twice", ".", "-n", "2", "--explain"]);
    assert_eq!(output.stderr, "", "there are two");
    assert!(output.stdout.contains("called at line 1, 2)"), "{output:?}");
    let output = workspace.run(&["callers", "twice", ".", "-n", "1", "--json"]);
    assert_eq!(output.names(), ["a"]);
    assert!(
        output.json()["notes"][0]
            .as_str()
            .unwrap()
            .contains("more than 1")
    );
    let confidence = output.json()["hits"][0]["sites"][0]["confidence"].to_string();
    assert!(confidence.len() <= 8, "{confidence}");
}

#[test]
fn recursion_overriding_and_imports_have_the_callers_that_they_have() {
    let workspace = Workspace::new(&[
        (
            "src/math.rs",
            "pub fn fact(n: u32) -> u32 {\n    if n == 0 { 1 } else { n * fact(n - 1) }\n}\n",
        ),
        (
            "src/lib.rs",
            "mod math;\nuse math::fact;\npub fn go() {\n    fact(3);\n}\n",
        ),
        (
            "hooks.py",
            "class Base:\n    def hook(self):\n        pass\n\n\nclass Child(Base):\n    def hook(self):\n        super().hook()\n",
        ),
    ]);
    let mut callers = workspace.run(&["callers", "fact", ".", "--json"]).names();
    callers.sort();
    assert_eq!(callers, ["fact", "go", "lib.rs"]);
    for name in ["hook", "Base.hook"] {
        let output = workspace.run(&["callers", name, ".", "--json"]);
        assert_eq!(output.names(), ["hook"], "{name}: {output:?}");
        assert_eq!(output.json()["hits"][0]["containerName"], "hooks::Child");
    }
}

#[test]
fn similar_takes_a_place_or_standard_input_and_leaves_the_place_itself_out() {
    let workspace = workspace();
    let names = workspace
        .run(&["similar", "src/retry.rs:4", ".", "--json"])
        .names();
    assert!(
        !names.is_empty() && !names.contains(&"backoff_delay".to_owned()),
        "{names:?}"
    );
    let code = b"fn pause(attempt: u32) -> u64 { (50u64 << attempt).min(60_000) }";
    let output = finish(workspace.command(&["similar", "-", ".", "--json"]), code);
    assert_eq!(output.names()[0], "backoff_delay");
}

#[test]
fn status_tells_what_is_indexed_and_what_was_skipped_and_why() {
    let workspace = workspace();
    workspace.write("logo.png", b"\x89PNG\0\0\0\0");
    workspace.write("big.txt", "word ".repeat(1000).as_bytes());
    workspace.write(".gitignore", b"/ignored\n");
    workspace.write("ignored/secret.rs", b"fn hidden_away() {}\n");
    let index = workspace.run(&["index", ".", "--max-file-size", "2000"]);
    assert_eq!(index.code, Some(0), "{index:?}");
    assert!(
        index.stdout.contains("4 files, "),
        "three and .gitignore: {index:?}"
    );
    let status = workspace
        .run(&["status", ".", "--json", "--max-file-size", "2000"])
        .json();
    let folder = &status["folders"][0];
    assert_eq!(
        (&status["state"], &folder["state"]),
        (&Value::from("ready"), &Value::from("ready"))
    );
    assert_eq!(folder["files"], 4);
    assert_eq!(folder["languages"]["rust"], 1);
    assert_eq!(folder["store"], "writer");
    assert_eq!(folder["skipped"]["binary"]["paths"][0], "logo.png");
    assert_eq!(folder["skipped"]["too large"]["paths"][0], "big.txt");
    assert!(folder["bytes"].as_u64().unwrap() > 0);
    let words = workspace.run(&["status"]).stdout;
    assert!(
        words.contains("binary: logo.png") && words.contains("model "),
        "{words}"
    );
    let hidden = workspace
        .run(&["search", "hidden_away", ".", "--json"])
        .names();
    assert!(!hidden.contains(&"hidden_away".to_owned()));
}

#[test]
fn the_index_follows_the_files_between_two_runs() {
    let workspace = workspace();
    assert_eq!(
        workspace
            .run(&["search", "backoff_delay", ".", "--json"])
            .names()[0],
        "backoff_delay"
    );
    workspace.write(
        "src/retry.rs",
        RETRY.replace("backoff_delay", "patience_after").as_bytes(),
    );
    workspace.write("src/new.rs", b"fn just_written() {}\n");
    std::fs::remove_file(workspace.root().join("billing/invoice.py")).unwrap();
    assert_eq!(
        workspace
            .run(&["search", "patience_after", ".", "--json"])
            .names()[0],
        "patience_after"
    );
    assert_eq!(
        workspace
            .run(&["search", "just_written", ".", "--json"])
            .names()[0],
        "just_written"
    );
    let gone = workspace.run(&["search", "customer owes lang:python"]);
    assert_eq!(gone.code, Some(1), "{gone:?}");
    let forced = workspace.run(&["index", "--force"]);
    assert!(forced.stdout.contains("3 files, "), "{forced:?}");
}

#[test]
fn a_folder_is_searched_from_anywhere_and_under_any_name() {
    let workspace = workspace();
    let folder = workspace.root().join("größe & maß");
    workspace.write(
        "größe & maß/ein modul.py",
        b"def needle_here():\n    pass\n",
    );
    let mut command = workspace.command(&["search", "needle_here"]);
    command.arg(&folder).current_dir(std::env::temp_dir());
    let output = finish(command, b"");
    assert!(output.stdout.starts_with("ein modul.py:1"), "{output:?}");
}

#[test]
fn without_a_usable_cache_it_answers_from_memory_and_says_so() {
    let workspace = workspace();
    std::fs::write(workspace.cache(), "a file where a directory is needed").unwrap();
    let output = workspace.run(&["search", "backoff_delay"]);
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(output.stdout.contains("src/retry.rs:4"), "{output:?}");
    assert!(output.stderr.contains("in memory"), "{output:?}");
    // To index and store nothing is to fail.
    for arguments in [&["index"][..], &["index", "--force"]] {
        let output = workspace.run(arguments);
        assert_refused(&output, "nothing was stored");
        assert_eq!(output.stderr.lines().count(), 1, "{output:?}");
    }
    let output = workspace.run(&["status"]);
    assert!(output.stdout.contains("kept in memory"), "{output:?}");
}

#[test]
fn the_index_is_private_to_the_user() {
    let workspace = workspace();
    workspace.run(&["index"]);
    let entries: Vec<_> = std::fs::read_dir(workspace.cache())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(entries.len(), 1, "one directory per folder");
    assert!(entries[0].path().join("manifest.json").is_file());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            entries[0].metadata().unwrap().permissions().mode() & 0o777,
            0o700
        );
    }
}

#[test]
fn a_second_process_answers_while_the_first_holds_the_index() {
    let workspace = workspace();
    let cache = workspace.cache();
    let mut first = EvalServer::start(&workspace.root(), &["--cache-dir", cache.to_str().unwrap()]);
    let output = workspace.run(&["search", "backoff_delay", ".", "--json"]);
    assert_eq!(output.names()[0], "backoff_delay", "{output:?}");
    let status = workspace.run(&["status", ".", "--json"]).json();
    assert_eq!(status["folders"][0]["store"], "reader");
    let process = status["folders"][0]["writingProcess"].as_u64().unwrap();
    let refused = workspace.run(&["index", ".", "--force"]);
    assert_refused(&refused, &format!("process {process} holds the index"));
    assert_eq!(workspace.run(&["index", "."]).code, Some(0));
    assert_eq!(
        first.ask(b"backoff_delay")["results"][0]["name"],
        "backoff_delay"
    );
    assert_eq!(first.end(), Some(0));
}

#[test]
fn a_reader_that_stops_early_causes_no_panic() {
    let workspace = workspace();
    let mut many = String::new();
    for n in 0..2000 {
        let _ = write!(
            many,
            "/// Needle number {n}.\nfn needle_{n}() {{ body({n}) }}\n\n"
        );
    }
    workspace.write("src/many.rs", many.as_bytes());
    let mut command = workspace.command(&["search", "needle", ".", "-n", "2000"]);
    let mut child = command.spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert!(first.starts_with("src/many.rs:"), "{first:?}");
    let output = child.wait_with_output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!complaint.contains("panicked"), "{complaint}");
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_a_failure_with_a_reason() {
    let workspace = workspace();
    for arguments in [
        &["search", "backoff_delay"][..],
        &["search", "backoff_delay", "--json"],
        &["callers", "backoff_delay"],
        &["status"],
        &["status", "--json"],
        &["index"],
        &["lsp", "--settings-schema"],
    ] {
        let full = std::fs::File::create("/dev/full").unwrap();
        let mut command = workspace.command(arguments);
        let child = command.stdout(full).spawn().unwrap();
        let output = child.wait_with_output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {complaint}");
        assert!(complaint.contains("No space left"), "{complaint}");
    }
}

#[test]
fn explain_names_legs_and_scores() {
    let output = workspace().run(&[
        "search",
        "sleep longer after each failure",
        ".",
        "--explain",
    ]);
    assert!(output.stdout.contains("vector #1 "), "{output:?}");
    assert!(output.stderr.contains("read as words"), "{output:?}");
}

#[test]
fn own_query_packs_and_file_types_count_and_broken_ones_are_said() {
    let workspace = workspace();
    workspace.write(
        "lib/cart.inc",
        b"<?php\nfunction total_price() { return 1; }\n",
    );
    workspace.write(
        "packs/languages.toml",
        b"[[language]]\nname = \"starlark\"\nextensions = [\"bzl\"]\ngrammar = \"tree_sitter_python::LANGUAGE\"\n",
    );
    workspace.write(
        "packs/starlark/tags.scm",
        b"(assignment left: (identifier) @name) @definition.constant\n",
    );
    workspace.write(
        "packs/go/tags.scm",
        b"(no_such_node name: (identifier) @name) @definition.function\n",
    );
    workspace.write("rules/cc.bzl", b"COMPILER_FLAGS = []\n");
    let search = |name: &str| {
        let arguments = [
            "search",
            name,
            "--json",
            "--language",
            "*.inc=php",
            "--query-packs",
            "packs",
        ];
        let output = workspace.run(&arguments);
        assert_eq!(output.code, Some(0), "{output:?}");
        let hit = output.json()["hits"][0].clone();
        (hit["language"].clone(), hit["kind"].clone(), output.stderr)
    };
    let (language, kind, notes) = search("COMPILER_FLAGS");
    assert_eq!((language, kind), ("starlark".into(), "constant".into()));
    assert!(
        notes.contains("go/tags.scm:1: the grammar has no node no_such_node"),
        "{notes}"
    );
    let (language, kind, _) = search("total_price");
    assert_eq!((language, kind), ("php".into(), "function".into()));
    let output = workspace.run(&["search", "x", "--language", "php"]);
    assert_refused(&output, "GLOB=LANGUAGE");
}
