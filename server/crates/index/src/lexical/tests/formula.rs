//! The scores against BM25F written down naively, in f64 (Robertson and Zaragoza 2009, section 3.6).

use super::*;
use proptest::prelude::*;
use std::collections::HashMap;
use tantivy::fieldnorm::FieldNormReader;

/// Per chunk, per field: tokens with their counts.
type Counted = Vec<[HashMap<String, f64>; Field::COUNT]>;

fn count(chunks: &[Chunk]) -> Counted {
    let mut tokenizer = Tokenizer::default();
    chunks
        .iter()
        .map(|chunk| {
            Field::ALL.map(|field| {
                let mut counts = HashMap::new();
                tokenizer.run(chunk.document().field(field), |token, _| {
                    *counts.entry(token.to_owned()).or_insert(0.0) += 1.0;
                });
                counts
            })
        })
        .collect()
}

fn quantised(counts: &HashMap<String, f64>) -> f64 {
    let length = counts.values().sum::<f64>() as u32;
    f64::from(FieldNormReader::id_to_fieldnorm(
        FieldNormReader::fieldnorm_to_id(length),
    ))
}

fn naive(counted: &Counted, chunk: usize, terms: &[QueryTerm], params: &Params) -> f64 {
    let mut score = 0.0;
    for term in terms {
        let holds = |fields: &[HashMap<String, f64>; Field::COUNT]| {
            fields.iter().any(|counts| counts.contains_key(&term.text))
        };
        let df = counted.iter().filter(|fields| holds(fields)).count() as f64;
        let idf = (1.0 + (counted.len() as f64 - df + 0.5) / (df + 0.5)).ln();
        let mut sum = 0.0;
        for field in 0..Field::COUNT {
            let lengths: Vec<f64> = counted
                .iter()
                .map(|fields| quantised(&fields[field]))
                .filter(|length| *length > 0.0)
                .collect();
            let average = lengths.iter().sum::<f64>() / lengths.len().max(1) as f64;
            let counts = &counted[chunk][field];
            let Some(frequency) = counts.get(&term.text) else {
                continue;
            };
            let b = f64::from(params.b[field]);
            sum += f64::from(params.weights[field]) * frequency.min(255.0)
                / (1.0 - b + b * quantised(counts) / average);
        }
        score += f64::from(term.weight) * idf * sum / (f64::from(params.k1) + sum);
    }
    score
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn scores_follow_the_formula(
        texts in prop::collection::vec(prop::collection::vec("([a-e]|fooBar|x_y)( ([a-e]|fooBar|x_y)){0,50}|", 6), 1..12),
        query in "[a-e]( [a-e]| foo| fooBar| x_y){0,4}",
        weights in prop::array::uniform6(0.0f32..4.0),
        b in prop::array::uniform6(0.0f32..1.0),
    ) {
        let chunks: Vec<Chunk> = texts.into_iter().map(|mut fields| {
            let mut next = || fields.pop().unwrap_or_default();
            Chunk { name: next(), qualified: next(), path: next(), signature: next(), doc: next(), body: next() }
        }).collect();
        let params = Params { weights: weights.map(|w| w + 0.01), b, ..Params::default() };
        let counted = count(&chunks);
        let memory: Vec<_> = chunks.iter().map(|chunk| ChunkTerms::new(&chunk.document())).collect();
        let memory: Vec<_> = memory.iter().zip(0..).map(|(chunk, key)| (ChunkKey(key), chunk)).collect();
        let terms = analyze_query(&query);
        let view = LexicalView { bases: &[], memory: &memory };
        let answer = search(&view, &terms, &params, &|_, _| true, 100, &Cancel::new()).unwrap();
        let mut scores = vec![0.0; chunks.len()];
        for hit in &answer.hits { scores[hit.key.0 as usize] = f64::from(hit.score); }
        for (at, score) in scores.into_iter().enumerate() {
            let expected = naive(&counted, at, &terms, &params);
            prop_assert!((score - expected).abs() <= 1e-4 * expected.max(1.0), "chunk {}: {} is not {}", at, score, expected);
        }
    }
}

#[test]
fn name_beats_body_and_rare_beats_common() {
    let chunks = [
        Chunk::body("connect connect connect to the pool"),
        Chunk::named("connect", "fn connect() { dial() }"),
        Chunk::body("the the the"),
        Chunk::body("the pool"),
    ];
    let dir = scratch_dir();
    let reader = write(dir.path(), &[&chunks]);
    let docs = reader.stats(&live(4));
    let base = Base {
        reader: &reader,
        live: &docs,
    };
    let keys = |query| -> Vec<u64> {
        let hits = ask(base, &[], query, 10).hits;
        hits.iter().map(|hit| hit.key.0).collect()
    };
    assert_eq!(keys("connect"), [1, 0]);
    assert_eq!(keys("the dial")[0], 1);
    assert_eq!(keys("absent"), [0u64; 0]);
    let hits = ask(base, &[], "connect the", 10).hits;
    assert_eq!((hits[0].matched, hits[0].name_matched), (3, 0));
    let named = hits.iter().find(|hit| hit.key.0 == 1).unwrap();
    assert_eq!((named.matched, named.name_matched), (1, 1));
}

#[test]
fn filters_come_before_the_limit_and_ties_are_kept() {
    let chunks = vec![Chunk::body("same words"); 20];
    let memory: Vec<_> = chunks
        .iter()
        .map(|chunk| ChunkTerms::new(&chunk.document()))
        .collect();
    let memory: Vec<_> = memory
        .iter()
        .zip(0..)
        .map(|(chunk, key)| (ChunkKey(key), chunk))
        .collect();
    let view = LexicalView {
        bases: &[],
        memory: &memory,
    };
    let find = |limit, accept: &dyn Fn(Origin, ChunkKey) -> bool| {
        let terms = analyze_query("words");
        let cancel = Cancel::new();
        let params = Params::default();
        search(&view, &terms, &params, accept, limit, &cancel).unwrap()
    };
    assert_eq!(find(3, &|_, _| true).hits.len(), 20);
    assert_eq!(find(0, &|_, _| true).hits.len(), 0);
    let odd = find(3, &|_, key| key.0 == 17);
    assert_eq!(odd.hits.len(), 1);
    assert_eq!(odd.hits[0].origin, Origin::Memory(17));
    assert_eq!(odd.terms[0].document_frequency, 20);
    let statistics = term_statistics(&view, "words").unwrap();
    assert_eq!(statistics, odd.terms[0]);

    let cancel = Cancel::new();
    cancel.cancel();
    let terms = analyze_query("words");
    let cancelled = search(&view, &terms, &Params::default(), &|_, _| true, 3, &cancel);
    assert!(matches!(cancelled, Err(LexicalError::Cancelled(_))));
    assert_eq!(find(3, &|_, key| key.0 == 17), odd);
}
