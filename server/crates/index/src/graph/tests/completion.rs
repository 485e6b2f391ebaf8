//! The name index against a plain reading of its rules.

use super::layers::facts_of;
use super::*;
use proptest::prelude::*;

fn world(names: &[&str]) -> FileGraph {
    let symbols: Vec<_> = names
        .iter()
        .map(|name| ((*name).to_owned(), None))
        .collect();
    FileGraph::new(&facts_of(&symbols, &[], &[]))
}

fn complete(graph: &FileGraph, pattern: &str, limit: usize) -> Vec<(String, MatchClass)> {
    let view = GraphView {
        bases: &[],
        memory: &[(FileKey(0), graph)],
    };
    let hits = view
        .complete(pattern, limit, &|_| true, &Cancel::new())
        .unwrap();
    hits.iter()
        .map(|hit| (hit.name.to_string(), hit.class))
        .collect()
}

#[track_caller]
fn check(names: &[&str], pattern: &str, expected: &[&str]) {
    let found: Vec<String> = complete(&world(names), pattern, 50)
        .into_iter()
        .map(|(name, class)| format!("{name} {class:?}"))
        .collect();
    assert_eq!(found, expected, "{pattern}");
}

#[test]
fn classes_in_order() {
    check(
        &[
            "poll",
            "Poll",
            "poll_next",
            "poll_read_ready",
            "park_on_lot_lock",
            "interval_poll",
            "p_o_l_l_x",
            "unrelated",
        ],
        "poll",
        &[
            "poll Exact",
            "Poll ExactIgnoringCase",
            "poll_next Prefix",
            "poll_read_ready Prefix",
            "park_on_lot_lock Hump",
            "p_o_l_l_x Hump",
            "interval_poll Substring",
        ],
    );
}

#[test]
fn humps() {
    let names = [
        "poll_next",
        "HashMap",
        "hash_map",
        "pin",
        "spawn_named",
        "LinkedHashMap",
    ];
    check(&names, "pn", &["poll_next Hump"]);
    check(&names, "PoNe", &["poll_next Hump"]);
    check(
        &names,
        "HM",
        &["HashMap Hump", "hash_map Hump", "LinkedHashMap Hump"],
    );
    check(
        &names,
        "ha_ma",
        &["HashMap Hump", "hash_map Hump", "LinkedHashMap Hump"],
    );
}

#[test]
fn typing_errors() {
    check(
        &["token", "tokenize", "broken"],
        "tokne",
        &["token Fuzzy", "tokenize Fuzzy"],
    );
    check(
        &["connection", "collection"],
        "conection",
        &["connection Fuzzy", "collection Fuzzy"],
    );
    check(&["deserialize"], "desirialise", &["deserialize Fuzzy"]);
    check(&["abc"], "abd", &[]);
}

