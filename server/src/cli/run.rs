//! Runs one command.

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anstream::eprintln;
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use symseek_embed::{Embedder, StaticEmbedder};
use symseek_engine::{Change, Engine, EngineOptions, Progress, ProgressHook};

use super::args::{Command, Common, McpAction, Output};
use super::ask::{Kind, PATIENCE, Question, Reply, Target, Wishes, wait_ready};
use super::{care, eval, model};
use crate::config::{Embedding, Model};

/// What the exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Something was found, or done.
    Found,
    /// Nothing was found.
    Nothing,
}

/// Runs a command that is not the language server.
pub(crate) fn run(command: Command, common: &Common) -> anyhow::Result<Outcome> {
    match command {
        Command::Lsp { .. } => bail!("the language server is started elsewhere"),
        Command::Search {
            query,
            path,
            all,
            output,
            lexical,
            refine_within,
        } => {
            if query.trim().is_empty() {
                bail!(
                    "the query is empty; describe what you look for, as in: symseek search \"retry with backoff\""
                );
            }
            let roots = if all {
                every_folder(common)?
            } else {
                vec![root_of(&path)?]
            };
            let kind = Kind::Search {
                query,
                lexical,
                refine_within,
            };
            ask(roots, kind, &output, common)
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
            all,
            index_within,
        } => {
            let folders = if all { every_folder(common)? } else { folders };
            let directory = std::env::current_dir().context("there is no current folder")?;
            if crate::service::mcp(common, &folders, &directory, index_within)? {
                return Ok(Outcome::Found);
            }
            crate::mcp::run(for_agents(common, folders, directory, index_within))?;
            Ok(Outcome::Found)
        }
        Command::Serve {
            limits,
            background,
            stop,
        } => {
            crate::service::serve(common, &limits, background, stop)?;
            Ok(Outcome::Found)
        }
        Command::Model { action } => model::run(action, common),
        Command::Callers {
            symbol,
            path,
            output,
        } => {
            let root = root_of(&path)?;
            let kind = Kind::Callers(target(&symbol, &root)?);
            ask(vec![root], kind, &output, common)
        }
        Command::Callees {
            symbol,
            path,
            output,
        } => {
            let root = root_of(&path)?;
            let kind = Kind::Callees(target(&symbol, &root)?);
            ask(vec![root], kind, &output, common)
        }
        Command::Similar {
            place,
            path,
            output,
        } => {
            let root = root_of(&path)?;
            let kind = similar_target(&place, &root)?;
            ask(vec![root], kind, &output, common)
        }
        Command::Index { path, force } => {
            let output = Output::default();
            ask(
                vec![root_of(&path)?],
                Kind::Index { force },
                &output,
                common,
            )
        }
        Command::Status {
            all: true, json, ..
        } => care::status(json, common),
        Command::Doctor(arguments) => care::doctor(&arguments, common),
        Command::Gc(arguments) => care::gc(&arguments, common),
        Command::Forget(arguments) => care::forget(&arguments, common),
        Command::Status { path, json, .. } => {
            let output = Output {
                json,
                ..Output::default()
            };
            ask(vec![root_of(&path)?], Kind::Status, &output, common)
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
            let result = open(&[root_of(&root)?], &common, &hidden()).and_then(|engine| {
                wait_ready(&engine)?;
                // Only the model that is named: a measurement must not depend on what the user chose.
                use_model(&engine, &common, Model::Off)?;
                wait_for_model(&engine, PATIENCE);
                for problem in engine.status().onnx.iter().flat_map(|it| &it.problems) {
                    eprintln!("note: {problem}");
                }
                eval::serve(&engine, started, &mode, params.as_deref(), limit, features)
            });
            let _ = std::fs::remove_dir_all(scratch);
            result.map(|()| Outcome::Found)
        }
    }
}

/// How a server for agents is run in this process.
pub(crate) fn for_agents(
    common: &Common,
    folders: Vec<PathBuf>,
    directory: PathBuf,
    index_within: u64,
) -> crate::mcp::Options {
    let common = common.clone();
    crate::mcp::Options {
        folders,
        directory,
        patience: Duration::from_millis(index_within),
        open: Box::new(move |roots| {
            let engine = open_at(roots, &common, true, None)?;
            use_model(&engine, &common, Model::Chosen)?;
            Ok(engine)
        }),
    }
}

/// Opens a session of the service for a server for agents.
pub(crate) fn attach_for_agents(
    hub: &Arc<symseek_engine::Hub>,
    roots: &[PathBuf],
    common: &Common,
    wishes: &Wishes,
) -> anyhow::Result<Engine> {
    let options = EngineOptions {
        settings: wishes.settings(true),
        ..hub.options().clone()
    };
    let engine = Engine::attach(hub, roots, options)?;
    use_model(&engine, &wishes.over(common), Model::Chosen)?;
    Ok(engine)
}

/// The folder that a command is about.
fn root_of(path: &Path) -> anyhow::Result<PathBuf> {
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
    Ok(root)
}

