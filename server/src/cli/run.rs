//! Runs one command.

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anstream::eprintln;
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use symseek_base::{Cancel, Point};
use symseek_embed::{Embedder, StaticEmbedder};
use symseek_engine::{
    Change, Engine, EngineError, EngineOptions, Progress, ProgressHook, Settings, StatusReport,
    StoreMode,
};
use symseek_search::{
    GraphRequest, GraphTarget, SearchError, SearchMode, SearchRequest, SearchResponse,
    SimilarRequest, SimilarTarget,
};

use super::args::{Command, Common, McpAction, Output};
use super::{care, eval, model, print};
use crate::config::{Embedding, Model};

/// What the exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Something was found, or done.
    Found,
    /// Nothing was found.
    Nothing,
}

/// An hour: indexing is waited for, not timed out.
const PATIENCE: Duration = Duration::from_hours(1);

/// Runs a command that is not the language server.
pub(crate) fn run(command: Command, common: &Common) -> anyhow::Result<Outcome> {
    match command {
        Command::Lsp { .. } => bail!("the language server is started elsewhere"),
        Command::Search {
            query,
            path,
            output,
            lexical,
            refine_within,
        } => {
            if query.trim().is_empty() {
                bail!(
                    "the query is empty; describe what you look for, as in: symseek search \"retry with backoff\""
                );
            }
            let (engine, root) = open(&path, common, true)?;
            let mode = if lexical {
                SearchMode::Lexical
            } else {
                SearchMode::Full
            };
            let request = SearchRequest {
                mode,
                explain: output.explain,
                ..SearchRequest::new(query, output.limit)
            };
            use_model(&engine, common, Model::Chosen)?;
            let until = Instant::now() + Duration::from_millis(refine_within);
            let mut answer = engine.search(&request, &Cancel::new())?;
            engine.refine(&mut answer, Some(until), &Cancel::new())?;
            model_problems(&engine);
            show(Ok(answer), &root, &output)
        }
        Command::Mcp {
            action:
                Some(McpAction::Install {
                    host,
                    project,
                    print,
                    yes,
                }),
            ..
        } => {
            crate::mcp::install::run(&crate::mcp::install::Wanted {
                host,
                project,
                print,
                yes,
            })?;
            Ok(Outcome::Found)
        }
        Command::Mcp {
            action: None,
            folders,
            index_within,
        } => {
            let common = common.clone();
            crate::mcp::run(crate::mcp::Options {
                folders,
                directory: std::env::current_dir().context("there is no current folder")?,
                patience: Duration::from_millis(index_within),
                open: Box::new(move |roots| {
                    let engine = open_at(roots, &common, true, None)?;
                    use_model(&engine, &common, Model::Chosen)?;
                    Ok(engine)
                }),
            })?;
            Ok(Outcome::Found)
        }
        Command::Model { action } => model::run(action, common),
        Command::Callers {
            symbol,
            path,
            output,
        } => related(&symbol, &path, &output, common, Engine::callers),
        Command::Callees {
            symbol,
            path,
            output,
        } => related(&symbol, &path, &output, common, Engine::callees),
        Command::Similar {
            place,
            path,
            output,
        } => {
            let (engine, root) = open(&path, common, true)?;
            let request = SimilarRequest {
                target: similar_target(&place, &root)?,
                limit: output.limit,
            };
            show(engine.similar(&request, &Cancel::new()), &root, &output)
        }
        Command::Index { path, force } => {
            let started = Instant::now();
            let (engine, root) = open(&path, common, false)?;
            wait_ready(&engine)?;
            stored(&engine.status(), force)?;
            if force {
                engine.submit(Change::Reindex);
                wait_ready(&engine)?;
                stored(&engine.status(), force)?;
            }
            let status = engine.status();
            writeln!(
                anstream::stdout(),
                "{}: {} files, {} chunks, {:.1} s",
                root.display(),
                status.files,
                status.chunks,
                started.elapsed().as_secs_f32()
            )?;
            problems(&status);
            Ok(Outcome::Found)
        }
        Command::Status {
            all: true, json, ..
        } => care::status(json, common),
        Command::Doctor(arguments) => care::doctor(&arguments, common),
        Command::Gc(arguments) => care::gc(&arguments, common),
        Command::Forget(arguments) => care::forget(&arguments, common),
        Command::Status { path, json, .. } => {
            let (engine, _) = open(&path, common, false)?;
            engine.wait_ready(Duration::from_secs(2));
            use_model(&engine, common, Model::Chosen)?;
            wait_for_model(&engine, Duration::from_secs(10));
            let status = engine.status();
            if json {
                writeln!(
                    anstream::stdout(),
                    "{}",
                    serde_json::to_string_pretty(&status)?
                )?;
            } else {
                describe(&mut anstream::stdout(), &status)?;
            }
            Ok(Outcome::Found)
        }
        Command::EvalServe {
            root,
            mode,
            params,
            limit,
            features,
        } => {
            let started = Instant::now();
            let scratch = std::env::temp_dir().join(format!("symseek-eval-{}", std::process::id()));
            let common = Common {
                cache_dir: Some(common.cache_dir.clone().unwrap_or(scratch.clone())),
                ..common.clone()
            };
            let result = open(&root, &common, true).and_then(|(engine, _)| {
                // Only the model that is named: a measurement must not depend on what the user chose.
                use_model(&engine, &common, Model::Off)?;
                wait_for_model(&engine, PATIENCE);
                model_problems(&engine);
                eval::serve(&engine, started, &mode, params.as_deref(), limit, features)
            });
            let _ = std::fs::remove_dir_all(scratch);
            result.map(|()| Outcome::Found)
        }
    }
}

