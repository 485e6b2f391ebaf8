//! What a command asks of an engine, and what it prints, apart from who has the engine: this process or the service.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::bail;
use serde::{Deserialize, Serialize};
use symseek_base::{Cancel, Point};
use symseek_engine::{Change, Engine, EngineError, Settings, StatusReport, StoreMode};
use symseek_search::{
    GraphRequest, GraphTarget, Hit, SearchError, SearchMode, SearchRequest, SearchResponse,
    SimilarRequest, SimilarTarget,
};

use super::args::Common;
use super::print;

/// An hour: indexing is waited for, not timed out.
pub(crate) const PATIENCE: Duration = Duration::from_hours(1);

/// A command over folders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Question {
    /// The folders, absolute; one, unless the whole machine is searched.
    pub(crate) roots: Vec<PathBuf>,
    /// What to do.
    pub(crate) kind: Kind,
    /// Print JSON.
    pub(crate) json: bool,
    /// Results at the most.
    pub(crate) limit: usize,
    /// Say why each result stands where it stands.
    pub(crate) explain: bool,
    /// How the folders are indexed, and which model is used.
    pub(crate) wishes: Wishes,
}

/// What the command line says of indexing and of the model, for whoever has the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wishes {
    /// Globs of files to leave out.
    exclude: Vec<String>,
    /// Larger files are skipped, in bytes.
    max_file_size: u64,
    /// The encoder.
    onnx: Option<String>,
    /// What runs it.
    onnx_runtime: Option<String>,
}

impl Wishes {
    /// Those of these arguments. What is named by a path is named by its whole path, for a process that runs elsewhere.
    pub(crate) fn of(common: &Common) -> Self {
        let whole = |named: &String, is_path: fn(&Path) -> bool| {
            // Words that mean something else than what may be called so here.
            let is_word = matches!(named.as_str(), "none" | "builtin");
            let path = Path::new(named).canonicalize().ok();
            let path = path.filter(|path| !is_word && is_path(path));
            path.map_or(named.clone(), |it| it.to_string_lossy().into_owned())
        };
        Self {
            exclude: common.exclude.clone(),
            max_file_size: common.max_file_size,
            // A name is a model's, also where a file of that name lies.
            onnx: common.onnx.as_ref().map(|it| whole(it, Path::is_dir)),
            onnx_runtime: (common.onnx_runtime.as_ref()).map(|it| whole(it, Path::exists)),
        }
    }

    /// The settings of an engine.
    pub(crate) fn settings(&self, watch: bool) -> Settings {
        Settings {
            exclude: self.exclude.clone(),
            max_file_size: self.max_file_size,
            watch,
            ..Settings::default()
        }
    }

    /// A process's own arguments, but with the model of these.
    pub(crate) fn over(&self, common: &Common) -> Common {
        Common {
            onnx: self.onnx.clone(),
            onnx_runtime: self.onnx_runtime.clone(),
            ..common.clone()
        }
    }
}

/// Which command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Kind {
    /// `search`
    Search {
        /// As it was typed.
        query: String,
        /// Without vectors.
        lexical: bool,
        /// Milliseconds for the encoder.
        refine_within: u64,
    },
    /// `callers`
    Callers(Target),
    /// `callees`
    Callees(Target),
    /// `similar` to this text.
    SimilarText(String),
    /// `similar` to lines of a file.
    SimilarRange {
        /// The file.
        path: PathBuf,
        /// Row and column in bytes, from 0.
        start: (u32, u32),
        /// The same, of the end.
        end: (u32, u32),
    },
    /// `index`
    Index {
        /// From nothing.
        force: bool,
    },
    /// `status`
    Status,
}

/// Which symbol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Target {
    /// By its name.
    Name(String),
    /// By a place: row and column in bytes, from 0.
    At(PathBuf, (u32, u32)),
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reply {
    /// For stdout, with styles.
    pub(crate) out: String,
    /// Lines for stderr.
    pub(crate) notes: Vec<String>,
    /// Something was found.
    pub(crate) found: bool,
}

/// What the service says of a command while it runs, a line each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Line {
    /// So many files of so many are indexed.
    Indexing(usize, usize),
    /// The end.
    Reply(Reply),
    /// The end, too, and why.
    Failed(String),
}

impl Question {
    /// Whether the answer is of use only when every file has been looked at.
    pub(crate) fn waits(&self) -> bool {
        !matches!(self.kind, Kind::Status)
    }

    /// Whether a model may reorder the answer.
    pub(crate) fn wants_model(&self) -> bool {
        matches!(self.kind, Kind::Search { .. } | Kind::Status)
    }

