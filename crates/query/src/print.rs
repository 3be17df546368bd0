//! Queries to JSON, in one canonical form that parses to the same query: what EXPLAIN shows.

use crate::boolean::Bool;
use crate::clause::{Boost, Clause, Query, UdfClause};
use crate::field::Field;
use crate::function::{Combine, Function, FunctionScore, FunctionValue, MultiValue, Shape};
use crate::fuzzy::{Fuzziness, Fuzzy};
use crate::mapping::{Mapping, Properties, Property, Type};
use crate::nested::{Nested, NestedScore};
use crate::pattern::{Pattern, Syntax};
use crate::regexp::Flags;
use crate::scalar::{Scalar, ScalarSet};
use crate::value::{Bound, Test, ValueClause};
use quidditch_document::{Path, Step};
use serde_json::json;
use std::fmt::{self, Display, Formatter};

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.write_with(f, &self.root)
    }
}

impl Query {
    /// One of its clauses as a query of its own, bound to the same.
    pub(crate) fn write_with(&self, f: &mut Formatter<'_>, clause: &Clause) -> fmt::Result {
        if !self.is_bound() {
            return clause.write(f, &self.udfs);
        }
        let mut bound = Pairs::open(f);
        clause.write(bound.key("query")?, &self.udfs)?;
        if let Some(mapping) = &self.mapping {
            bound.pair("mapping", mapping)?;
        }
        if let Some(index) = &self.index {
            bound.pair("index", Quoted(index))?;
        }
        bound.close()
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
        write_path(&self.name, f)
    }
}

fn write_path(path: &Path, f: &mut Formatter<'_>) -> fmt::Result {
    let text = path.to_string();
    // Unquoted, these would be options of a clause and a pattern.
    if !matches!(&*text, "boost" | "_name" | "multi_value_mode") && !text.contains('*') {
        return f.write_str(&text);
    }
    path.steps().iter().try_for_each(|step| match step {
        Step::Key { name, .. } => write!(f, "[{}]", Quoted(name)),
        Step::Index(index) => write!(f, "[{index}]"),
    })
}

/// The name of one of several values.
fn name_of<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
    let found = names.iter().find(|(_, known)| known == value);
    found.map_or("", |(name, _)| name)
}

/// Clauses between brackets.
fn write_list(f: &mut Formatter<'_>, clauses: &[Clause], udfs: &[UdfClause]) -> fmt::Result {
    let mut separator = "[";
    for clause in clauses {
        f.write_str(separator)?;
        clause.write(f, udfs)?;
        separator = ", ";
    }
    f.write_str(if clauses.is_empty() { "[]" } else { "]" })
}

impl Clause {
    /// The name under which a query has it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Clause::MatchAll { .. } => "match_all",
            Clause::MatchNone { .. } => "match_none",
            Clause::Value(value) => value.test.name(),
            Clause::Ids(_) => "ids",
            Clause::Bool(_) => "bool",
            Clause::ConstantScore { .. } => "constant_score",
            Clause::DisMax { .. } => "dis_max",
            Clause::Boosting { .. } => "boosting",
            Clause::Nested(_) => "nested",
            Clause::FunctionScore(function) if function.is_script => "script_score",
            Clause::FunctionScore(_) => "function_score",
            Clause::Expression(_) => "expr",
            Clause::Udf { .. } => "wasm_udf",
            Clause::Text(text) => text.name,
            // What clauses over text are made of, which is not written by itself.
            Clause::Words(_) => "match",
            Clause::Phrase(_) => "match_phrase",
            Clause::EachField(_) => "multi_match",
        }
    }

    pub(crate) fn write(&self, f: &mut Formatter<'_>, udfs: &[UdfClause]) -> fmt::Result {
        let mut outer = Pairs::open(f);
        match self {
            Clause::Text(text) => outer.pair(text.name, &text.body)?,
            Clause::Expression(expr) => outer.pair("expr", Quoted(&expr.written))?,
            clause => {
                let mut body = Pairs::open(outer.key(self.name())?);
                clause.write_body(&mut body, udfs)?;
                body.close()?;
            }
        }
        outer.close()
    }

    fn write_body(&self, body: &mut Pairs<'_, '_>, udfs: &[UdfClause]) -> fmt::Result {
        match self {
            Clause::MatchAll { boost } | Clause::MatchNone { boost } => body.boost(boost),
            Clause::Value(value) => value.write(body),
            Clause::Ids(ids) => {
                let written: Vec<_> = ids
                    .written
                    .iter()
                    .map(|id| Quoted(id).to_string())
                    .collect();
                write!(body.key("values")?, "[{}]", written.join(", "))?;
                body.boost(&ids.boost)
            }
            Clause::Bool(bool) => bool.write(body, udfs),
            Clause::ConstantScore { filter, boost } => {
                filter.write(body.key("filter")?, udfs)?;
                body.boost(boost)
            }
            Clause::DisMax {
                queries,
                tie_breaker,
                boost,
            } => {
                write_list(body.key("queries")?, queries, udfs)?;
                if *tie_breaker != 0.0 {
                    body.pair("tie_breaker", tie_breaker)?;
                }
                body.boost(boost)
            }
            Clause::Boosting {
                positive,
                negative,
                negative_boost,
                boost,
            } => {
                positive.write(body.key("positive")?, udfs)?;
                negative.write(body.key("negative")?, udfs)?;
                body.pair("negative_boost", negative_boost)?;
                body.boost(boost)
            }
            Clause::Nested(nested) => nested.write(body, udfs),
            Clause::FunctionScore(function) => function.write(body, udfs),
            Clause::Udf { place, boost } => {
                udfs[*place].write(body)?;
                body.boost(boost)
            }
            // Written by what they are part of.
            Clause::Text(_)
            | Clause::Expression(_)
            | Clause::Words(_)
            | Clause::Phrase(_)
            | Clause::EachField(_) => Ok(()),
        }
    }
}

