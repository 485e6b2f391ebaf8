//! The graph against the scan: recall, filters, storage, limits.

use super::*;

fn build(parts: &[Arc<RowsPart>], live: &LiveSet, threads: usize) -> Hnsw {
    let options = HnswOptions {
        threads,
        ..HnswOptions::default()
    };
    Hnsw::build(parts, live, options, &Cancel::new(), &|_, _| ()).unwrap()
}

fn mean_recall(exact: &[VectorBase<'_>], graph: &[VectorBase<'_>], queries: &[Embedding]) -> f64 {
    let of = |query| {
        recall(
            &keys(&find(exact, query, 10, NEVER)),
            &keys(&find(graph, query, 10, 0)),
            10,
        )
    };
    queries.iter().map(of).sum::<f64>() / queries.len() as f64
}

#[test]
fn the_graph_finds_what_the_scan_finds() {
    for (seed, threads) in [(1, 1), (2, 2)] {
        let dir = tempfile::tempdir().unwrap();
        let mut rows = clustered(seed, 3_100, 256);
        let queries = rows.split_off(3_000);
        let (parts, mut live) = write_parts(dir.path(), &rows, &[1_000, 1_500, 500]);
        // The last part is newer than the graph.
        let graph = build(&parts[..2], &live, threads);
        assert_eq!((graph.len(), graph.n_missing(&parts)), (2_500, 500));
        live.remove_range(ChunkKey(100), 200);
        assert_eq!(graph.n_dead(&live), 200);
        let exact = one_base(&parts, &live, None);
        let base = one_base(&parts, &live, Some(&graph));
        let recall = mean_recall(&exact, &base, &queries);
        assert!(recall >= 0.98, "recall@10 is {recall}, seed {seed}");
        // A hit has the same similarity whichever way it was found.
        assert_eq!(
            find(&exact, &queries[0], 1, NEVER),
            find(&base, &queries[0], 1, 0)
        );
        assert!(
            find(&base, &rows[150], 50, 0)
                .iter()
                .all(|hit| live.contains(hit.key))
        );
    }
}

#[test]
fn a_filter_is_applied_inside_the_graph() {
    let dir = tempfile::tempdir().unwrap();
    let rows = clustered(4, 2_000, 64);
    let (parts, live) = write_parts(dir.path(), &rows, &[2_000]);
    let graph = build(&parts, &live, 2);
    for (modulus, threshold) in [(3, 0), (50, 0), (50, 100)] {
        let accept = |_: Option<usize>, key: ChunkKey| key.0 % modulus == 1;
        let run = |graph, threshold| {
            let bases = one_base(&parts, &live, graph);
            search_above(
                threshold,
                VectorView {
                    bases: &bases,
                    memory: &[],
                },
                &rows[7],
                &accept,
                10,
                &Cancel::new(),
            )
            .unwrap()
        };
        let (exact, found) = (run(None, NEVER), run(Some(&graph), threshold));
        assert_eq!(found.len(), exact.len());
        assert!(recall(&keys(&exact), &keys(&found), 10) >= 0.9);
    }
}

#[test]
fn a_view_answers_like_its_graph_and_is_promoted_by_a_write() {
    let dir = tempfile::tempdir().unwrap();
    let rows = clustered(6, 1_500, 64);
    let (parts, live) = write_parts(dir.path(), &rows, &[1_000, 500]);
    let graph = build(&parts[..1], &live, 1);
    let path = dir.path().join("graph.hnsw");
    graph.save(&path).unwrap();
    let mut view = Hnsw::open(&path).unwrap();
    assert!(view.is_view() && !graph.is_view());
    assert_eq!((view.len(), view.dims(), view.model()), (1_000, 64, MODEL));
    let answer = |graph: &Hnsw| find(&one_base(&parts, &live, Some(graph)), &rows[3], 20, 0);
    assert_eq!(answer(&view), answer(&graph));
    drop(graph);

    let before = std::fs::read(&path).unwrap();
    let none = view
        .extend(
            &parts[..1],
            &live,
            HnswOptions::default(),
            &Cancel::new(),
            &|_, _| (),
        )
        .unwrap();
    assert_eq!(
        (none, view.is_view()),
        (0, true),
        "nothing to write, nothing to load"
    );
    let total = std::sync::atomic::AtomicUsize::new(0);
    let count = |done: usize, of: usize| {
        assert!(done <= of);
        total.fetch_max(done, std::sync::atomic::Ordering::Relaxed);
    };
    let added = view
        .extend(
            &parts,
            &live,
            HnswOptions::default(),
            &Cancel::new(),
            &count,
        )
        .unwrap();
    assert_eq!(
        (added, view.len(), view.is_view(), view.n_missing(&parts)),
        (500, 1_500, false, 0)
    );
    assert_eq!(total.into_inner(), 500);
    assert_eq!(
        std::fs::read(&path).unwrap(),
        before,
        "the file of a view is never written"
    );
    let exact = one_base(&parts, &live, None);
    let recall = mean_recall(
        &exact,
        &one_base(&parts, &live, Some(&view)),
        &rows[1_400..],
    );
    assert!(recall >= 0.98, "recall@10 is {recall}");

    view.save(&path).unwrap();
    assert_eq!(answer(&Hnsw::open(&path).unwrap()), answer(&view));
}