    /// Asks the engine.
    ///
    /// # Errors
    /// What the user has to know instead of an answer.
    pub(crate) fn answer(&self, engine: &Engine, began: Instant) -> anyhow::Result<Reply> {
        let mut reply = Reply::default();
        if self.waits() && !matches!(self.kind, Kind::Index { .. }) {
            for folder in engine.status().folders {
                if folder.store == StoreMode::Memory {
                    reply.note(folder.problems.iter());
                }
            }
        }
        let cancel = Cancel::new();
        match &self.kind {
            Kind::Search {
                query,
                lexical,
                refine_within,
            } => {
                let request = SearchRequest {
                    mode: if *lexical {
                        SearchMode::Lexical
                    } else {
                        SearchMode::Full
                    },
                    explain: self.explain,
                    ..SearchRequest::new(query, self.limit)
                };
                let until = Instant::now() + Duration::from_millis(*refine_within);
                let mut answer = engine.search(&request, &cancel)?;
                engine.refine(&mut answer, Some(until), &cancel)?;
                reply.note(model_problems(&engine.status()).iter());
                self.show(answer, &mut reply)?;
            }
            Kind::Callers(target) => {
                let answer = engine.callers(&self.relation(target), &cancel);
                self.related(answer, target, &mut reply)?;
            }
            Kind::Callees(target) => {
                let answer = engine.callees(&self.relation(target), &cancel);
                self.related(answer, target, &mut reply)?;
            }
            Kind::SimilarText(text) => {
                let target = SimilarTarget::Text(text.clone());
                self.similar(engine, target, &mut reply)?;
            }
            Kind::SimilarRange { path, start, end } => {
                let target = SimilarTarget::Range {
                    path: path.clone(),
                    start: point(*start),
                    end: point(*end),
                };
                self.similar(engine, target, &mut reply)?;
            }
            Kind::Index { force } => self.index(engine, *force, began, &mut reply)?,
            Kind::Status => {
                let status = engine.status();
                reply.out = if self.json {
                    serde_json::to_string_pretty(&status)? + "\n"
                } else {
                    described(&status)?
                };
                if !self.json {
                    reply.note(problems(&status).iter());
                }
                reply.found = true;
            }
        }
        Ok(reply)
    }

    fn relation(&self, target: &Target) -> GraphRequest {
        let target = match target {
            Target::Name(name) => GraphTarget::Name(name.clone()),
            Target::At(path, at) => GraphTarget::At {
                path: path.clone(),
                point: point(*at),
            },
        };
        // One result more than is shown, to know whether there are more.
        let limit = self.limit.saturating_add(1);
        GraphRequest { target, limit }
    }

    fn related(
        &self,
        answer: Result<SearchResponse, EngineError>,
        target: &Target,
        reply: &mut Reply,
    ) -> anyhow::Result<()> {
        let answer = match (answer, target) {
            // A name that is nowhere is an answer, as for a search; a place that is not there is a mistake.
            (Err(EngineError::Search(SearchError::NotFound(why))), Target::Name(_)) => {
                SearchResponse {
                    complete: true,
                    reading: why,
                    ..SearchResponse::default()
                }
            }
            (answer, _) => answer?,
        };
        self.show(answer, reply)
    }

    fn similar(
        &self,
        engine: &Engine,
        target: SimilarTarget,
        reply: &mut Reply,
    ) -> anyhow::Result<()> {
        let limit = self.limit;
        let answer = engine.similar(&SimilarRequest { target, limit }, &Cancel::new())?;
        self.show(answer, reply)
    }

    fn show(&self, mut response: SearchResponse, reply: &mut Reply) -> anyhow::Result<()> {
        let more = response.hits.len() > self.limit;
        response.hits.truncate(self.limit);
        let more = more.then(|| format!("there are more than {}; --limit shows more", self.limit));
        reply.found = !response.hits.is_empty();
        if self.json {
            response.notes.extend(more);
            let json = print::json(&response, self.several());
            reply.out = serde_json::to_string_pretty(&json)? + "\n";
            return Ok(());
        }
        reply.note(response.notes.iter());
        // Other commands say in their names how they are read.
        if self.explain && matches!(self.kind, Kind::Search { .. }) {
            let mut reading = format!("read as {}", response.reading);
            for (share, manner) in [
                (response.literal, "literally"),
                (response.described, "as a description"),
                (response.action, "as an action"),
            ] {
                let percent = (share * 100.0).round();
                if percent > 0.0 {
                    write!(reading, ", {percent} % {manner}")?;
                }
            }
            reply.notes.push(reading);
        }
        let mut out = Vec::new();
        match self.several() {
            None => {
                let root = self.roots.first().map_or(Path::new(""), PathBuf::as_path);
                print::hits(&mut out, &response.hits, root, self.explain)?;
            }
            Some(roots) => {
                for (root, hits) in grouped(roots, response.hits) {
                    if !out.is_empty() {
                        writeln!(out)?;
                    }
                    print::workspace(&mut out, root, hits.len())?;
                    print::hits(&mut out, &hits, root, self.explain)?;
                }
            }
        }
        reply.out = String::from_utf8_lossy(&out).into_owned();
        reply.note(more.iter());
        if !reply.found {
            let nothing = format!("nothing found ({})", response.reading);
            reply.notes.push(nothing);
        }
        Ok(())
    }

