//! The leg against naive references: exact where it scans, recall where it does not.

mod graph;

use super::search::search_above;
use super::*;
use crate::part::PartError;
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;
use symseek_base::{BadVector, Cancel, ChunkKey, ContentHash, Embedding, LiveSet};

const MODEL: ContentHash = ContentHash(7);
const ALL: &dyn Fn(Option<usize>, ChunkKey) -> bool = &|_, _| true;
const NEVER: usize = usize::MAX;

/// SplitMix64: seeds make vectors, on every machine the same.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Roughly normal.
    fn normal(&mut self) -> f32 {
        (0..4)
            .map(|_| (self.next() >> 40) as f32 / (1u64 << 24) as f32 - 0.5)
            .sum()
    }

    fn vector(&mut self, dims: usize) -> Vec<f32> {
        (0..dims).map(|_| self.normal()).collect()
    }
}

/// `n` vectors around `n / 50` centres.
fn clustered(seed: u64, n: usize, dims: usize) -> Vec<Embedding> {
    let mut random = Random(seed);
    let centres: Vec<_> = (0..n.div_ceil(50)).map(|_| random.vector(dims)).collect();
    (0..n)
        .map(|_| {
            let centre = &centres[random.next() as usize % centres.len()];
            let noisy = centre.iter().map(|x| x + 0.7 * random.normal()).collect();
            Embedding::normalised(noisy).unwrap()
        })
        .collect()
}

fn write_part(path: &Path, rows: &[(u64, &Embedding)]) -> Arc<RowsPart> {
    let mut writer = RowsWriter::create(path, rows[0].1.dims(), MODEL).unwrap();
    for &(key, row) in rows {
        writer.push(ChunkKey(key), row).unwrap();
    }
    let written = writer.finish().unwrap();
    let part = RowsPart::open(path).unwrap();
    assert_eq!(written.n_rows, part.n_rows());
    assert_eq!(written.checksum, part.checksum());
    Arc::new(part)
}

/// Splits rows `0..` into parts of the given sizes, all live.
fn write_parts(dir: &Path, rows: &[Embedding], sizes: &[usize]) -> (Vec<Arc<RowsPart>>, LiveSet) {
    let (mut parts, mut first) = (Vec::new(), 0);
    for &size in sizes {
        let slice: Vec<_> = (first..first + size)
            .map(|i| (i as u64, &rows[i]))
            .collect();
        parts.push(write_part(&dir.join(format!("{first}.rows")), &slice));
        first += size;
    }
    let mut live = LiveSet::default();
    live.insert_range(ChunkKey(0), first as u32);
    (parts, live)
}

fn keys(hits: &[VectorHit]) -> Vec<u64> {
    hits.iter().map(|hit| hit.key.0).collect()
}

fn one_base<'a>(
    parts: &'a [Arc<RowsPart>],
    live: &'a LiveSet,
    graph: Option<&'a Hnsw>,
) -> [VectorBase<'a>; 1] {
    [VectorBase { parts, live, graph }]
}

