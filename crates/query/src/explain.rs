//! What a query will do, for people: an indented tree, a line a clause, in the order of evaluation.

use crate::boolean::{Bool, Condition};
use crate::clause::{Clause, Query};
use crate::field::{Field, Kind};
use crate::function::FunctionScore;
use crate::phrase::Phrase;
use crate::tokens::Word;
use crate::value::{Test, ValueClause};
use crate::words::Words;
use std::fmt::{self, Write};

impl Query {
    /// The tree as text, each line with its line feed.
    pub fn explain(&self) -> String {
        let mut tree = Tree {
            text: String::new(),
            depth: 0,
            query: self,
        };
        // Writing to a string doesn't fail.
        let _ = tree.clause(&self.root, "");
        tree.text
    }
}

struct Tree<'q> {
    text: String,
    depth: usize,
    query: &'q Query,
}

impl Tree<'_> {
    fn line(&mut self, text: fmt::Arguments<'_>) -> fmt::Result {
        writeln!(self.text, "{:indent$}{text}", "", indent = self.depth * 2)
    }

    fn inside(&mut self, write: impl FnOnce(&mut Self) -> fmt::Result) -> fmt::Result {
        self.depth += 1;
        write(self)?;
        self.depth -= 1;
        Ok(())
    }

    fn clause(&mut self, clause: &Clause, role: &str) -> fmt::Result {
        match clause {
            Clause::MatchAll { .. } => self.line(format_args!("{role}every document")),
            Clause::MatchNone { .. } => self.line(format_args!("{role}no document")),
            Clause::Value(value) => self.line(format_args!("{role}{}", Described(&**value))),
            Clause::Ids(ids) => self.line(format_args!(
                "{role}_id, or id, is one of {} values",
                ids.written.len()
            )),
            Clause::Bool(bool) => self.bool(bool, role),
            Clause::ConstantScore { filter, boost } => {
                self.line(format_args!("{role}constant score {}", boost.0))?;
                self.inside(|tree| tree.clause(filter, ""))
            }
            Clause::DisMax { queries, .. } => {
                self.list("at least one of, scored by the best", queries, role)
            }
            Clause::Boosting {
                positive,
                negative,
                negative_boost,
                ..
            } => {
                self.line(format_args!("{role}boosting"))?;
                self.inside(|tree| {
                    tree.clause(positive, "")?;
                    tree.clause(negative, &format!("score times {negative_boost} if: "))
                })
            }
            Clause::Nested(nested) => {
                self.line(format_args!("{role}within one element of {}", nested.name))?;
                self.inside(|tree| tree.clause(&nested.query, ""))
            }
            Clause::FunctionScore(function) => self.function(function, role),
            Clause::Expression(expr) => {
                self.line(format_args!("{role}expression {}", expr.written))
            }
            Clause::Udf { place, .. } => {
                let udf = &self.query.udfs[*place];
                let version = udf.version.as_deref().unwrap_or("the latest version");
                self.line(format_args!(
                    "{role}WebAssembly function {}, {version}",
                    udf.name
                ))
            }
            Clause::Text(text) => self.clause(&text.meaning, &format!("{role}{}: ", text.name)),
            Clause::Words(words) => self.line(format_args!("{role}{}", Described(&**words))),
            Clause::Phrase(phrase) => self.line(format_args!("{role}{}", Described(&**phrase))),
            Clause::EachField(each) => {
                self.line(format_args!(
                    "{role}in some field of text named {}",
                    each.pattern
                ))?;
                self.inside(|tree| tree.clause(&each.template, ""))
            }
        }
    }

    fn list(&mut self, title: &str, clauses: &[Clause], role: &str) -> fmt::Result {
        self.line(format_args!("{role}{title}"))?;
        self.inside(|tree| {
            clauses
                .iter()
                .try_for_each(|clause| tree.clause(clause, ""))
        })
    }

    fn bool(&mut self, bool: &Bool, role: &str) -> fmt::Result {
        if bool.plan.conditions.is_empty() && bool.should.is_empty() {
            return self.line(format_args!("{role}every document"));
        }
        self.line(format_args!("{role}all of, in this order"))?;
        self.inside(|tree| {
            for condition in &bool.plan.conditions {
                match *condition {
                    Condition::Must(place) => tree.clause(&bool.must[place as usize], "must: ")?,
                    Condition::Filter(place) => {
                        tree.clause(&bool.filter[place as usize], "filter: ")?
                    }
                    Condition::MustNot(place) => {
                        tree.clause(&bool.must_not[place as usize], "must not: ")?;
                    }
                    Condition::Should => {
                        let (needed, count) = (bool.plan.needed, bool.should.len());
                        tree.line(format_args!("should: at least {needed} of {count}"))?;
                        tree.inside(|tree| tree.should(bool))?;
                    }
                }
            }
            if bool.plan.needed == 0 && !bool.should.is_empty() {
                tree.line(format_args!("for the score alone"))?;
                tree.inside(|tree| tree.should(bool))?;
            }
            Ok(())
        })
    }

    fn should(&mut self, bool: &Bool) -> fmt::Result {
        bool.plan
            .should
            .iter()
            .try_for_each(|place| self.clause(&bool.should[*place as usize], ""))
    }

    fn function(&mut self, function: &FunctionScore, role: &str) -> fmt::Result {
        let count = function.functions.len();
        self.line(format_args!(
            "{role}scored by {count} function{}",
            if count == 1 { "" } else { "s" }
        ))?;
        self.inside(|tree| {
            tree.clause(&function.query, "")?;
            match function.min_score {
                Some(least) => tree.line(format_args!("with a score of at least {least}")),
                None => Ok(()),
            }
        })
    }
}