type AskRelation = fn(&Engine, &GraphRequest, &Cancel) -> Result<SearchResponse, EngineError>;

/// Callers or callees of a symbol.
fn related(
    symbol: &str,
    path: &Path,
    output: &Output,
    common: &Common,
    ask: AskRelation,
) -> anyhow::Result<Outcome> {
    let (engine, root) = open(path, common, true)?;
    let request = GraphRequest {
        target: target(symbol, &root)?,
        limit: one_more(output),
    };
    let answer = match (ask(&engine, &request, &Cancel::new()), &request.target) {
        // A name that is nowhere is an answer, as for a search; a place that is not there is a mistake.
        (Err(EngineError::Search(SearchError::NotFound(why))), GraphTarget::Name(_)) => {
            Ok(SearchResponse {
                complete: true,
                reading: why,
                ..SearchResponse::default()
            })
        }
        (answer, _) => answer,
    };
    show(answer, &root, output)
}

/// One result more than is shown, to know whether there are more.
fn one_more(output: &Output) -> usize {
    output.limit.saturating_add(1)
}

/// Opens the engine on a folder and, unless told otherwise, waits until its index is up to date.
fn open(path: &Path, common: &Common, wait: bool) -> anyhow::Result<(Engine, PathBuf)> {
    let root = path
        .canonicalize()
        .with_context(|| format!("cannot open {}", path.display()))?;
    if !root.is_dir() {
        bail!(
            "{} is not a folder; narrow a search to a file with path:{}",
            path.display(),
            path.display()
        );
    }
    let bar = progress_bar();
    let shown = bar.clone();
    let progress: ProgressHook = Arc::new(move |progress| match progress {
        Progress::Begin { total, .. } => {
            shown.set_length(total as u64);
            shown.set_message("indexing");
        }
        Progress::Update { done, .. } => shown.set_position(done as u64),
        Progress::End { .. } => shown.finish_and_clear(),
    });
    let engine = open_at(std::slice::from_ref(&root), common, false, Some(progress))?;
    if wait {
        wait_ready(&engine)?;
        bar.finish_and_clear();
        for folder in engine.status().folders {
            if folder.store == StoreMode::Memory {
                for problem in &folder.problems {
                    eprintln!("note: {problem}");
                }
            }
        }
    }
    Ok((engine, root))
}

/// Opens the engine on folders as the arguments say; `watch` follows the disk.
pub(super) fn open_at(
    roots: &[PathBuf],
    common: &Common,
    watch: bool,
    progress: Option<ProgressHook>,
) -> anyhow::Result<Engine> {
    if let Some(folder) = common.query_packs.as_ref().filter(|it| !it.is_dir()) {
        bail!("--query-packs: {} is not a folder", folder.display());
    }
    let options = EngineOptions {
        cache_dir: common.cache_dir.clone(),
        query_packs: common.query_packs.clone(),
        languages: common.language.clone(),
        settings: Settings {
            exclude: common.exclude.clone(),
            max_file_size: common.max_file_size,
            watch,
            ..Settings::default()
        },
        embedder: Some(embedder()?),
        progress,
        threads: common.threads,
        graph_from: 0,
    };
    let engine = Engine::open(roots, options)?;
    for (_, language) in &common.language {
        if !symseek_syntax::is_language(language) {
            bail!("--language: there is no language {language:?}");
        }
    }
    for problem in engine.problems() {
        eprintln!("note: {problem}");
    }
    Ok(engine)
}

