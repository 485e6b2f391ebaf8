//! Pattern trees to step tables for one grammar. Reports the file and line of whatever the grammar or the
//! vocabulary does not know.

use super::parse::{self, Arg, Predicate, Rule, Shape};
use super::{Capture, Condition, Kinds, Pack, PackError, Pattern, Step, Test};
use smallvec::SmallVec;
use tree_sitter::Language;

/// One query file of a pack.
pub(crate) struct Source<'a> {
    /// Its name in errors.
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    /// Written for the grammar of another language: patterns with nodes or fields that this grammar does not have are left
    /// out.
    pub(crate) inherited: bool,
}

/// Compiles the files of one pack, in order: of two patterns that name the same node the earlier wins.
pub(crate) fn compile(language: &Language, files: &[Source<'_>]) -> Result<Pack, PackError> {
    let mut pack = Pack::empty(language);
    for source in files {
        for rule in parse::parse(source.file, source.text)? {
            let compiler = Compiler {
                language,
                file: source.file,
            };
            for variant in expand(&rule.pattern) {
                if source.inherited && !compiler.knows(&variant) {
                    continue;
                }
                let pattern = compiler.pattern(&variant, &rule)?;
                let Kinds::These(kinds) = &pattern.steps[0].kinds else {
                    return Err(compiler.error(rule.pattern.line, "the root needs a kind"));
                };
                for &kind in kinds {
                    pack.by_kind[kind as usize].push(pack.patterns.len() as u16);
                }
                pack.patterns.push(pattern);
            }
        }
    }
    Ok(pack)
}

/// Resolves alternations with structure into one pattern each; alternations of plain kinds stay.
fn expand(pattern: &parse::Pattern) -> Vec<parse::Pattern> {
    match &pattern.shape {
        Shape::Any(any) if !any.iter().all(is_plain) => any
            .iter()
            .flat_map(expand)
            .map(|mut variant| {
                variant.field.clone_from(&pattern.field);
                variant.first = pattern.first;
                variant.optional |= pattern.optional;
                variant.captures.extend(pattern.captures.iter().cloned());
                variant
            })
            .collect(),
        Shape::Node {
            kind,
            children,
            absent,
        } => {
            let mut variants = vec![Vec::new()];
            for child in children {
                let choices = expand(child);
                variants = variants
                    .into_iter()
                    .flat_map(|prefix: Vec<parse::Pattern>| {
                        choices.iter().map(move |choice| {
                            let mut next = prefix.clone();
                            next.push(choice.clone());
                            next
                        })
                    })
                    .collect();
            }
            variants
                .into_iter()
                .map(|children| parse::Pattern {
                    shape: Shape::Node {
                        kind: kind.clone(),
                        children,
                        absent: absent.clone(),
                    },
                    ..pattern.clone()
                })
                .collect()
        }
        _ => vec![pattern.clone()],
    }
}

fn is_plain(pattern: &parse::Pattern) -> bool {
    pattern.captures.is_empty()
        && match &pattern.shape {
            Shape::Node {
                kind,
                children,
                absent,
            } => kind != "_" && children.is_empty() && absent.is_empty(),
            Shape::Token(_) => true,
            Shape::Any(_) => false,
        }
}

struct Compiler<'a> {
    language: &'a Language,
    file: &'a str,
}

