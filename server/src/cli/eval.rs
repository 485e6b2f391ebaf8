//! `eval-serve`: the protocol of the retrieval evaluation. One ready line, then one JSON line per query line.

use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use serde_json::json;
use symseek_base::Cancel;
use symseek_engine::Engine;
use symseek_search::{RankParams, SearchMode, SearchRequest};

/// Answers until stdin ends.
pub(crate) fn serve(
    engine: &Engine,
    started: Instant,
    mode: &str,
    params: Option<&Path>,
    limit: usize,
    features: bool,
) -> anyhow::Result<()> {
    let mode = match mode {
        "full" => SearchMode::Full,
        "lexical" => SearchMode::Lexical,
        "vector" => SearchMode::Vector,
        "symbols" => SearchMode::Symbols,
        other => anyhow::bail!("unknown mode {other:?}; one of: full, lexical, vector, symbols"),
    };
    let params: Option<Box<RankParams>> = match params {
        Some(path) => {
            let text =
                std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            Some(
                serde_json::from_slice(&text)
                    .with_context(|| format!("{} is no set of weights", path.display()))?,
            )
        }
        None => None,
    };
    let status = engine.status();
    let bytes: u64 = status.folders.iter().map(|folder| folder.bytes).sum();
    let mut out = std::io::stdout().lock();
    let ready = json!({
        "ready": true,
        "index_ms": started.elapsed().as_secs_f64() * 1000.0,
        "files": status.files,
        "chunks": status.chunks,
        "index_bytes": bytes,
    });
    writeln!(out, "{ready}")?;
    out.flush()?;
    for line in std::io::stdin().lock().split(b'\n') {
        let line = line?;
        let query = String::from_utf8_lossy(&line);
        let query = query.trim_end_matches('\r');
        let asked = Instant::now();
        let request = SearchRequest {
            mode,
            params: params.clone(),
            lenient: true,
            explain: features,
            ..SearchRequest::new(query, limit)
        };
        let cancel = Cancel::new();
        let answered = engine.search(&request, &cancel).and_then(|mut response| {
            // As long as it takes: what is measured is the order.
            engine.refine(&mut response, None, &cancel)?;
            Ok(response)
        });
        let answer = match answered {
            Ok(response) => {
                let results: Vec<_> = response
                    .hits
                    .iter()
                    .map(|hit| {
                        json!({
                            "path": hit.relative,
                            "start_line": hit.range.start.line + 1,
                            "end_line": hit.range.end.line + 1,
                            "score": hit.score,
                            "name": hit.name,
                            "why": hit.why,
                            "features": hit.features.iter().map(|(_, value)| value).collect::<Vec<_>>(),
                        })
                    })
                    .collect();
                json!({ "query": query, "reading": response.reading, "literal": response.literal, "described": response.described, "action": response.action, "refined": response.reranked, "results": results, "ms": asked.elapsed().as_secs_f64() * 1000.0 })
            }
            Err(error) => json!({ "query": query, "results": [], "error": error.to_string() }),
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
