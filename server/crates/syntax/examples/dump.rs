//! Prints the facts of a file: `cargo run -p symseek-syntax --example dump -- FILE [references|symbols|imports|chunks]`.
#![allow(clippy::print_stdout, reason = "a tool for the terminal")]

use symseek_base::RelPath;

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let file = args.next().unwrap_or_default();
    let what = args.next().unwrap_or_default();
    let text = String::from_utf8_lossy(&std::fs::read(&file)?).into_owned();
    let path = RelPath::new(file.trim_start_matches('/')).map_err(std::io::Error::other)?;
    let facts = symseek_syntax::facts(&text, symseek_syntax::detect(&path, &text));
    let wants = |part: &str| what.is_empty() || what == part;
    println!(
        "errors: {} degraded: {:?}",
        facts.has_errors, facts.degraded
    );
    if wants("symbols") {
        for s in &facts.symbols {
            let (from, to) = (s.lines.start + 1, s.lines.end + 1);
            let doc = s.doc.map_or(0, symseek_base::ByteRange::len);
            println!(
                "{from:5}-{to:<5} {:?} {} test={} doc={doc} | {}",
                s.kind, s.qualified, s.is_test, s.signature
            );
        }
    }
    if wants("chunks") {
        for c in &facts.chunks {
            let (from, to) = (c.lines.start + 1, c.lines.end + 1);
            let name = facts.chunk_symbol(c).map_or("", |s| &s.qualified);
            println!(
                "{from:5}-{to:<5} {:?} {name} test={} {} B",
                c.kind,
                c.is_test,
                c.range.len()
            );
        }
    }
    if wants("references") {
        for r in &facts.references {
            let name = r.enclosing.map_or("", |s| &facts.symbol(s).qualified);
            println!(
                "{:5} {:?} {:?}{}{} in {name}",
                r.line + 1,
                r.kind,
                r.qualifier.as_deref().unwrap_or(""),
                if r.on_value { "." } else { "::" },
                r.name
            );
        }
    }
    if wants("imports") {
        for i in &facts.imports {
            println!(
                "{:5} {} as {} ({}) {}",
                i.line + 1,
                i.path,
                i.alias,
                i.name,
                i.reexport
            );
        }
    }
    Ok(())
}
