//! The shape of facts on small sources, one expectation per feature.
#![allow(
    clippy::unwrap_used,
    clippy::needless_raw_string_hashes,
    reason = "tests"
)]

use expect_test::{Expect, expect};
use std::fmt::Write;
use symseek_syntax::{Language, facts};

fn check(language: &str, fixture: &str, expect: &Expect) {
    let facts = facts(fixture, Language::by_name(language));
    let mut out = String::new();
    for s in &facts.symbols {
        let doc = s
            .doc
            .map_or("", |doc| doc.slice(fixture))
            .replace('\n', "|");
        let test = if s.is_test { " test" } else { "" };
        writeln!(
            out,
            "{:?} {} {}-{}{test} `{}` {doc}",
            s.kind, s.qualified, s.lines.start, s.lines.end, s.signature
        )
        .unwrap();
    }
    for c in &facts.chunks {
        let name = facts.chunk_symbol(c).map_or("-", |s| &s.qualified);
        writeln!(
            out,
            ". {:?} {}-{} {name}",
            c.kind, c.lines.start, c.lines.end
        )
        .unwrap();
    }
    for r in &facts.references {
        let within = r.enclosing.map_or("-", |s| &facts.symbol(s).qualified);
        let dot = if r.on_value { "." } else { "::" };
        let qualifier = r
            .qualifier
            .as_ref()
            .map_or(String::new(), |q| format!("{q}{dot}"));
        writeln!(out, ". {:?} {qualifier}{} in {within}", r.kind, r.name).unwrap();
    }
    for i in &facts.imports {
        let public = if i.reexport { " public" } else { "" };
        writeln!(out, ". use {} = {} as {}{public}", i.path, i.name, i.alias).unwrap();
    }
    expect.assert_eq(&out);
}

#[test]
fn rust_items_and_docs() {
    check(
        "rust",
        "\
//! Module doc.
use std::fmt;

const A: u8 = 1;
const B: u8 = 2;

/// A point.
#[derive(Clone)]
struct Point<T> { x: T }

// Plain words.
impl<T> fmt::Display for Point<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = helper(self.x);
        write!(f, \"{}\", local.get(A))
    }
}
",
        &expect![[r#"
            Constant A 3-3 `const A: u8 = 1` 
            Constant B 4-4 `const B: u8 = 2` 
            Struct Point 6-8 `struct Point<T>` /// A point.
            Field Point::x 8-8 `x: T` 
            Impl Point 10-16 `impl<T> fmt::Display for Point<T>` // Plain words.
            Method Point::fmt 12-15 `fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result` 
            . Symbol 0-4 A
            . Symbol 6-8 Point
            . Head 10-11 Point
            . Symbol 12-16 Point::fmt
            . Implements Clone in Point
            . Implements fmt::Display in Point
            . Type Point in Point
            . Type fmt::Formatter in Point::fmt
            . Type fmt::Result in Point::fmt
            . Call helper in Point::fmt
            . Macro write in Point::fmt
            . Call local.get in Point::fmt
            . Read A in Point::fmt
            . use std::fmt = fmt as fmt
        "#]],
    );
}

#[test]
fn rust_items_inside_macros() {
    check(
        "rust",
        "\
cfg_rt! {
    /// Spawns.
    pub fn spawn() { run(vec![task(1)]) }

    cfg_net! {
        pub fn bind() {}
    }
}
",
        &expect![[r#"
            Function spawn 1-2 `pub fn spawn()` /// Spawns.
            Function bind 5-5 `pub fn bind()` 
            . Symbol 0-2 spawn
            . Symbol 4-7 bind
            . Macro cfg_rt in -
            . Call run in spawn
            . Macro vec in spawn
            . Call task in spawn
            . Macro cfg_net in -
        "#]],
    );
}

#[test]
fn rust_tests_are_marked() {
    check(
        "rust",
        "\
#[cfg(test)]
mod tests {
    #[cfg(test)]
    use super::*;

    #[tokio::test]
    async fn works() { assert_eq!(a.b(), T::c()); }
}
#[test]
fn alone() {}
fn plain() {}
",
        &expect![[r#"
            Module tests 0-7 test `mod tests` 
            Function tests::works 5-6 test `async fn works()` 
            Function alone 8-9 test `fn alone()` 
            Function plain 10-10 `fn plain()` 
            . Head 0-3 tests
            . Symbol 5-7 tests::works
            . Symbol 8-9 alone
            . Symbol 10-10 plain
            . Macro assert_eq in tests::works
            . Read a in tests::works
            . Call a.b in tests::works
            . Type T in tests::works
            . Call T::c in tests::works
            . use super::* = * as *
        "#]],
    );
}

#[test]
fn rust_use_trees() {
    check(
        "rust",
        "pub use a::{self, b as c, d::{e, *}, r#type};\nextern crate core as k;\nuse x;\n",
        &expect![[r#"
            . Gap 0-2 -
            . use a = a as a public
            . use a::b = b as c public
            . use a::d::e = e as e public
            . use a::d::* = * as * public
            . use a::type = type as type public
            . use core = core as k
            . use x = x as x
        "#]],
    );
}

#[test]
fn python_classes() {
    check(
        "python",
        "\
import os.path, a.b as c
from ..pkg import x as y, z
from m import *

LIMIT = 3

# Says hello.
@decorate(1)
class Greeter(Base):
    \"\"\"Greets.\"\"\"

    kind = \"g\"

    def __init__(self, name: str):
        self.name = clean(name)

    @property
    async def loud(self) -> str:
        \"\"\"Shouts.\"\"\"
        return c.upper(self.name, key=LIMIT)

def test_it():
    def inner(): pass
    assert Greeter(\"x\").loud
",
        &expect![[r#"
            Constant LIMIT 4-4 `LIMIT = 3` 
            Class Greeter 6-19 `class Greeter(Base)` """Greets."""
            Field Greeter.kind 11-11 `kind = "g"` 
            Constructor Greeter.__init__ 13-14 `def __init__(self, name: str)` 
            Method Greeter.loud 16-19 `async def loud(self) -> str` """Shouts."""
            Function test_it 21-23 test `def test_it()` 
            Function test_it.inner 22-22 test `def inner()` 
            . Symbol 0-4 LIMIT
            . Head 6-11 Greeter
            . Symbol 13-14 Greeter.__init__
            . Symbol 16-19 Greeter.loud
            . Symbol 21-23 test_it
            . Macro decorate in Greeter
            . Implements Base in Greeter
            . Type str in Greeter.__init__
            . Read self.name in Greeter.__init__
            . Call clean in Greeter.__init__
            . Macro property in Greeter.loud
            . Type str in Greeter.loud
            . Read c in Greeter.loud
            . Call c.upper in Greeter.loud
            . Read self.name in Greeter.loud
            . Read LIMIT in Greeter.loud
            . Call Greeter in test_it
            . Read Greeter("x").loud in test_it
            . use os.path = path as path
            . use a.b = b as c
            . use ..pkg.x = x as y
            . use ..pkg.z = z as z
            . use m.* = * as *
        "#]],
    );
}
