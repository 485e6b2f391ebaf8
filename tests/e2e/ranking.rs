//! Ranking over two corpora, a small one of our own and the sources of crates that this project is built from: a floor under
//! the mean reciprocal rank of each kind of query, and the committed rank of every query, so that a change of any rank shows
//! in the diff. `tests/ranking/README.md` says how to read a failure.

mod dependencies;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use symseek_tests::{EvalServer, repository};

/// Legs asked, in the columns of `ranks.tsv`.
const MODES: [&str; 3] = ["full", "lexical", "vector"];

/// Queries of a kind, at least: fewer say little about it.
const LEAST_QUERIES: usize = 11;

/// Judged queries over one folder.
struct Corpus {
    /// Where `truth.tsv` and `ranks.tsv` lie.
    folder: &'static str,
    /// Kind of query, and the least mean reciprocal rank of each mode; about .05 below what was measured.
    floors: &'static [(&'static str, [f64; 3])],
}

const OWN: Corpus = Corpus {
    folder: "tests/ranking",
    floors: &[
        ("error", [0.85, 0.88, 0.75]),
        ("callers", [0.95, 0.45, 0.30]),
        ("symbol", [0.90, 0.95, 0.85]),
        ("commit", [0.88, 0.87, 0.62]),
        ("behaviour", [0.68, 0.63, 0.46]),
    ],
};

const DEPENDENCIES: Corpus = Corpus {
    folder: "tests/ranking/dependencies",
    floors: &[
        ("error", [0.92, 0.84, 0.37]),
        ("callers", [0.95, 0.95, 0.26]),
        ("placed", [0.95, 0.95, 0.19]),
        ("symbol", [0.95, 0.95, 0.90]),
        ("hump", [0.91, 0.91, 0.36]),
        ("qualified", [0.95, 0.95, 0.19]),
        ("fragment", [0.95, 0.95, 0.60]),
        ("path", [0.91, 0.95, 0.70]),
        ("mixture", [0.74, 0.81, 0.55]),
        ("tests", [0.86, 0.86, 0.62]),
        ("implementations", [0.95, 0.95, 0.64]),
        ("commit", [0.68, 0.60, 0.46]),
        ("behaviour", [0.30, 0.15, 0.20]),
    ],
};

#[test]
fn every_target_of_our_own_corpus_exists() {
    OWN.check_truth(&own_root());
}

#[test]
fn every_target_in_the_dependencies_exists() {
    DEPENDENCIES.check_truth(&dependencies::workspace().root());
}

#[test]
fn our_own_corpus_no_rank_changes_unseen_and_no_kind_falls_below_its_floor() {
    OWN.check_ranks(&own_root());
}

#[test]
fn dependencies_no_rank_changes_unseen_and_no_kind_falls_below_its_floor() {
    DEPENDENCIES.check_ranks(&dependencies::workspace().root());
}

fn own_root() -> PathBuf {
    repository().join("tests/ranking/corpus")
}

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

    /// Whether the file is there and defines the symbol, or implements a trait for it.
    fn exists(&self, root: &Path) -> bool {
        let Ok(text) = std::fs::read_to_string(root.join(&self.path)) else {
            return false;
        };
        let Some(name) = &self.name else {
            return true;
        };
        let defined = [
            "fn ", "struct ", "enum ", "trait ", "type ", "def ", "class ",
        ]
        .iter()
        .any(|word| {
            text.match_indices(&format!("{word}{name}"))
                .any(|(at, found)| {
                    !text[at + found.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
                })
        });
        defined
            || text.split(" for ").skip(1).any(|rest| {
                let of = rest.split([' ', '\n', '<', '{']).next();
                of.and_then(|of| of.rsplit("::").next()) == Some(name)
            })
    }
}