#[test]
fn limits_and_damage_of_graphs_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let rows = clustered(8, 1_200, 16);
    let (parts, live) = write_parts(dir.path(), &rows, &[600, 600]);
    let options = HnswOptions {
        threads: 1,
        cap: 1_000,
    };
    let over = Hnsw::build(&parts, &live, options, &Cancel::new(), &|_, _| ());
    assert!(matches!(
        over,
        Err(VectorError::OverCap {
            wanted: 1_200,
            cap: 1_000
        })
    ));
    let none = Hnsw::build(
        &parts,
        &LiveSet::default(),
        options,
        &Cancel::new(),
        &|_, _| (),
    );
    assert!(matches!(none, Err(VectorError::Empty)));
    let mut graph = Hnsw::build(&parts[..1], &live, options, &Cancel::new(), &|_, _| ()).unwrap();
    let over = graph.extend(&parts, &live, options, &Cancel::new(), &|_, _| ());
    assert!(matches!(over, Err(VectorError::OverCap { .. })));
    assert_eq!(graph.len(), 600);
    // Cancelled half-way: what was added counts, nothing is lost.
    let cancel = Cancel::new();
    let stop = |done: usize, _: usize| {
        if done >= 256 {
            cancel.cancel();
        }
    };
    let roomy = HnswOptions {
        threads: 1,
        cap: 10_000,
    };
    let outcome = graph.extend(&parts, &live, roomy, &cancel, &stop);
    assert!(matches!(outcome, Err(VectorError::Cancelled(_))));
    assert_eq!((graph.len(), graph.n_missing(&parts)), (856, 344));

    let path = dir.path().join("graph.hnsw");
    graph.save(&path).unwrap();
    let good = std::fs::read(&path).unwrap();
    for len in [0, 63, 64, good.len() / 2, good.len() - 1] {
        std::fs::write(&path, &good[..len]).unwrap();
        assert!(Hnsw::open(&path).is_err(), "truncated to {len}");
    }
    for at in (0..good.len())
        .step_by(997)
        .chain(good.len() - 64..good.len())
    {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(Hnsw::open(&path).is_err(), "flipped a bit of byte {at}");
    }
}

#[test]
#[should_panic(expected = "a broken filter")]
fn a_panic_in_a_filter_crosses_the_graph() {
    let dir = tempfile::tempdir().unwrap();
    let rows = clustered(9, 100, 16);
    let (parts, live) = write_parts(dir.path(), &rows, &[100]);
    let graph = build(&parts, &live, 1);
    let _ = graph.candidates(rows[0].as_slice(), 10, |_| panic!("a broken filter"));
}

#[test]
fn more_searches_at_once_than_the_graph_has_contexts() {
    let dir = tempfile::tempdir().unwrap();
    let rows = clustered(9, 500, 16);
    let (parts, live) = write_parts(dir.path(), &rows, &[500]);
    let graph = build(&parts, &live, 1);
    let bases = one_base(&parts, &live, Some(&graph));
    let expected = find(&bases, &rows[0], 3, NEVER);
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| assert_eq!(find(&bases, &rows[0], 3, 0), expected));
        }
    });
}