impl Compiler<'_> {
    fn error(&self, line: usize, message: impl Into<String>) -> PackError {
        PackError {
            file: self.file.to_owned(),
            line,
            message: message.into(),
        }
    }

    /// Whether the grammar has every node and field of the pattern.
    fn knows(&self, pattern: &parse::Pattern) -> bool {
        let field = pattern.field.iter().all(|name| self.field(name, 0).is_ok());
        let children = match &pattern.shape {
            Shape::Node {
                children, absent, ..
            } => {
                children.iter().all(|child| self.knows(child))
                    && absent.iter().all(|name| self.field(name, 0).is_ok())
            }
            Shape::Token(_) | Shape::Any(_) => true,
        };
        field && children && self.kinds(pattern).is_ok()
    }

    fn pattern(&self, root: &parse::Pattern, rule: &Rule) -> Result<Pattern, PackError> {
        let mut repeated = Vec::new();
        let (mut merge, mut rest, mut trim, mut once) = (false, false, false, false);
        let mut outside = SmallVec::new();
        let (mut skip_line, mut language) = (false, None);
        for predicate in &rule.predicates {
            if predicate.name == "set!" {
                match predicate.args.as_slice() {
                    [Arg::Text(key), Arg::Text(field)] if key == "repeated" => {
                        repeated.push(field.clone());
                    }
                    [Arg::Text(key), Arg::Text(name)] if key == "language" => {
                        language = Some(name.clone());
                    }
                    [Arg::Text(key), Arg::Text(kind)] if key == "outside" => {
                        self.ids(kind, true, predicate.line, &mut outside)?;
                    }
                    [Arg::Text(key)] if key == "merge" => merge = true,
                    [Arg::Text(key)] if key == "once" => once = true,
                    [Arg::Text(key)] if key == "rest" => rest = true,
                    [Arg::Text(key)] if key == "skip_line" => skip_line = true,
                    [Arg::Text(key)] if key == "trim" => trim = true,
                    _ => {
                        let known = "known are (#set! repeated \"field\"), (#set! language \"name\"), (#set! merge), (#set! once), (#set! outside \"kind\"), (#set! rest), (#set! skip_line), (#set! trim)";
                        return Err(self.error(predicate.line, known));
                    }
                }
            }
        }
        let (mut steps, mut names) = (Vec::new(), Vec::new());
        // Parents first; children of one parent in order.
        let mut todo: Vec<(usize, &parse::Pattern)> = vec![(0, root)];
        while let Some((parent, pattern)) = todo.pop() {
            let step = self.step(parent, pattern, &repeated, &mut names, steps.len())?;
            let is_root = steps.is_empty();
            let idx = steps.len();
            steps.push(step);
            if !is_root {
                let earlier = (0..idx).rev().find(|&i| i > 0 && steps[i].parent == parent);
                steps[idx].after = earlier;
            }
            if let Shape::Node { children, .. } = &pattern.shape {
                todo.extend(children.iter().rev().map(|child| (idx, child)));
            }
        }
        let mut conditions = Vec::new();
        for predicate in &rule.predicates {
            if predicate.name != "set!" {
                conditions.extend(self.condition(predicate, &names)?);
            }
        }
        Ok(Pattern {
            steps,
            conditions,
            merge,
            rest,
            once,
            outside,
            trim,
            skip_line,
            language,
        })
    }

    fn step(
        &self,
        parent: usize,
        pattern: &parse::Pattern,
        repeated: &[String],
        names: &mut Vec<(String, usize)>,
        idx: usize,
    ) -> Result<Step, PackError> {
        let mut captures = SmallVec::new();
        for name in &pattern.captures {
            let capture = Capture::by_name(name)
                .ok_or_else(|| self.error(pattern.line, format!("unknown capture @{name}")))?;
            captures.push(capture);
            names.push((name.clone(), idx));
        }
        let absent = match &pattern.shape {
            Shape::Node { absent, .. } => absent
                .iter()
                .map(|name| self.field(name, pattern.line))
                .collect::<Result<_, _>>()?,
            _ => SmallVec::new(),
        };
        let field = match &pattern.field {
            Some(name) => Some(self.field(name, pattern.line)?),
            None => None,
        };
        Ok(Step {
            parent,
            field,
            kinds: self.kinds(pattern)?,
            captures,
            absent,
            optional: pattern.optional,
            first: pattern.first,
            after: None,
            many: match &pattern.field {
                None => !pattern.first,
                Some(name) => repeated.contains(name),
            },
        })
    }

    fn field(&self, name: &str, line: usize) -> Result<std::num::NonZeroU16, PackError> {
        self.language
            .field_id_for_name(name)
            .ok_or_else(|| self.error(line, format!("the grammar has no field {name}")))
    }

    fn kinds(&self, pattern: &parse::Pattern) -> Result<Kinds, PackError> {
        let mut kinds = SmallVec::new();
        match &pattern.shape {
            Shape::Node { kind, .. } if kind == "_" => return Ok(Kinds::Named),
            Shape::Node { kind, .. } => self.ids(kind, true, pattern.line, &mut kinds)?,
            Shape::Token(text) => self.ids(text, false, pattern.line, &mut kinds)?,
            Shape::Any(any) => {
                for choice in any {
                    if let Kinds::These(ids) = self.kinds(choice)? {
                        kinds.extend(ids);
                    }
                }
            }
        }
        Ok(Kinds::These(kinds))
    }

    /// A kind may have several ids (aliases), and visible ones only count.
    fn ids(
        &self,
        kind: &str,
        named: bool,
        line: usize,
        into: &mut impl Extend<u16>,
    ) -> Result<(), PackError> {
        let mut known = false;
        for id in 0..self.language.node_kind_count() as u16 {
            if self.language.node_kind_is_visible(id)
                && self.language.node_kind_is_named(id) == named
                && self.language.node_kind_for_id(id) == Some(kind)
            {
                into.extend([id]);
                known = true;
            }
        }
        if !known {
            return Err(self.error(line, format!("the grammar has no node {kind}")));
        }
        Ok(())
    }

    fn condition(
        &self,
        predicate: &Predicate,
        names: &[(String, usize)],
    ) -> Result<Option<Condition>, PackError> {
        let error = |message: &str| self.error(predicate.line, message);
        let Some((Arg::Capture(capture), texts)) = predicate.args.split_first() else {
            return Err(error("a predicate starts with a capture"));
        };
        let mut values = Vec::new();
        for arg in texts {
            match arg {
                Arg::Text(text) => values.push(text.clone()),
                Arg::Capture(_) => return Err(error("comparing two captures is not supported")),
            }
        }
        // The capture may stand in another variant of an alternation only.
        let Some(&(_, step)) = names.iter().find(|(name, _)| name == capture) else {
            return Ok(None);
        };
        let (name, negated) = match predicate.name.strip_prefix("not-") {
            Some(name) => (name, true),
            None => (predicate.name.as_str(), false),
        };
        let test = match (name, values.as_slice()) {
            ("eq?", [_]) | ("any-of?", [_, ..]) => Test::AnyOf(values),
            ("match?", [regex]) => {
                Test::Matches(regex::Regex::new(regex).map_err(|e| error(&e.to_string()))?)
            }
            _ => return Err(error("unknown predicate, or wrong number of arguments")),
        };
        Ok(Some(Condition {
            step,
            negated,
            test,
        }))
    }
}