impl Test {
    fn name(&self) -> &'static str {
        match self {
            Test::Exists => "exists",
            Test::Equals(_) | Test::EqualsIgnoringCase(_) => "term",
            Test::OneOf(_) => "terms",
            Test::Within { .. } => "range",
            Test::Prefix { .. } => "prefix",
            Test::Pattern(Pattern {
                syntax: Syntax::Wildcard,
                ..
            }) => "wildcard",
            Test::Pattern(_) => "regexp",
            Test::Fuzzy(_) => "fuzzy",
        }
    }
}

impl ValueClause {
    fn write(&self, body: &mut Pairs<'_, '_>) -> fmt::Result {
        match &self.test {
            Test::Exists => {
                body.pair("field", Quoted(&self.field))?;
                return body.boost(&self.boost);
            }
            Test::Equals(value) if self.boost == Boost::ONE => {
                return write!(body.key(&self.field)?, "{value}");
            }
            Test::OneOf(values) => {
                write!(body.key(&self.field)?, "{values}")?;
                return body.boost(&self.boost);
            }
            _ => {}
        }
        let mut options = Pairs::open(body.key(&self.field)?);
        let ignore_case = match &self.test {
            Test::Exists | Test::OneOf(_) => false,
            Test::Equals(value) => {
                options.pair("value", value)?;
                false
            }
            Test::EqualsIgnoringCase(text) => {
                options.pair("value", Quoted(text))?;
                true
            }
            Test::Within {
                lower,
                upper,
                options: dates,
            } => {
                options.bound(lower, "gte", "gt")?;
                options.bound(upper, "lte", "lt")?;
                for (key, value) in [("time_zone", &dates.time_zone), ("format", &dates.format)] {
                    if let Some(value) = value {
                        options.pair(key, Quoted(value))?;
                    }
                }
                false
            }
            Test::Prefix {
                prefix,
                case_insensitive,
            } => {
                options.pair("value", Quoted(prefix))?;
                *case_insensitive
            }
            Test::Pattern(pattern) => {
                options.pair("value", Quoted(&pattern.source))?;
                match pattern.syntax {
                    Syntax::Wildcard | Syntax::Regexp(Flags::ALL) => {}
                    Syntax::Regexp(flags) => options.pair("flags", Quoted(flags))?,
                }
                pattern.case_insensitive
            }
            Test::Fuzzy(fuzzy) => {
                fuzzy.write(&mut options)?;
                false
            }
        };
        if ignore_case {
            options.pair("case_insensitive", true)?;
        }
        options.boost(&self.boost)?;
        options.close()
    }
}

impl Fuzzy {
    fn write(&self, options: &mut Pairs<'_, '_>) -> fmt::Result {
        options.pair("value", Quoted(&self.word))?;
        match self.fuzziness {
            Fuzziness::AUTO => {}
            Fuzziness::Auto(one, two) => {
                options.pair("fuzziness", Quoted(format!("AUTO:{one},{two}")))?
            }
            Fuzziness::Edits(edits) => options.pair("fuzziness", edits)?,
        }
        if self.prefix_length > 0 {
            options.pair("prefix_length", self.prefix_length)?;
        }
        if !self.transpositions {
            options.pair("transpositions", false)?;
        }
        Ok(())
    }
}

impl Nested {
    fn write(&self, body: &mut Pairs<'_, '_>, udfs: &[UdfClause]) -> fmt::Result {
        body.pair("path", Quoted(&self.name))?;
        self.query.write(body.key("query")?, udfs)?;
        if self.score_mode != NestedScore::Average {
            let mode = name_of(&NestedScore::NAMES, &self.score_mode);
            body.pair("score_mode", Quoted(mode))?;
        }
        body.boost(&self.boost)
    }
}