fn find(
    bases: &[VectorBase<'_>],
    query: &Embedding,
    limit: usize,
    threshold: usize,
) -> Vec<VectorHit> {
    let view = VectorView { bases, memory: &[] };
    search_above(threshold, view, query, ALL, limit, &Cancel::new()).unwrap()
}

/// Share of the first `k` of `truth` found among the first `k` of `found`.
fn recall(truth: &[u64], found: &[u64], k: usize) -> f64 {
    let hit = truth
        .iter()
        .take(k)
        .filter(|&key| found.iter().take(k).any(|f| f == key));
    hit.count() as f64 / k.min(truth.len()) as f64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Scores every row, sorts, cuts: what the scan must equal, ties and filters included.
    #[test]
    fn scan_equals_the_naive_reference(
        seed in any::<u64>(),
        dims in prop_oneof![Just(1usize), Just(3), Just(31), Just(64), Just(256)],
        n in 1usize..200,
        n_memory in 0usize..20,
        limit in 0usize..40,
        dead in 0u64..7,
        refused in 0u64..7,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut rows = clustered(seed, n + n_memory, dims);
        for i in (0..rows.len()).step_by(3) {
            rows[i] = rows[i / 2].clone();
        }
        let (parts, mut live) = write_parts(dir.path(), &rows[..n], &[n / 2 + 1, n - n / 2 - 1][..=usize::from(n > n / 2 + 1)]);
        for key in 0..n as u64 {
            if dead > 0 && key % 7 == dead { live.remove_range(ChunkKey(key), 1); }
        }
        let quantised: Vec<_> = rows.iter().map(QuantisedRow::new).collect();
        let memory: Vec<_> = (n..rows.len()).map(|i| (ChunkKey(ChunkKey::FIRST_MEMORY.0 + i as u64), &quantised[i])).collect();
        let accept = |_: Option<usize>, key: ChunkKey| refused == 0 || key.0 % 11 != refused;
        let query = clustered(seed ^ 1, 1, dims).remove(0);

        let q = QuantisedRow::new(&query);
        let mut naive: Vec<VectorHit> = (0..n)
            .filter(|&i| live.contains(ChunkKey(i as u64)))
            .map(|i| (Some(0), ChunkKey(i as u64), &quantised[i]))
            .chain(memory.iter().map(|&(key, row)| (None, key, row)))
            .filter(|&(base, key, _)| accept(base, key))
            .map(|(base, key, row)| VectorHit { base, key, similarity: naive_cosine(&q, row) })
            .collect();
        naive.sort_by(|a, b| b.similarity.total_cmp(&a.similarity)
            .then(a.base.unwrap_or(9).cmp(&b.base.unwrap_or(9))).then(a.key.cmp(&b.key)));
        if limit == 0 { naive.clear(); }
        if let Some(border) = naive.get(limit.saturating_sub(1)).map(|hit| hit.similarity) {
            naive.retain(|hit| hit.similarity >= border);
        }

        let bases = one_base(&parts, &live, None);
        let hits = search(VectorView { bases: &bases, memory: &memory }, &query, &accept, limit, &Cancel::new()).unwrap();
        prop_assert_eq!(hits, naive);
    }

    #[test]
    fn merging_keeps_live_rows_and_drops_dead_ones(seed in any::<u64>(), n in 2usize..120, cut in 1usize..100, modulus in 2u64..6) {
        let dir = tempfile::tempdir().unwrap();
        let rows = clustered(seed, n, 16);
        // Parts whose keys interleave.
        let (even, odd): (Vec<_>, Vec<_>) = rows.iter().enumerate().map(|(i, row)| (i as u64, row)).partition(|&(key, _)| key % 2 == 0);
        let parts = [write_part(&dir.path().join("a"), &even), write_part(&dir.path().join("b"), &odd)];
        let mut live = LiveSet::default();
        for key in (0..n.min(cut) as u64).filter(|key| key % modulus != 0) {
            live.insert_range(ChunkKey(key), 1);
        }
        let merged = merge(&parts, &live, &dir.path().join("m"), &Cancel::new()).unwrap();
        let part = Arc::new(RowsPart::open(&dir.path().join("m")).unwrap());
        prop_assert_eq!(merged.part.n_rows, live.len());
        prop_assert_eq!(merged.n_dropped, n - live.len());
        prop_assert!((0..part.n_rows()).all(|row| live.contains(part.key(row))));
        let old = find(&one_base(&parts, &live, None), &rows[0], 10, NEVER);
        let new = find(&one_base(&[part], &live, None), &rows[0], 10, NEVER);
        prop_assert_eq!(old, new);
    }
}

fn naive_cosine(a: &QuantisedRow, b: &QuantisedRow) -> f32 {
    let dot: i32 = a
        .values
        .iter()
        .zip(&b.values)
        .map(|(&x, &y)| i32::from(x) * i32::from(y))
        .sum();
    (dot as f32 * (a.scale * b.scale)).clamp(-1.0, 1.0)
}

#[test]
fn int8_rows_keep_the_neighbours_of_f32() {
    let rows = clustered(3, 4_000, 256);
    let quantised: Vec<_> = rows.iter().map(QuantisedRow::new).collect();
    let queries = clustered(3, 4_100, 256).split_off(4_000);
    let mut total = 0.0;
    let mut worst = 0f32;
    for query in &queries {
        let q = QuantisedRow::new(query);
        let rank = |score: &dyn Fn(usize) -> f32| {
            let mut order: Vec<u64> = (0..rows.len() as u64).collect();
            order.sort_by(|&a, &b| score(b as usize).total_cmp(&score(a as usize)));
            order
        };
        let exact = rank(&|i| query.similarity(&rows[i]));
        total += recall(&exact, &rank(&|i| q.similarity(&quantised[i])), 10);
        for (row, quantised) in rows.iter().zip(&quantised) {
            worst = worst.max((query.similarity(row) - q.similarity(quantised)).abs());
        }
    }
    let recall = total / queries.len() as f64;
    assert!(recall >= 0.98, "recall@10 of int8 against f32 is {recall}");
    assert!(worst < 0.006, "int8 moved a similarity by {worst}");
}

#[test]
fn similarity_is_a_cosine() {
    for row in clustered(5, 20, 256) {
        let row = QuantisedRow::new(&row);
        assert!((row.similarity(&row) - 1.0).abs() < 1e-6);
    }
    let one = QuantisedRow::new(&Embedding::normalised(vec![1.0]).unwrap());
    let two = QuantisedRow::new(&Embedding::normalised(vec![0.0, -3.0]).unwrap());
    assert!(
        (one.similarity(&two)).abs() < f32::EPSILON,
        "other dimensions, no similarity"
    );
    assert_eq!(two.values.as_ref(), [0, -127]);
}

#[test]
fn bad_vectors_are_isolated() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("part");
    let mut writer = RowsWriter::create(&path, 2, MODEL).unwrap();
    let batch = |rows: &[(u64, [f32; 2])]| {
        rows.iter()
            .map(|&(key, raw)| (ChunkKey(key), raw.to_vec()))
            .collect()
    };
    let report = add_batch(
        &mut writer,
        batch(&[
            (5, [f32::NAN, 1.0]),
            (2, [0.0, 0.0]),
            (4, [3.0, 4.0]),
            (3, [f32::INFINITY, 0.0]),
            (1, [1.0, 0.0]),
        ]),
    )
    .unwrap();
    let rejected = vec![
        (ChunkKey(2), BadVector::Zero),
        (ChunkKey(3), BadVector::NotFinite),
        (ChunkKey(5), BadVector::NotFinite),
    ];
    assert_eq!(
        report,
        BatchReport {
            landed: 2,
            rejected
        }
    );
    assert_eq!(
        add_batch(&mut writer, Vec::new()).unwrap(),
        BatchReport::default()
    );
    let all_bad = add_batch(&mut writer, batch(&[(8, [0.0, 0.0]), (9, [f32::NAN, 0.0])]));
    assert!(matches!(all_bad, Err(VectorError::AllRejected(2))));
    let odd = add_batch(&mut writer, vec![(ChunkKey(9), vec![1.0])]);
    assert!(matches!(
        odd,
        Err(VectorError::Dimensions {
            expected: 2,
            found: 1
        })
    ));
    let stale = add_batch(&mut writer, batch(&[(4, [1.0, 0.0])]));
    assert!(matches!(stale, Err(VectorError::KeyOrder { .. })));
    writer.finish().unwrap();
    let part = RowsPart::open(&path).unwrap();
    assert_eq!([part.key(0), part.key(1)], [ChunkKey(1), ChunkKey(4)]);
    assert!(matches!(
        part.check(3, MODEL),
        Err(VectorError::Dimensions { .. })
    ));
    assert!(matches!(
        part.check(2, ContentHash(8)),
        Err(VectorError::Model)
    ));
    part.check(2, MODEL).unwrap();
}