/// Has the engine load the model of the arguments, or `otherwise`.
fn use_model(engine: &Engine, common: &Common, otherwise: Model) -> anyhow::Result<()> {
    let model = match common.onnx.as_deref() {
        Some("none") => Model::Off,
        Some(named) => crate::model::of_argument(named),
        None => otherwise,
    };
    let embedding = Embedding {
        model,
        runtime: common.runtime(),
        // Nothing is idle in a command.
        warm: false,
        ..Embedding::default()
    };
    let settings = crate::model::settings(&embedding, common.cache_dir.as_deref(), None);
    Ok(engine.use_model(settings)?)
}

/// Waits until the model is there, or is known not to come.
fn wait_for_model(engine: &Engine, limit: Duration) {
    let until = Instant::now() + limit;
    let loading = || matches!(engine.status().onnx, Some(model) if model.state == "loading");
    while loading() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn model_problems(engine: &Engine) {
    for problem in engine
        .status()
        .onnx
        .iter()
        .flat_map(|model| &model.problems)
    {
        eprintln!("note: {problem}");
    }
}

/// Waits until the index is up to date.
fn wait_ready(engine: &Engine) -> anyhow::Result<()> {
    if engine.wait_ready(PATIENCE) {
        return Ok(());
    }
    let status = engine.status();
    let mut problems = status.folders.iter().flat_map(|folder| &folder.problems);
    let why = problems
        .next_back()
        .map_or("it took an hour", String::as_str);
    bail!("the folder could not be indexed: {why}")
}

/// Whether this process stored what it indexed; a command that does nothing else must say when it did not.
fn stored(status: &StatusReport, force: bool) -> anyhow::Result<()> {
    for folder in &status.folders {
        match folder.store {
            StoreMode::Writer => {}
            StoreMode::Reader => {
                let who = folder
                    .writing_process
                    .map_or("another process".to_owned(), |id| format!("process {id}"));
                if force {
                    bail!("{who} holds the index; end it, or reindex there");
                }
                eprintln!("note: {who} holds the index and keeps it up to date");
            }
            StoreMode::Memory => {
                let why = folder.problems.last().map_or("", String::as_str);
                bail!("nothing was stored: {why}");
            }
        }
    }
    Ok(())
}

/// The built-in embedder. Its vocabulary is read on a thread of its own, while the index opens.
pub(crate) fn embedder() -> anyhow::Result<Arc<dyn Embedder>> {
    let embedder = StaticEmbedder::built_in().context("the built-in embedding table is damaged")?;
    let embedder = Arc::new(embedder);
    let warmed = Arc::clone(&embedder);
    std::thread::spawn(move || {
        if let Err(error) = warmed.warm() {
            tracing::error!(%error, "the built-in vocabulary is damaged");
        }
    });
    Ok(embedder)
}

/// Shown only after half a second, so that a warm answer comes without flicker.
fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} files {eta}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

/// What is said when the reader of standard output takes no more.
const UNWRITTEN: &str = "the answer cannot be written";

fn show(
    answer: Result<SearchResponse, EngineError>,
    root: &Path,
    output: &Output,
) -> anyhow::Result<Outcome> {
    let mut response = answer?;
    let more = response.hits.len() > output.limit;
    response.hits.truncate(output.limit);
    let more = more.then(|| format!("there are more than {}; --limit shows more", output.limit));
    let mut out = anstream::stdout();
    if output.json {
        response.notes.extend(more);
        let json = serde_json::to_string_pretty(&print::json(&response))?;
        writeln!(out, "{json}").context(UNWRITTEN)?;
    } else {
        print::hits(&mut out, &response, root, output.explain).context(UNWRITTEN)?;
        if let Some(more) = more {
            eprintln!("note: {more}");
        }
        if response.hits.is_empty() {
            eprintln!("nothing found ({})", response.reading);
        }
    }
    Ok(if response.hits.is_empty() {
        Outcome::Nothing
    } else {
        Outcome::Found
    })
}

