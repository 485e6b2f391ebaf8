//! The tools: what each is called and takes, and how it asks the engine. Every one reads the index only; `reindex` makes it
//! again. What is wrong with a call is said to the model, as the result of the call, so that it can do better.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rmcp::handler::server::tool::{schema_for_input, schema_for_output};
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use rmcp::schemars::JsonSchema;
use symseek_base::{Cancel, Point};
use symseek_engine::EngineError;
use symseek_search::{
    Checked, DefinitionRequest, GraphRequest, GrepRequest, Hit, ImpactRequest, OutlineRequest,
    PathRequest, Query, SearchError, SearchMode, SearchRequest, SearchResponse, SimilarRequest,
    SimilarTarget,
};

use super::answers::{CodeLines, Found, Matching, Outlines, Ranked, Rendered, Started, Status};
use super::arguments::{self, Code, Narrowed, Size, budget_of, parse};
use super::ask::Ask;
use super::roots::Roots;
use crate::lsp::arguments::{cut, query};

/// A grep may take so long.
const GREP: Duration = Duration::from_secs(5);
/// A file that changed behind the index is read again for so long before an answer goes without it.
const REREAD: Duration = Duration::from_secs(1);
/// Between two looks at whether it was.
const PAUSE: Duration = Duration::from_millis(20);
/// A model for second opinions gets so long.
const REFINE: Duration = Duration::from_secs(1);
/// Longer patterns are refused.
const MAX_PATTERN: usize = 4_096;
/// An outline of a folder looks at so many files.
const MAX_FILES: usize = 2_000;

/// What a call needs.
pub(crate) struct Call<'a> {
    pub(crate) engine: &'a dyn Ask,
    pub(crate) roots: &'a Roots,
    pub(crate) cancel: &'a Cancel,
}

/// Why a call has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something the model can mend or has to know.
    Told(String),
    /// The call was withdrawn.
    Cancelled,
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self::Told(why)
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Search(SearchError::Cancelled) => Self::Cancelled,
            other => Self::Told(cut(&other.to_string(), 1_000)),
        }
    }
}

