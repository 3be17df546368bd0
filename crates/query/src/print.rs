//! Queries to JSON, in one canonical form that parses to the same query: what EXPLAIN shows.

use crate::clause::{Bool, Boost, Bound, Clause, Query, UdfClause};
use crate::field::Field;
use crate::scalar::{Scalar, ScalarSet};
use quidditch_document::Step;
use std::fmt::{self, Display, Formatter};

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.root.write(f, &self.udfs)
    }
}

/// A string as JSON.
struct Quoted<T>(T);

impl<T: Display> Display for Quoted<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        serde_json::Value::String(self.0.to_string()).fmt(f)
    }
}

/// `{"key": value, …}`, one pair at a time; nothing is written for what is left out.
struct Pairs<'w, 'f> {
    f: &'w mut Formatter<'f>,
    separator: &'static str,
}

impl<'w, 'f> Pairs<'w, 'f> {
    fn open(f: &'w mut Formatter<'f>) -> Pairs<'w, 'f> {
        Pairs { f, separator: "{" }
    }

    fn key(&mut self, key: impl Display) -> Result<&mut Formatter<'f>, fmt::Error> {
        write!(self.f, "{}{}: ", self.separator, Quoted(key))?;
        self.separator = ", ";
        Ok(self.f)
    }

    fn pair(&mut self, key: &str, value: impl Display) -> fmt::Result {
        write!(self.key(key)?, "{value}")
    }

    fn boost(&mut self, boost: &Boost) -> fmt::Result {
        if *boost == Boost::ONE {
            Ok(())
        } else {
            self.pair("boost", boost.0)
        }
    }

    fn bound(&mut self, bound: &Option<Bound>, inclusive: &str, exclusive: &str) -> fmt::Result {
        let Some(bound) = bound else { return Ok(()) };
        self.pair(
            if bound.inclusive {
                inclusive
            } else {
                exclusive
            },
            &bound.value,
        )
    }

    fn close(self) -> fmt::Result {
        if self.separator == "{" {
            self.f.write_str("{}")
        } else {
            self.f.write_str("}")
        }
    }
}

impl Display for Scalar {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Bool(bool) => bool.fmt(f),
            Scalar::Number(number) => number.fmt(f),
            Scalar::String(string) => Quoted(string).fmt(f),
        }
    }
}

impl Display for ScalarSet {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let bools = [(self.has_false, "false"), (self.has_true, "true")];
        let bools = bools
            .iter()
            .filter(|(has, _)| *has)
            .map(|(_, text)| (*text).to_owned());
        let numbers = self.numbers.iter().map(ToString::to_string);
        let strings = self.strings.iter().map(|string| Quoted(string).to_string());
        write!(
            f,
            "[{}]",
            bools
                .chain(numbers)
                .chain(strings)
                .collect::<Vec<_>>()
                .join(", ")
        )
    }
}

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = self.path.to_string();
        // Unquoted, these would be options of a clause and a pattern.
        if !matches!(&*text, "boost" | "_name") && !text.contains('*') {
            return f.write_str(&text);
        }
        self.path.steps().iter().try_for_each(|step| match step {
            Step::Key { name, .. } => write!(f, "[{}]", Quoted(name)),
            Step::Index(index) => write!(f, "[{index}]"),
        })
    }
}

impl Clause {
    fn write(&self, f: &mut Formatter<'_>, udfs: &[UdfClause]) -> fmt::Result {
        let name = match self {
            Clause::MatchAll { .. } => "match_all",
            Clause::MatchNone { .. } => "match_none",
            Clause::Term { .. } => "term",
            Clause::Terms { .. } => "terms",
            Clause::Range { .. } => "range",
            Clause::Exists { .. } => "exists",
            Clause::Bool(_) => "bool",
            Clause::Udf { .. } => "wasm_udf",
        };
        let mut outer = Pairs::open(f);
        let mut body = Pairs::open(outer.key(name)?);
        match self {
            Clause::MatchAll { boost } | Clause::MatchNone { boost } => body.boost(boost)?,
            Clause::Term {
                field,
                value,
                case_insensitive: false,
                boost: Boost::ONE,
            } => {
                write!(body.key(field)?, "{value}")?;
            }
            Clause::Term {
                field,
                value,
                case_insensitive,
                boost,
            } => {
                let mut options = Pairs::open(body.key(field)?);
                options.pair("value", value)?;
                options.boost(boost)?;
                if *case_insensitive {
                    options.pair("case_insensitive", true)?;
                }
                options.close()?;
            }
            Clause::Terms {
                field,
                values,
                boost,
            } => {
                write!(body.key(field)?, "{values}")?;
                body.boost(boost)?;
            }
            Clause::Range {
                field,
                lower,
                upper,
                boost,
            } => {
                let mut options = Pairs::open(body.key(field)?);
                options.bound(lower, "gte", "gt")?;
                options.bound(upper, "lte", "lt")?;
                options.boost(boost)?;
                options.close()?;
            }
            Clause::Exists { field, boost } => {
                body.pair("field", Quoted(field))?;
                body.boost(boost)?;
            }
            Clause::Bool(bool) => bool.write(&mut body, udfs)?,
            Clause::Udf { place, boost } => {
                udfs[*place].write(&mut body)?;
                body.boost(boost)?;
            }
        }
        body.close()?;
        outer.close()
    }
}

impl Bool {
    fn write(&self, body: &mut Pairs<'_, '_>, udfs: &[UdfClause]) -> fmt::Result {
        let lists = [
            ("must", &self.must),
            ("filter", &self.filter),
            ("should", &self.should),
            ("must_not", &self.must_not),
        ];
        for (name, clauses) in lists {
            if clauses.is_empty() {
                continue;
            }
            let f = body.key(name)?;
            let mut separator = "[";
            for clause in clauses {
                f.write_str(separator)?;
                clause.write(f, udfs)?;
                separator = ", ";
            }
            f.write_str("]")?;
        }
        self.minimum_should_match
            .iter()
            .try_for_each(|minimum| body.pair("minimum_should_match", minimum))?;
        body.boost(&self.boost)
    }
}

impl UdfClause {
    fn write(&self, body: &mut Pairs<'_, '_>) -> fmt::Result {
        body.pair("name", Quoted(&self.name))?;
        self.version
            .iter()
            .try_for_each(|version| body.pair("version", Quoted(version)))?;
        if self
            .parameters
            .as_object()
            .is_some_and(|parameters| !parameters.is_empty())
        {
            body.pair("parameters", &self.parameters)?;
        }
        Ok(())
    }
}