#[test]
fn wildcards_words_and_containers() {
    let mut symbols: Vec<(String, Option<usize>)> =
        vec![("Interval".into(), None), ("Sleep".into(), None)];
    symbols.push(("poll_tick".into(), Some(0)));
    let mut facts = facts_of(&symbols, &[], &[]);
    facts.symbols[2].container = Some(SymbolIdx(0));
    facts.symbols[2].qualified = "Interval::poll_tick".into();
    let graph = FileGraph::new(&facts);
    let names = |pattern: &str| {
        complete(&graph, pattern, 50)
            .into_iter()
            .map(|it| it.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(names("Interval::poll"), ["poll_tick"]);
    assert_eq!(names("interval.pt"), ["poll_tick"]);
    assert_eq!(names("Interval::"), ["poll_tick"]);
    assert_eq!(names("Sleep::poll"), Vec::<String>::new());
    assert_eq!(names("tick interval"), ["poll_tick"]);
    assert_eq!(names("p*k"), ["poll_tick"]);
    assert_eq!(names("?leep"), ["Sleep"]);
    assert_eq!(names("::"), Vec::<String>::new());
    assert_eq!(names("  "), Vec::<String>::new());
}

#[test]
fn module_paths_match_with_a_source() {
    let world = World::parse(
        "//- /src/net/tcp.rs\npub struct Stream;\n//- /src/fs.rs\npub struct Stream;\n",
        In::Part,
    );
    let ask = |pattern: &str| {
        let query = NameQuery {
            pattern,
            limit: 9,
            accept: &|_| true,
            source: Some(&world),
        };
        let hits = world.with(|view| view.complete_query(&query, &Cancel::new()).unwrap());
        hits.iter()
            .map(|hit| world.show(hit.symbol))
            .collect::<Vec<_>>()
    };
    assert_eq!(ask("tcp::Stream"), ["src/net/tcp.rs#Stream"]);
    assert_eq!(ask("net::Stream"), ["src/net/tcp.rs#Stream"]);
    assert_eq!(ask("fs::Str"), ["src/fs.rs#Stream"]);
}

#[test]
fn groups_of_equals_are_whole() {
    let graph = world(&["new", "new", "new", "newer"]);
    assert_eq!(complete(&graph, "new", 1).len(), 3);
    assert_eq!(complete(&graph, "new", 4).len(), 4);
    assert_eq!(complete(&graph, "new", 0).len(), 0);
}

/// The class by the words of its documentation, without masks, bits or binary search. ASCII only.
fn naive(pattern: &str, name: &str) -> Option<MatchClass> {
    let (p, n) = (pattern.to_lowercase(), name.to_lowercase());
    if name == pattern {
        return Some(MatchClass::Exact);
    }
    if n == p {
        return Some(MatchClass::ExactIgnoringCase);
    }
    if n.starts_with(&p) {
        return Some(MatchClass::Prefix);
    }
    if naive_humps(pattern, name) {
        return Some(MatchClass::Hump);
    }
    if n.contains(&p) {
        return Some(MatchClass::Substring);
    }
    let edits = match p.len() {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    };
    let typo = edits > 0
        && (0..=n.len()).any(|end| alignment(p.as_bytes(), &n.as_bytes()[..end]) <= edits);
    (typo || naive_subsequence(p.as_bytes(), n.as_bytes())).then_some(MatchClass::Fuzzy)
}

fn hump_starts(name: &str) -> Vec<usize> {
    let b = name.as_bytes();
    (0..b.len())
        .filter(|&i| {
            b[i].is_ascii_alphanumeric()
                && (i == 0
                    || !b[i - 1].is_ascii_alphanumeric()
                    || (b[i].is_ascii_uppercase()
                        && (!b[i - 1].is_ascii_uppercase()
                            || b.get(i + 1).is_some_and(u8::is_ascii_lowercase))))
        })
        .collect()
}

fn naive_humps(pattern: &str, name: &str) -> bool {
    fn go(p: &[(u8, bool)], n: &[u8], starts: &[usize], at: usize, pieces: usize) -> bool {
        let Some(&(letter, forced)) = p.first() else {
            return pieces >= 2;
        };
        let contiguous = pieces > 0
            && !forced
            && n.get(at) == Some(&letter)
            && go(&p[1..], n, starts, at + 1, pieces);
        contiguous
            || starts
                .iter()
                .any(|&s| s >= at && n[s] == letter && go(&p[1..], n, starts, s + 1, pieces + 1))
    }
    let mut letters = Vec::new();
    let mut after = false;
    for c in pattern.bytes() {
        if c == b'_' {
            after = true;
            continue;
        }
        letters.push((c.to_ascii_lowercase(), after || c.is_ascii_uppercase()));
        after = false;
    }
    letters.len() >= 2
        && go(
            &letters,
            name.to_lowercase().as_bytes(),
            &hump_starts(name),
            0,
            0,
        )
}

/// The whole matrix.
fn alignment(a: &[u8], b: &[u8]) -> usize {
    let mut d = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            d[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let mut best = (d[i - 1][j] + 1)
                    .min(d[i][j - 1] + 1)
                    .min(d[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(d[i - 2][j - 2] + 1);
                }
                best
            };
        }
    }
    d[a.len()][b.len()]
}

fn naive_subsequence(p: &[u8], n: &[u8]) -> bool {
    if p.len() < 3 {
        return false;
    }
    let is_in = |n: &[u8]| {
        let mut n = n.iter();
        p.iter().all(|c| n.any(|x| x == c))
    };
    let Some(end) = (0..=n.len()).find(|&end| is_in(&n[..end])) else {
        return false;
    };
    let mut places = Vec::new();
    let mut at = end;
    for c in p.iter().rev() {
        at = n[..at].iter().rposition(|x| x == c).unwrap();
        places.push(at);
    }
    places.reverse();
    let runs = 1 + places.windows(2).filter(|w| w[1] != w[0] + 1).count();
    runs <= 1 + p.len() / 2 && places[p.len() - 1] + 1 - places[0] <= 3 * p.len() + 4
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_match_is_found_in_its_class(
        names in proptest::collection::btree_set("[abcABC]{1,4}(_?[abcABC]{1,5}){0,2}", 0..40),
        pattern in "[abcABC]{1,3}(_?[abcABC]{1,6})?",
    ) {
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        let graph = world(&all);
        let found = complete(&graph, &pattern, 1000);
        let mut expected: Vec<(MatchClass, String)> = all
            .iter()
            .filter_map(|name| Some((naive(&pattern, name)?, (*name).to_owned())))
            .collect();
        expected.sort();
        let mut sorted: Vec<_> = found.iter().map(|(name, class)| (*class, name.clone())).collect();
        prop_assert!(sorted.is_sorted_by_key(|it| it.0));
        sorted.sort();
        prop_assert_eq!(sorted, expected);
        // A limit cuts the same ranking.
        for limit in [1, 3, 10] {
            let cut = complete(&graph, &pattern, limit);
            prop_assert_eq!(&cut[..], &found[..limit.min(found.len())]);
        }
    }
}