type Answer = Result<Rendered, Failure>;
type Run = fn(&Call<'_>, Option<JsonObject>) -> Answer;

/// A tool.
pub(crate) struct Known {
    pub(crate) tool: Tool,
    /// It is better answered by an index that is up to date, and may wait for it a little.
    pub(crate) waits: bool,
    pub(crate) run: Run,
}

/// Every tool.
pub(crate) fn all() -> Vec<Known> {
    vec![
        known::<arguments::Search, Ranked>(
            "search",
            "Search the code",
            "Finds code by meaning, words and names at once: ask what the code does, in plain words, or paste a name, an error message or a stack frame. Use it before reading files. Each result has an anchor path:line and the lines that matter.",
            search,
        ),
        known::<arguments::SearchSymbols, Ranked>(
            "search_symbols",
            "Search names",
            "Finds definitions by name: exact first, then prefix, initials, inside the name, misspelt.",
            search_symbols,
        ),
        known::<arguments::FindSimilar, Ranked>(
            "find_similar",
            "Find similar code",
            "Finds code like a given piece of code: duplicates, other implementations, the place to put a helper.",
            find_similar,
        ),
        known::<arguments::Related, Ranked>(
            "callers",
            "Callers",
            "Lists who calls or uses a symbol, with each line and how sure it is that this symbol is meant.",
            callers,
        ),
        known::<arguments::Related, Ranked>(
            "callees",
            "Callees",
            "Lists what a symbol calls or uses, with each line.",
            callees,
        ),
        known::<arguments::CallPath, Ranked>(
            "call_path",
            "Call path",
            "Finds the shortest chain of calls from one symbol to another, with the line of each call.",
            call_path,
        ),
        known::<arguments::Impact, Ranked>(
            "impact",
            "Impact of a change",
            "Lists who is affected when a symbol changes: its users, their users and so on, with their distance, and which of them are tests to run.",
            impact,
        ),
        known::<arguments::Outline, Outlines>(
            "outline",
            "Outline",
            "Lists what a file defines, with lines and signatures, or the outermost definitions of the files of a folder.",
            outline,
        ),
        known::<arguments::ReadSymbol, Ranked>(
            "read_symbol",
            "Read a symbol",
            "Gives the whole source of a symbol by name, with its doc comment, without the rest of the file.",
            read_symbol,
        ),
        known::<arguments::Grep, Matching>(
            "grep",
            "Grep",
            "Lists lines that hold a text or match a regular expression, in all indexed files, definitions first.",
            grep,
        ),
        Known {
            waits: false,
            ..known::<arguments::Nothing, Status>(
                "status",
                "Status of the index",
                "Says what is indexed, what was left out and why, and whether the index is up to date.",
                status,
            )
        },
        Known {
            tool: tool::<arguments::Nothing, Started>(
                "reindex",
                "Index again",
                "Makes the index again from nothing. Only for an index that seems wrong: changes of files are followed by themselves.",
            )
            .annotate(
                ToolAnnotations::with_title("Index again")
                    .read_only(false)
                    .destructive(false)
                    .idempotent(true)
                    .open_world(false),
            ),
            waits: false,
            run: reindex,
        },
    ]
}

fn known<I: JsonSchema + 'static, O: JsonSchema + 'static>(
    name: &'static str,
    title: &'static str,
    description: &'static str,
    run: Run,
) -> Known {
    Known {
        tool: tool::<I, O>(name, title, description),
        waits: true,
        run,
    }
}

fn tool<I: JsonSchema + 'static, O: JsonSchema + 'static>(
    name: &'static str,
    title: &'static str,
    description: &'static str,
) -> Tool {
    let input = schema_for_input::<I>();
    let mut input = input.expect("arguments are structures, whose schemas are objects");
    // Some hosts want the field even where a tool takes nothing.
    let properties = Arc::make_mut(&mut input).entry("properties");
    properties.or_insert_with(|| serde_json::json!({}));
    Tool::new(name, description, input)
        .with_title(title)
        .with_raw_output_schema(schema_for_output::<O>())
        .annotate(
            ToolAnnotations::with_title(title)
                .read_only(true)
                .destructive(false)
                .idempotent(true)
                .open_world(false),
        )
}

impl Call<'_> {
    /// Asks; where files had just changed on the disk, asks again until they were read, or for as long as is reasonable.
    fn ask<T: Checked>(
        &self,
        question: impl Fn(&dyn Ask) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let until = Instant::now() + REREAD;
        loop {
            let answer = question(self.engine)?;
            if answer.stale().is_empty() || Instant::now() >= until {
                return Ok(answer);
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// What to know about every answer: that the index is not there yet.
    fn notes(&self, complete: bool) -> Vec<String> {
        if complete || self.engine.is_ready() {
            return Vec::new();
        }
        let report = self.engine.status();
        let (done, total) = report.folders.iter().fold((0, 0), |(done, total), folder| {
            (done + folder.done, total + folder.total)
        });
        let stopped = report
            .folders
            .iter()
            .find(|folder| folder.state == "stopped");
        vec![match stopped {
            Some(folder) => format!(
                "the index is not complete: {}",
                folder
                    .problems
                    .last()
                    .map_or("it was stopped", String::as_str)
            ),
            None => format!(
                "the index is not complete yet ({done} of {total} files); this is what is there, ask again for more"
            ),
        }]
    }

    fn results(
        &self,
        mut response: SearchResponse,
        size: Size,
        shown: impl Fn(Found, &Hit) -> Found,
    ) -> Rendered {
        let mut notes = self.notes(response.complete);
        notes.append(&mut response.notes);
        let truncated = response.hits.len() > size.limit;
        let hits = response.hits.iter().take(size.limit);
        let results = Ranked {
            complete: response.complete,
            truncated,
            reading: if response.hits.is_empty() {
                format!("nothing found ({})", response.reading)
            } else {
                response.reading
            },
            notes,
            results: hits
                .map(|hit| shown(Found::new(self.roots, hit), hit))
                .collect(),
        };
        results.render(size.budget)
    }

    /// The answer about a symbol; a name that is nowhere is an answer with names that are near, a place that is not there is a
    /// mistake.
    fn about(
        &self,
        name: &str,
        answer: Result<SearchResponse, EngineError>,
    ) -> Result<SearchResponse, Failure> {
        match answer {
            Err(EngineError::Search(SearchError::NotFound(why))) if self.is_name(name) => {
                let mut response = SearchResponse {
                    complete: self.engine.is_ready(),
                    reading: why,
                    ..SearchResponse::default()
                };
                response.notes.extend(self.near(name)?);
                Ok(response)
            }
            answer => Ok(answer?),
        }
    }

    fn is_name(&self, symbol: &str) -> bool {
        let target = self.roots.symbol(self.engine, "symbol", symbol);
        matches!(target, Ok(symseek_search::GraphTarget::Name(_)))
    }

    /// Names near one that is nowhere.
    fn near(&self, name: &str) -> Result<Option<String>, Failure> {
        let request = SearchRequest {
            mode: SearchMode::Symbols,
            lenient: true,
            ..SearchRequest::new(name, 5)
        };
        let response = self.engine.search(&request, Instant::now(), self.cancel)?;
        let near = response.hits.iter().map(|hit| {
            let found = Found::new(self.roots, hit);
            format!("{} ({})", found.name, found.anchor)
        });
        let near: Vec<String> = near.collect();
        Ok((!near.is_empty()).then(|| format!("near names: {}", near.join(", "))))
    }
}

fn search(call: &Call<'_>, given: Option<JsonObject>) -> Answer {
    let given: arguments::Search = parse(given)?;
    let size = Size::of(given.limit, 10, given.budget)?;
    if given.query.trim().is_empty() {
        return Err("`query` is empty; describe what you look for"
            .to_owned()
            .into());
    }
    let filters = Narrowed {
        kinds: &given.kinds,
        paths: &given.paths,
        exclude_paths: &given.exclude_paths,
        languages: &given.languages,
    };
    let (text, cut_off) = query(given.query);
    let request = SearchRequest {
        folders: call.roots.chosen("workspaces", &given.workspaces)?,
        ..SearchRequest::new(text + &filters.words()?, size.limit)
    };
    let until = Instant::now() + REFINE;
    let mut response = call.ask(|engine| engine.search(&request, until, call.cancel))?;
    response.notes.extend(cut_off);
    Ok(call.results(response, size, |found, hit| match given.code {
        Code::None => found,
        Code::Snippet => found.with_snippet(hit),
        Code::Full => found.with_all(hit),
    }))
}

fn search_symbols(call: &Call<'_>, given: Option<JsonObject>) -> Answer {
    let given: arguments::SearchSymbols = parse(given)?;
    let size = Size::of(given.limit, 20, given.budget)?;
    if given.name.trim().is_empty() {
        return Err("`name` is empty".to_owned().into());
    }
    let filters = Narrowed {
        kinds: &given.kinds,
        paths: &given.paths,
        exclude_paths: &given.exclude_paths,
        languages: &given.languages,
    };
    let (text, cut_off) = query(given.name);
    let request = SearchRequest {
        mode: SearchMode::Symbols,
        ..SearchRequest::new(text + &filters.words()?, size.limit)
    };
    let mut response = call.ask(|engine| engine.search(&request, Instant::now(), call.cancel))?;
    response.notes.extend(cut_off);
    Ok(call.results(response, size, |found, _| found))
}

fn find_similar(call: &Call<'_>, given: Option<JsonObject>) -> Answer {
    let given: arguments::FindSimilar = parse(given)?;
    let size = Size::of(given.limit, 10, given.budget)?;
    let target = match (given.code, &given.path, given.line) {
        (Some(code), None, None) if given.end_line.is_none() => SimilarTarget::Text(code),
        (None, Some(path), Some(line)) => {
            let end_line = given.end_line.unwrap_or(line);
            if line == 0 || end_line < line {
                return Err(format!(
                    "`line` counts from 1 and `end_line` is no smaller, got {line} and {end_line}"
                )
                .into());
            }
            let start = Point {
                row: line - 1,
                column: 0,
            };
            let end = match given.end_line {
                None => start,
                Some(last) => Point {
                    row: last - 1,
                    column: u32::MAX,
                },
            };
            SimilarTarget::Range {
                path: call.roots.resolve("path", path)?,
                start,
                end,
            }
        }
        _ => {
            return Err(
                "expected either `code`, or `path` and `line` and maybe `end_line`"
                    .to_owned()
                    .into(),
            );
        }
    };
    let request = SimilarRequest {
        target,
        limit: size.limit,
    };
    let response = call.ask(|engine| engine.similar(&request, call.cancel))?;
    Ok(call.results(response, size, Found::with_snippet))
}

fn callers(call: &Call<'_>, given: Option<JsonObject>) -> Answer {
    related(call, given, |engine, request, cancel| {
        engine.callers(request, cancel)
    })
}

fn callees(call: &Call<'_>, given: Option<JsonObject>) -> Answer {
    related(call, given, |engine, request, cancel| {
        engine.callees(request, cancel)
    })
}

fn related(
    call: &Call<'_>,
    given: Option<JsonObject>,
    ask: impl Fn(&dyn Ask, &GraphRequest, &Cancel) -> Result<SearchResponse, EngineError>,
) -> Answer {
    let given: arguments::Related = parse(given)?;
    let size = Size::of(given.limit, 20, given.budget)?;
    let request = GraphRequest {
        target: call.roots.symbol(call.engine, "symbol", &given.symbol)?,
        limit: size.limit + 1,
    };
    let answer = call.ask(|engine| ask(engine, &request, call.cancel));
    let response = call.about(&given.symbol, answer)?;
    Ok(call.results(response, size, |found, _| found))
}

fn call_path(call: &Call<'_>, given: Option<JsonObject>) -> Answer {
    let given: arguments::CallPath = parse(given)?;
    let max_calls = given.max_calls.unwrap_or(8);
    if !(1..=20).contains(&max_calls) {
        return Err(format!("`max_calls`: expected 1 to 20, got {max_calls}").into());
    }
    let size = Size {
        limit: max_calls as usize + 1,
        budget: budget_of(given.budget)?,
    };
    let request = PathRequest {
        from: call.roots.symbol(call.engine, "from", &given.from)?,
        to: call.roots.symbol(call.engine, "to", &given.to)?,
        max_calls: max_calls as usize,
    };
    let answer = call.ask(|engine| engine.call_path(&request, call.cancel));
    let response = match answer {
        Err(EngineError::Search(SearchError::NotFound(why))) => SearchResponse {
            complete: call.engine.is_ready(),
            reading: why,
            ..SearchResponse::default()
        },
        answer => answer?,
    };
    Ok(call.results(response, size, |found, _| found))
}

fn impact(call: &Call<'_>, given: Option<JsonObject>) -> Answer {
    let given: arguments::Impact = parse(given)?;
    let size = Size::of(given.limit, 50, given.budget)?;
    let depth = given.depth.unwrap_or(3);
    if !(1..=10).contains(&depth) {
        return Err(format!("`depth`: expected 1 to 10, got {depth}").into());
    }
    let request = ImpactRequest {
        target: call.roots.symbol(call.engine, "symbol", &given.symbol)?,
        depth,
        limit: size.limit,
    };
    let impact = match call.ask(|engine| engine.impact(&request, call.cancel)) {
        Err(error @ EngineError::Search(SearchError::NotFound(_))) => {
            let response = call.about(&given.symbol, Err(error))?;
            return Ok(call.results(response, size, |found, _| found));
        }
        answer => answer?,
    };
    let mut notes = call.notes(impact.complete);
    let n_tests = impact.affected.iter().filter(|it| it.is_test).count();
    let n_affected = impact.affected.len();
    if n_affected > 0 {
        let least = if impact.more { "at least " } else { "" };
        notes.push(format!(
            "{least}{n_affected} affected, {n_tests} of them tests"
        ));
    }
    let results = Ranked {
        complete: impact.complete,
        truncated: impact.more,
        reading: match n_affected {
            0 => format!("nothing found ({})", impact.reading),
            _ => impact.reading,
        },
        notes,
        results: (impact.affected.iter())
            .map(|it| Found {
                depth: Some(it.depth),
                is_test: Some(it.is_test),
                ..Found::new(call.roots, &it.hit)
            })
            .collect(),
    };
    Ok(results.render(size.budget))
}

fn outline(call: &Call<'_>, given: Option<JsonObject>) -> Answer {
    let given: arguments::Outline = parse(given)?;
    let budget = budget_of(given.budget)?;
    let path = call.roots.resolve("path", &given.path)?;
    outline_of(call, path, budget)
}

/// The outline of a resolved path.
pub(crate) fn outline_of(call: &Call<'_>, path: std::path::PathBuf, budget: u32) -> Answer {
    let request = OutlineRequest {
        path,
        max_files: MAX_FILES,
    };
    let outline = call.ask(|engine| engine.outline(&request, call.cancel))?;
    let notes = call.notes(outline.complete);
    Ok(Outlines::render(outline, call.roots, notes, budget))
}

fn read_symbol(call: &Call<'_>, given: Option<JsonObject>) -> Answer {
    let given: arguments::ReadSymbol = parse(given)?;
    let size = Size::of(given.limit, 5, given.budget)?;
    let request = DefinitionRequest {
        target: call.roots.symbol(call.engine, "symbol", &given.symbol)?,
        limit: size.limit,
    };
    let definitions = match call.ask(|engine| engine.definitions(&request, call.cancel)) {
        Err(error @ EngineError::Search(SearchError::NotFound(_))) => {
            let response = call.about(&given.symbol, Err(error))?;
            return Ok(call.results(response, size, |found, _| found));
        }
        answer => answer?,
    };
    let mut notes = call.notes(definitions.complete);
    if definitions.more {
        notes.push("more definitions have this name; qualify it, or raise limit".to_owned());
    }
    let results = Ranked {
        complete: definitions.complete,
        truncated: definitions.more,
        reading: String::new(),
        notes,
        results: (definitions.found.into_iter())
            .map(|it| Found {
                line: it.rows.start + 1,
                end_line: it.rows.end + 1,
                code: Some(CodeLines {
                    line: it.rows.start + 1,
                    text: it.text,
                }),
                ..Found::new(call.roots, &it.hit)
            })
            .collect(),
    };
    Ok(results.render(size.budget))
}

fn grep(call: &Call<'_>, given: Option<JsonObject>) -> Answer {
    let given: arguments::Grep = parse(given)?;
    let size = Size::of(given.limit, 50, given.budget)?;
    let length = given.pattern.len();
    if !(1..=MAX_PATTERN).contains(&length) {
        return Err(format!("`pattern`: expected 1 to {MAX_PATTERN} bytes, got {length}").into());
    }
    let filters = Narrowed {
        paths: &given.paths,
        exclude_paths: &given.exclude_paths,
        languages: &given.languages,
        kinds: &[],
    };
    let filters = Query::parse(&filters.words()?).map_err(|error| error.to_string())?;
    let request = GrepRequest {
        pattern: given.pattern,
        is_regex: given.regex,
        ignore_case: given.ignore_case,
        filters: filters.filters,
        limit: size.limit,
    };
    let response = call.ask(|engine| engine.grep(&request, GREP, call.cancel))?;
    let notes = call.notes(response.complete);
    Ok(Matching::render(response, call.roots, notes, size.budget))
}

fn status(call: &Call<'_>, given: Option<JsonObject>) -> Answer {
    let arguments::Nothing {} = parse(given)?;
    Ok(Status::new(call.engine.status()).render())
}

fn reindex(call: &Call<'_>, given: Option<JsonObject>) -> Answer {
    let arguments::Nothing {} = parse(given)?;
    call.engine.reindex();
    Ok(Started::render())
}

/// The tools by name, in the order in which they are listed.
pub(crate) fn table() -> Arc<[Known]> {
    all().into()
}