#[test]
fn damaged_parts_are_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let rows = clustered(1, 40, 8);
    let (parts, _) = write_parts(dir.path(), &rows, &[40]);
    let good = std::fs::read(parts[0].path()).unwrap();
    let path = dir.path().join("damaged");
    let open = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        RowsPart::open(&path)
    };
    assert!(open(&good).is_ok());
    for len in [0, 10, 64, good.len() - 1] {
        assert!(open(&good[..len]).is_err(), "truncated to {len}");
    }
    assert!(matches!(
        open(&[&good[..], &[0]].concat()),
        Err(VectorError::Part(PartError::Damaged { .. }))
    ));
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        assert!(open(&bytes).is_err(), "flipped a bit of byte {at}");
    }
    let mut newer = good.clone();
    newer[8] = 2;
    assert!(matches!(
        open(&newer),
        Err(VectorError::Part(PartError::Damaged {
            what: "another format version",
            ..
        }))
    ));
    assert!(matches!(
        RowsPart::open(&dir.path().join("none")),
        Err(VectorError::Part(PartError::Io { .. }))
    ));
}

#[test]
fn an_unfinished_part_leaves_nothing_and_an_empty_one_is_fine() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("part");
    let mut writer = RowsWriter::create(&path, 8, MODEL).unwrap();
    writer.push(ChunkKey(1), &clustered(1, 1, 8)[0]).unwrap();
    drop(writer);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    RowsWriter::create(&path, 8, MODEL)
        .unwrap()
        .finish()
        .unwrap();
    let part = Arc::new(RowsPart::open(&path).unwrap());
    let hits = find(
        &one_base(&[part], &LiveSet::default(), None),
        &clustered(1, 1, 8)[0],
        5,
        0,
    );
    assert_eq!(hits, []);
}

#[test]
fn a_search_can_be_cancelled_and_refuses_other_dimensions() {
    let dir = tempfile::tempdir().unwrap();
    let rows = clustered(1, 100, 8);
    let (parts, live) = write_parts(dir.path(), &rows, &[100]);
    let bases = one_base(&parts, &live, None);
    let view = VectorView {
        bases: &bases,
        memory: &[],
    };
    let cancel = Cancel::new();
    let other = clustered(1, 1, 9).remove(0);
    assert!(matches!(
        search(view, &other, ALL, 5, &cancel),
        Err(VectorError::Dimensions {
            expected: 8,
            found: 9
        })
    ));
    cancel.cancel();
    assert!(matches!(
        search(view, &rows[0], ALL, 5, &cancel),
        Err(VectorError::Cancelled(_))
    ));
    let outcome = Hnsw::build(&parts, &live, HnswOptions::default(), &cancel, &|_, _| ());
    assert!(matches!(outcome, Err(VectorError::Cancelled(_))));
}