    /// The folders, when results must say which they are of.
    fn several(&self) -> Option<&[PathBuf]> {
        (self.roots.len() > 1).then_some(&self.roots)
    }

    fn index(
        &self,
        engine: &Engine,
        force: bool,
        began: Instant,
        reply: &mut Reply,
    ) -> anyhow::Result<()> {
        stored(&engine.status(), force, reply)?;
        if force {
            engine.submit(Change::Reindex);
            wait_ready(engine)?;
            stored(&engine.status(), force, &mut Reply::default())?;
        }
        let status = engine.status();
        for root in &self.roots {
            let (files, chunks) = (status.files, status.chunks);
            let seconds = began.elapsed().as_secs_f32();
            let root = root.display();
            writeln!(
                reply.out,
                "{root}: {files} files, {chunks} chunks, {seconds:.1} s"
            )?;
        }
        reply.note(problems(&status).iter());
        reply.found = true;
        Ok(())
    }
}

impl Reply {
    fn note<'a>(&mut self, what: impl Iterator<Item = &'a String>) {
        self.notes.extend(what.map(|what| format!("note: {what}")));
    }
}

fn point((row, column): (u32, u32)) -> Point {
    Point { row, column }
}

/// Hits by the innermost folder that they lie in; the folder of the best hit first, and in each the order that they had.
fn grouped(roots: &[PathBuf], hits: Vec<Hit>) -> Vec<(&Path, Vec<Hit>)> {
    let mut groups: Vec<(&Path, Vec<Hit>)> = Vec::new();
    for hit in hits {
        let root = print::workspace_of(roots, &hit.path);
        match groups.iter_mut().find(|(known, _)| *known == root) {
            Some((_, group)) => group.push(hit),
            None => groups.push((root, vec![hit])),
        }
    }
    groups
}

/// Waits until the index is up to date.
///
/// # Errors
/// When it will never be.
pub(crate) fn wait_ready(engine: &Engine) -> anyhow::Result<()> {
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

/// Whether what was indexed is stored; a command that does nothing else must say when it is not.
fn stored(status: &StatusReport, force: bool, reply: &mut Reply) -> anyhow::Result<()> {
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
                let held = format!("{who} holds the index and keeps it up to date");
                reply.note([held].iter());
            }
            StoreMode::Memory => {
                let why = folder.problems.last().map_or("", String::as_str);
                bail!("nothing was stored: {why}");
            }
        }
    }
    Ok(())
}

fn model_problems(status: &StatusReport) -> Vec<String> {
    let model = status.onnx.iter();
    model.flat_map(|model| model.problems.clone()).collect()
}

fn problems(status: &StatusReport) -> Vec<String> {
    let folders = status.folders.iter();
    let of_folders = folders.flat_map(|folder| folder.problems.clone());
    of_folders.chain(model_problems(status)).collect()
}

fn described(status: &StatusReport) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
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
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Arguments;
    use clap::Parser as _;

    #[test]
    fn what_is_named_by_a_path_means_the_same_elsewhere() {
        let wishes = |onnx: &str, runtime: &str| {
            let arguments = [
                "symseek",
                "--onnx",
                onnx,
                "--onnx-runtime",
                runtime,
                "status",
            ];
            let wishes = Wishes::of(&Arguments::try_parse_from(arguments).unwrap().common);
            (wishes.onnx.unwrap(), wishes.onnx_runtime.unwrap())
        };
        // Tests run in the folder of the package.
        let here = std::env::current_dir().unwrap().canonicalize().unwrap();
        let whole = |name: &str| here.join(name).to_str().unwrap().to_owned();
        assert_eq!(
            wishes("src", "Cargo.toml"),
            (whole("src"), whole("Cargo.toml"))
        );
        // A file is no model's folder, and what is not there is a name.
        let named = ("Cargo.toml".to_owned(), "builtin".to_owned());
        assert_eq!(wishes("Cargo.toml", "builtin"), named);
        assert_eq!(wishes("minilm", "nowhere").0, "minilm");
    }
}
