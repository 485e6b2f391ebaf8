//! Ranking over a corpus of our own: a floor under the mean reciprocal rank of each kind of query, and the committed rank of
//! every query, so that a change of any rank shows in the diff. `tests/ranking/README.md` says how to read a failure.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;
use symseek_tests::{EvalServer, repository};

/// Legs asked, in the columns of `ranks.tsv`.
const MODES: [&str; 3] = ["full", "lexical", "vector"];

/// Kind of query, and the least mean reciprocal rank of each mode; about .05 below what was measured.
const FLOORS: [(&str, [f64; 3]); 5] = [
    ("error", [0.85, 0.88, 0.75]),
    ("callers", [0.95, 0.45, 0.30]),
    ("symbol", [0.90, 0.95, 0.85]),
    ("commit", [0.88, 0.87, 0.62]),
    ("behaviour", [0.68, 0.63, 0.46]),
];

struct Judged {
    kind: String,
    query: String,
    targets: Vec<Target>,
}

/// A symbol of a file, or the file.
struct Target {
    path: String,
    name: Option<String>,
}

impl Target {
    fn is(&self, result: &Value) -> bool {
        result["path"] == *self.path
            && self
                .name
                .as_ref()
                .is_none_or(|name| result["name"] == **name)
    }
}

fn folder() -> PathBuf {
    repository().join("tests/ranking")
}

fn judged() -> Vec<Judged> {
    let text = std::fs::read_to_string(folder().join("truth.tsv")).expect("truth.tsv is committed");
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| {
        let [kind, query, targets] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("not three columns: {line:?}")
        };
        let targets = targets
            .split(' ')
            .map(|target| match target.split_once('#') {
                Some((path, name)) => Target {
                    path: path.to_owned(),
                    name: Some(name.to_owned()),
                },
                None => Target {
                    path: target.to_owned(),
                    name: None,
                },
            });
        Judged {
            kind: kind.to_owned(),
            query: query.to_owned(),
            targets: targets.collect(),
        }
    })
    .collect()
}

/// The first rank, from 1, at which a target stands, among the first thirty.
fn rank(judged: &Judged, answer: &Value) -> Option<usize> {
    let results = answer["results"].as_array().expect("results are a list");
    let at = results
        .iter()
        .position(|result| judged.targets.iter().any(|target| target.is(result)));
    at.map(|at| at + 1)
}

#[test]
fn every_target_exists() {
    for judged in judged() {
        assert!(
            FLOORS.iter().any(|(kind, _)| *kind == judged.kind),
            "unknown kind {:?}",
            judged.kind
        );
        for target in &judged.targets {
            let text = std::fs::read_to_string(folder().join("corpus").join(&target.path))
                .unwrap_or_else(|error| panic!("{}: {error}", target.path));
            if let Some(name) = &target.name {
                let defined = ["fn ", "struct ", "def ", "class "].iter().any(|word| {
                    text.match_indices(&format!("{word}{name}"))
                        .any(|(at, found)| {
                            !text[at + found.len()..]
                                .starts_with(|c: char| c.is_alphanumeric() || c == '_')
                        })
                });
                assert!(defined, "{} defines no {name}", target.path);
            }
        }
    }
}

#[test]
fn no_rank_changes_unseen_and_no_kind_falls_below_its_floor() {
    let judged = judged();
    let ranks: Vec<Vec<Option<usize>>> = MODES
        .iter()
        .map(|mode| {
            let mut server = EvalServer::start(&folder().join("corpus"), &["--mode", mode]);
            judged
                .iter()
                .map(|judged| rank(judged, &server.ask(judged.query.as_bytes())))
                .collect()
        })
        .collect();

    let mut table = String::from(
        "# First rank of a target, by the legs asked; - is none in thirty. Made by UPDATE_RANKS=1.\n",
    );
    let _ = writeln!(table, "kind\tquery\t{}", MODES.join("\t"));
    let mut sums: BTreeMap<&str, (usize, [f64; 3])> = BTreeMap::new();
    for (at, judged) in judged.iter().enumerate() {
        let _ = write!(table, "{}\t{}", judged.kind, judged.query);
        let (n, sum) = sums.entry(&judged.kind).or_default();
        *n += 1;
        for (mode, ranks) in ranks.iter().enumerate() {
            let _ = write!(
                table,
                "\t{}",
                ranks[at].map_or_else(|| "-".to_owned(), |rank| rank.to_string())
            );
            sum[mode] += ranks[at].map_or(0.0, |rank| 1.0 / rank as f64);
        }
        table.push('\n');
    }

    let mut low = Vec::new();
    for (kind, floors) in FLOORS {
        let (n, sum) = sums[kind];
        for (mode, floor) in floors.into_iter().enumerate() {
            let mrr = sum[mode] / n as f64;
            if mrr < floor {
                low.push(format!(
                    "{kind}, {}: MRR {mrr:.3} below {floor}",
                    MODES[mode]
                ));
            }
        }
    }
    assert!(low.is_empty(), "{}\n\n{table}", low.join("\n"));

    let path = folder().join("ranks.tsv");
    if std::env::var_os("UPDATE_RANKS").is_some() {
        std::fs::write(&path, &table).unwrap();
        return;
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let changed: Vec<String> = known
        .lines()
        .zip(table.lines())
        .filter(|(old, new)| old != new)
        .map(|(old, new)| format!("- {old}\n+ {new}"))
        .collect();
    assert!(
        known == table,
        "ranks changed; if you meant to, run again with UPDATE_RANKS=1 and commit tests/ranking/ranks.tsv\n{}",
        changed.join("\n")
    );
}