/// A clause in words.
struct Described<'c, T>(&'c T);

impl fmt::Display for Described<'_, Field> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.name)?;
        match &self.0.kind {
            Kind::Dynamic => Ok(()),
            Kind::Text { analyzer, .. } => write!(f, " (text, {})", analyzer.name()),
            Kind::Keyword { .. } => f.write_str(" (keyword)"),
            Kind::Date => f.write_str(" (date)"),
            Kind::Number => f.write_str(" (number)"),
            Kind::Boolean => f.write_str(" (boolean)"),
        }
    }
}

impl fmt::Display for Described<'_, ValueClause> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", Described(&self.0.field))?;
        match &self.0.test {
            Test::Exists => f.write_str("has a value"),
            Test::Equals(value) => write!(f, "is {value}"),
            Test::EqualsIgnoringCase(text) => write!(f, "is {text:?}, in whatever case"),
            Test::OneOf(values) if values.len() <= 10 => write!(f, "is one of {values}"),
            Test::OneOf(values) => write!(f, "is one of {} values", values.len()),
            Test::Within { lower, upper, .. } => {
                let ends = [(lower, [">", ">="]), (upper, ["<", "<="])];
                let mut separator = "is ";
                for (end, operators) in ends {
                    if let Some(end) = end {
                        let operator = operators[usize::from(end.inclusive)];
                        write!(f, "{separator}{operator} {}", end.value)?;
                        separator = " and ";
                    }
                }
                if separator == "is " {
                    f.write_str("has a value")?;
                }
                Ok(())
            }
            Test::Prefix { prefix, .. } => write!(f, "begins with {prefix:?}"),
            Test::Pattern(pattern) => write!(f, "matches the pattern {:?}", pattern.source),
            Test::Fuzzy(fuzzy) => {
                let plural = if fuzzy.edits() == 1 { "" } else { "s" };
                write!(
                    f,
                    "is within {} edit{plural} of {:?}",
                    fuzzy.edits(),
                    fuzzy.word
                )
            }
        }
    }
}

impl fmt::Display for Described<'_, Word> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Word::Exact(word) => f.write_str(word),
            Word::Prefix(prefix) => write!(f, "{prefix}*"),
            Word::Fuzzy(fuzzy) => write!(f, "{}~{}", fuzzy.word, fuzzy.edits()),
            Word::Pattern(pattern) => write!(f, "/{}/", pattern.source),
        }
    }
}

/// The alternatives of one position.
fn write_group(f: &mut fmt::Formatter<'_>, words: &[Word]) -> fmt::Result {
    let mut separator = "";
    for word in words {
        write!(f, "{separator}{}", Described(word))?;
        separator = "|";
    }
    Ok(())
}

impl fmt::Display for Described<'_, Words> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Words {
            field,
            groups,
            needed,
            ..
        } = self.0;
        write!(f, "{} has ", Described(field))?;
        match (groups.len(), needed) {
            (1, _) => f.write_str("the word")?,
            (count, needed) if count == *needed => f.write_str("all the words")?,
            (_, 1) => f.write_str("one of the words")?,
            (_, needed) => write!(f, "{needed} of the words")?,
        }
        for group in groups.iter() {
            f.write_char(' ')?;
            write_group(f, group)?;
        }
        Ok(())
    }
}

impl fmt::Display for Described<'_, Phrase> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has the phrase", Described(&self.0.field))?;
        for place in self.0.places.iter() {
            f.write_char(' ')?;
            write_group(f, &place.words)?;
        }
        match self.0.slop {
            0 => Ok(()),
            slop => write!(f, ", slop {slop}"),
        }
    }
}