/// `FILE:LINE[:COLUMN]`, both from 1, where FILE exists; otherwise a name.
fn target(symbol: &str, root: &Path) -> anyhow::Result<GraphTarget> {
    let mut parts = symbol.rsplitn(3, ':');
    let (last, middle, first) = (parts.next().unwrap_or(""), parts.next(), parts.next());
    let place = match (first, middle) {
        (Some(file), Some(line)) if line.parse::<u32>().is_ok() => {
            Some((file.to_owned(), line, last))
        }
        (None, Some(file)) if last.parse::<u32>().is_ok() => Some((file.to_owned(), last, "1")),
        _ => None,
    };
    let Some((file, line, column)) = place else {
        return Ok(GraphTarget::Name(symbol.to_owned()));
    };
    let path = file_in(root, &file)?;
    let line: u32 = line
        .parse()
        .with_context(|| format!("{line:?} is no line number"))?;
    let column: u32 = column
        .parse()
        .with_context(|| format!("{column:?} is no column"))?;
    if line == 0 || column == 0 {
        bail!("lines and columns count from 1");
    }
    let mut point = Point {
        row: line - 1,
        column: column - 1,
    };
    if column == 1 {
        // A line without a column means what stands on it: skip its indentation.
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let row = text.lines().nth(point.row as usize).unwrap_or("");
        point.column = (row.len() - row.trim_start().len()) as u32;
    }
    Ok(GraphTarget::At { path, point })
}

fn similar_target(place: &str, root: &Path) -> anyhow::Result<SimilarTarget> {
    if place == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("cannot read stdin")?;
        return Ok(SimilarTarget::Text(text));
    }
    let (file, lines) = place
        .rsplit_once(':')
        .with_context(|| format!("expected FILE:LINE or FILE:FIRST-LAST, got {place:?}"))?;
    let (first, last) = lines.split_once('-').unwrap_or((lines, ""));
    let number = |text: &str| -> anyhow::Result<u32> {
        let line: u32 = text
            .parse()
            .with_context(|| format!("{text:?} is no line number"))?;
        line.checked_sub(1).context("lines count from 1")
    };
    let first = number(first)?;
    let start = Point {
        row: first,
        column: 0,
    };
    let end = if last.is_empty() {
        start
    } else {
        Point {
            row: number(last)?,
            column: u32::MAX,
        }
    };
    if end < start {
        bail!("the range {lines} ends before it starts");
    }
    Ok(SimilarTarget::Range {
        path: file_in(root, file)?,
        start,
        end,
    })
}

/// A file named from the current folder or from the searched one.
fn file_in(root: &Path, file: &str) -> anyhow::Result<PathBuf> {
    let found = [PathBuf::from(file), root.join(file)]
        .into_iter()
        .find_map(|path| path.canonicalize().ok());
    found.with_context(|| format!("cannot open {file}"))
}

fn describe(out: &mut impl Write, status: &StatusReport) -> io::Result<()> {
    for folder in &status.folders {
        writeln!(out, "{}", folder.root.display())?;
        if folder.state == "indexing" {
            let (done, total) = (folder.done, folder.total);
            writeln!(out, "  state      indexing ({done} of {total} files)")?;
        } else {
            writeln!(out, "  state      {}", folder.state)?;
        }
        writeln!(
            out,
            "  files      {} in {} chunks",
            folder.files, folder.chunks
        )?;
        let mut languages: Vec<_> = folder.languages.iter().collect();
        languages.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let languages: Vec<String> = languages
            .iter()
            .take(8)
            .map(|(name, n)| format!("{name} {n}"))
            .collect();
        writeln!(out, "  languages  {}", languages.join(", "))?;
        for (reason, files) in &folder.skipped {
            writeln!(
                out,
                "  skipped    {} {reason}: {}",
                files.count,
                files
                    .paths
                    .iter()
                    .take(3)
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(", ")
            )?;
        }
        match (&folder.directory, folder.store) {
            (Some(place), StoreMode::Writer | StoreMode::Reader) => {
                let megabytes = folder.bytes as f64 / 1e6;
                writeln!(out, "  index      {} ({megabytes:.1} MB)", place.display())?;
            }
            (_, _) => writeln!(
                out,
                "  index      kept in memory: what is not stored is indexed each time"
            )?,
        }
        if let Some(process) = folder.writing_process {
            writeln!(out, "  written by process {process}")?;
        }
    }
    writeln!(
        out,
        "model        {}",
        status.model.as_deref().unwrap_or("none")
    )?;
    if let Some(model) = &status.onnx {
        let name = model.model.as_deref().unwrap_or(model.state);
        let runtime = model
            .runtime
            .as_deref()
            .map_or(String::new(), |it| format!(", {it}"));
        writeln!(
            out,
            "re-ranking   {name}{runtime}, {} vectors kept",
            model.vectors
        )?;
    }
    problems(status);
    Ok(())
}

fn problems(status: &StatusReport) {
    let model = status.onnx.iter().flat_map(|model| &model.problems);
    for problem in status
        .folders
        .iter()
        .flat_map(|folder| &folder.problems)
        .chain(model)
    {
        eprintln!("note: {problem}");
    }
}