/// Every folder that has an index on this machine and still exists.
fn every_folder(common: &Common) -> anyhow::Result<Vec<PathBuf>> {
    let folders = crate::care::folders(common.cache_dir.as_deref())?;
    if folders.is_empty() {
        bail!("no folder on this machine has an index yet; make one with: symseek index FOLDER");
    }
    Ok(folders)
}

/// Asks the service, if one runs, else an engine of this process, and prints the answer.
fn ask(
    roots: Vec<PathBuf>,
    kind: Kind,
    output: &Output,
    common: &Common,
) -> anyhow::Result<Outcome> {
    let question = Question {
        roots,
        kind,
        json: output.json,
        limit: output.limit,
        explain: output.explain,
        wishes: Wishes::of(common),
    };
    let bar = progress_bar();
    let reply = match crate::service::ask(common, &question, &|done, total| {
        shown(&bar, done, total);
    })? {
        Some(reply) => reply,
        None => ask_here(&question, common, &bar)?,
    };
    bar.finish_and_clear();
    write!(anstream::stdout(), "{}", reply.out).context(UNWRITTEN)?;
    for note in &reply.notes {
        eprintln!("{note}");
    }
    Ok(if reply.found {
        Outcome::Found
    } else {
        Outcome::Nothing
    })
}

fn ask_here(question: &Question, common: &Common, bar: &ProgressBar) -> anyhow::Result<Reply> {
    let began = Instant::now();
    let engine = open(&question.roots, common, bar)?;
    if question.waits() {
        wait_ready(&engine)?;
    } else {
        engine.wait_ready(Duration::from_secs(2));
    }
    answered(question, &engine, common, began)
}

/// The answer of an engine that has been waited for.
fn answered(
    question: &Question,
    engine: &Engine,
    common: &Common,
    began: Instant,
) -> anyhow::Result<Reply> {
    if question.wants_model() {
        use_model(engine, common, Model::Chosen)?;
    }
    if matches!(question.kind, Kind::Status) {
        wait_for_model(engine, Duration::from_secs(10));
    }
    question.answer(engine, began)
}

/// Answers a command in a session of the service.
pub(crate) fn ask_hub(
    hub: &Arc<symseek_engine::Hub>,
    common: &Common,
    question: &Question,
    progress: ProgressHook,
    goes_on: impl Fn() -> bool,
) -> anyhow::Result<Reply> {
    let began = Instant::now();
    let options = EngineOptions {
        settings: question.wishes.settings(true),
        progress: Some(progress),
        ..hub.options().clone()
    };
    let engine = Engine::attach(hub, &question.roots, options)?;
    if question.waits() {
        // The watcher tells a moment later, but a command is often asked right after what it asks about was written.
        engine.submit(Change::CatchUp);
        while !engine.wait_ready(HEARTBEAT) {
            let is_stopped = engine.status().state == "stopped";
            if is_stopped || began.elapsed() > PATIENCE {
                wait_ready(&engine)?;
            }
            if !goes_on() {
                bail!("nobody waits for the answer");
            }
        }
    } else {
        engine.wait_ready(Duration::from_secs(2));
    }
    answered(question, &engine, &question.wishes.over(common), began)
}

/// How often a command that waits looks whether its client is still there.
const HEARTBEAT: Duration = Duration::from_millis(500);

fn hidden() -> ProgressBar {
    ProgressBar::hidden()
}

fn shown(bar: &ProgressBar, done: usize, total: usize) {
    bar.set_length(total as u64);
    bar.set_message("indexing");
    bar.set_position(done as u64);
}

/// Opens the engine on folders; the bar shows how far their indexing is.
fn open(roots: &[PathBuf], common: &Common, bar: &ProgressBar) -> anyhow::Result<Engine> {
    let bar = bar.clone();
    let progress: ProgressHook = Arc::new(move |progress| match progress {
        Progress::Begin { total, .. } => shown(&bar, 0, total),
        Progress::Update { done, total, .. } => shown(&bar, done, total),
        Progress::End { .. } => bar.finish_and_clear(),
    });
    open_at(roots, common, false, Some(progress))
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
        settings: Wishes::of(common).settings(watch),
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

/// `FILE:LINE[:COLUMN]`, both from 1, where FILE exists; otherwise a name.
fn target(symbol: &str, root: &Path) -> anyhow::Result<Target> {
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
        return Ok(Target::Name(symbol.to_owned()));
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
    let (row, mut at) = (line - 1, column - 1);
    if column == 1 {
        // A line without a column means what stands on it: skip its indentation.
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let text = text.lines().nth(row as usize).unwrap_or("");
        at = (text.len() - text.trim_start().len()) as u32;
    }
    Ok(Target::At(path, (row, at)))
}

fn similar_target(place: &str, root: &Path) -> anyhow::Result<Kind> {
    if place == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("cannot read stdin")?;
        return Ok(Kind::SimilarText(text));
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
    let start = (first, 0);
    let end = if last.is_empty() {
        start
    } else {
        (number(last)?, u32::MAX)
    };
    if end < start {
        bail!("the range {lines} ends before it starts");
    }
    Ok(Kind::SimilarRange {
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