impl Corpus {
    fn judged(&self) -> Vec<Judged> {
        let path = repository().join(self.folder).join("truth.tsv");
        let text = std::fs::read_to_string(path).expect("truth.tsv is committed");
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

    /// Every target exists, no query stands twice, and there are enough of each kind and none of another.
    fn check_truth(&self, root: &Path) {
        let mut queries = BTreeSet::new();
        let mut n_queries: BTreeMap<&str, usize> =
            self.floors.iter().map(|(kind, _)| (*kind, 0)).collect();
        let mut wrong = Vec::new();
        let judged = self.judged();
        for judged in &judged {
            match n_queries.get_mut(&*judged.kind) {
                Some(n) => *n += 1,
                None => wrong.push(format!("unknown kind {:?}", judged.kind)),
            }
            if !queries.insert(&judged.query) {
                wrong.push(format!("stands twice: {:?}", judged.query));
            }
            for target in judged.targets.iter().filter(|target| !target.exists(root)) {
                let name = target.name.as_deref().unwrap_or_default();
                wrong.push(format!("no {}#{name}: {:?}", target.path, judged.query));
            }
        }
        for (kind, n) in n_queries {
            if n < LEAST_QUERIES {
                wrong.push(format!("{n} queries of kind {kind}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn check_ranks(&self, root: &Path) {
        let judged = self.judged();
        let scores: Vec<Vec<Score>> = MODES
            .iter()
            .map(|mode| {
                let mut server = EvalServer::start(root, &["--mode", mode]);
                judged
                    .iter()
                    .map(|judged| Score::of(judged, &server.ask(judged.query.as_bytes())))
                    .collect()
            })
            .collect();

        let mut table = String::from(
            "# First rank of a target, by the legs asked; - is none in thirty. Made by UPDATE_RANKS=1.\n",
        );
        let _ = writeln!(table, "kind\tquery\t{}", MODES.join("\t"));
        for (at, judged) in judged.iter().enumerate() {
            let _ = write!(table, "{}\t{}", judged.kind, judged.query);
            for scores in &scores {
                let rank = scores[at].rank;
                let rank = rank.map_or_else(|| "-".to_owned(), |rank| rank.to_string());
                let _ = write!(table, "\t{rank}");
            }
            table.push('\n');
        }

        table.push_str("# Means: kind, queries, reciprocal rank and NDCG@10 of each mode.\n");
        let mut low = Vec::new();
        for (kind, floors) in self.floors {
            let of_kind: Vec<usize> = (0..judged.len())
                .filter(|at| judged[*at].kind == *kind)
                .collect();
            let mean = |mode: usize, of: fn(&Score) -> f64| {
                let sum: f64 = of_kind.iter().map(|at| of(&scores[mode][*at])).sum();
                sum / of_kind.len() as f64
            };
            let _ = write!(table, "# {kind}\t{}", of_kind.len());
            for (mode, floor) in floors.iter().enumerate() {
                let reciprocal_rank = mean(mode, Score::reciprocal_rank);
                let ndcg = mean(mode, |score| score.ndcg);
                let _ = write!(table, "\t{reciprocal_rank:.3} {ndcg:.3}");
                if reciprocal_rank < *floor {
                    low.push(format!(
                        "{kind}, {}: MRR {reciprocal_rank:.3} below {floor}",
                        MODES[mode]
                    ));
                }
            }
            table.push('\n');
        }
        assert!(low.is_empty(), "{}\n\n{table}", low.join("\n"));

        let path = repository().join(self.folder).join("ranks.tsv");
        if std::env::var_os("UPDATE_RANKS").is_some() {
            std::fs::write(&path, &table).expect("the checkout is writable");
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
            "ranks changed; if you meant to, run again with UPDATE_RANKS=1 and commit {}/ranks.tsv\n{}",
            self.folder,
            changed.join("\n")
        );
    }
}

/// How well one query was answered.
struct Score {
    /// The first rank, from 1, at which a target stands, among the first thirty.
    rank: Option<usize>,
    /// Of the first ten; each target counts once, all the same.
    ndcg: f64,
}

impl Score {
    fn of(judged: &Judged, answer: &Value) -> Self {
        let results = answer["results"].as_array().expect("results are a list");
        let mut found = BTreeSet::new();
        let mut score = Self {
            rank: None,
            ndcg: 0.0,
        };
        for (at, result) in results.iter().enumerate() {
            let Some(target) = judged.targets.iter().position(|target| target.is(result)) else {
                continue;
            };
            score.rank.get_or_insert(at + 1);
            if at < 10 && found.insert(target) {
                score.ndcg += discount(at);
            }
        }
        score.ndcg /= (0..judged.targets.len().min(10)).map(discount).sum::<f64>();
        score
    }

    fn reciprocal_rank(&self) -> f64 {
        self.rank.map_or(0.0, |rank| 1.0 / rank as f64)
    }
}

/// What a target is worth at this place, counted from 0.
fn discount(at: usize) -> f64 {
    1.0 / (at as f64 + 2.0).log2()
}