impl FunctionScore {
    fn write(&self, body: &mut Pairs<'_, '_>, udfs: &[UdfClause]) -> fmt::Result {
        self.query.write(body.key("query")?, udfs)?;
        if self.is_script {
            for function in &self.functions {
                function.value.write(body, udfs)?;
                if let Some(weight) = function.weight {
                    body.pair("boost", weight)?;
                }
            }
        } else {
            let f = body.key("functions")?;
            let mut separator = "[";
            for function in &self.functions {
                f.write_str(separator)?;
                function.write(f, udfs)?;
                separator = ", ";
            }
            f.write_str(if self.functions.is_empty() { "[]" } else { "]" })?;
            if self.score_mode != Combine::Multiply {
                body.pair(
                    "score_mode",
                    Quoted(self.score_mode.name(&Combine::SCORE_MODES)),
                )?;
            }
            if self.boost_mode != Combine::Multiply {
                body.pair(
                    "boost_mode",
                    Quoted(self.boost_mode.name(&Combine::BOOST_MODES)),
                )?;
            }
            if let Some(most) = self.max_boost {
                body.pair("max_boost", most)?;
            }
            body.boost(&self.boost)?;
        }
        match self.min_score {
            Some(least) => body.pair("min_score", least),
            None => Ok(()),
        }
    }
}

impl Function {
    fn write(&self, f: &mut Formatter<'_>, udfs: &[UdfClause]) -> fmt::Result {
        let mut body = Pairs::open(f);
        if let Some(filter) = &self.filter {
            filter.write(body.key("filter")?, udfs)?;
        }
        self.value.write(&mut body, udfs)?;
        if let Some(weight) = self.weight {
            body.pair("weight", weight)?;
        }
        body.close()
    }
}

impl FunctionValue {
    fn write(&self, body: &mut Pairs<'_, '_>, udfs: &[UdfClause]) -> fmt::Result {
        match self {
            FunctionValue::One => Ok(()),
            FunctionValue::FieldValue(factor) => {
                let mut options = Pairs::open(body.key("field_value_factor")?);
                options.pair("field", Quoted(&factor.field))?;
                if factor.factor != 1.0 {
                    options.pair("factor", factor.factor)?;
                }
                let modifier = name_of(&crate::function::Modifier::NAMES, &factor.modifier);
                if modifier != "none" {
                    options.pair("modifier", Quoted(modifier))?;
                }
                if let Some(missing) = factor.missing {
                    options.pair("missing", missing)?;
                }
                options.close()
            }
            FunctionValue::Decay(decay) => {
                let mut options = Pairs::open(body.key(name_of(&Shape::NAMES, &decay.shape))?);
                write!(options.key(&decay.field)?, "{}", decay.written)?;
                if decay.multi_value_mode != MultiValue::Min {
                    let mode = name_of(&MultiValue::NAMES, &decay.multi_value_mode);
                    options.pair("multi_value_mode", Quoted(mode))?;
                }
                options.close()
            }
            FunctionValue::Expression { written, .. } => body.pair("expr", Quoted(written)),
            FunctionValue::Udf { place } => {
                let mut options = Pairs::open(body.key("wasm_udf")?);
                udfs[*place].write(&mut options)?;
                options.close()
            }
        }
    }
}

impl Mapping {
    /// In canonical form.
    pub fn to_json(&self) -> serde_json::Value {
        let mut json = json!({"properties": properties(&self.properties)});
        if !self.dynamic {
            json["dynamic"] = json!(false);
        }
        if let Some(analyzer) = &self.analyzer {
            json["analyzer"] = json!(analyzer.name());
        }
        json
    }
}

impl Display for Mapping {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.to_json().fmt(f)
    }
}

fn properties(properties: &Properties) -> serde_json::Value {
    let pairs = properties
        .iter()
        .map(|(name, property)| (name.to_string(), property.to_json()));
    serde_json::Value::Object(pairs.collect())
}

impl Property {
    fn to_json(&self) -> serde_json::Value {
        let mut json = json!({"type": self.kind.name()});
        match &self.kind {
            Type::Text {
                analyzer,
                search_analyzer,
            } => {
                json["analyzer"] = json!(analyzer.name());
                if let Some(analyzer) = search_analyzer {
                    json["search_analyzer"] = json!(analyzer.name());
                }
            }
            Type::Keyword {
                ignore_above: Some(most),
            } => json["ignore_above"] = json!(most),
            _ => {}
        }
        if !self.index {
            json["index"] = json!(false);
        }
        if !self.fields.is_empty() {
            json["fields"] = properties(&self.fields);
        }
        if !self.properties.is_empty() {
            json["properties"] = properties(&self.properties);
        }
        json
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
            write_list(body.key(name)?, clauses, udfs)?;
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
