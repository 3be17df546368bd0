//! The clauses about the values of a field: `term`, `terms`, `range`, `exists`, `ids`, `prefix`, `wildcard`,
//! `regexp`, `fuzzy`.

use super::options::{
    Common, boolean, object, one_field, pairs, string, text, unknown, whole, wrong_type,
};
use super::{Parser, Place};
use crate::clause::{Boost, Clause, Ids};
use crate::date::{self, Span};
use crate::error::QueryError;
use crate::field::{Field, Kind};
use crate::fuzzy::{Fuzziness, Fuzzy};
use crate::pattern::Syntax;
use crate::regexp::Flags;
use crate::scalar::{Scalar, ScalarSet};
use crate::value::{Bound, DateOptions, Test, ValueClause};
use quidditch_document::Value;

/// More characters at the start don't have to be given.
const LONGEST_PREFIX: usize = 8191;

/// Options of Elasticsearch that say how a query is rewritten there, and change nothing here.
const REWRITING: [&str; 3] = ["rewrite", "max_expansions", "max_determinized_states"];

fn scalar(at: &Place<'_>, value: Value<'_>) -> Result<Scalar, QueryError> {
    match value {
        Value::Bool(bool) => Ok(Scalar::Bool(bool)),
        Value::Number(number) => Ok(Scalar::Number(number.into())),
        Value::String(string) => Ok(Scalar::String(text(at, string)?.into())),
        other => Err(wrong_type(at, "a string, a number or a boolean", other)),
    }
}

/// A constant as the field has its values: a number given as a string to a field of numbers, and so on.
pub(super) fn coerced(at: &Place<'_>, field: &Field, scalar: Scalar) -> Result<Scalar, QueryError> {
    let wrong = |text: &str, what: &str| {
        at.invalid(format!(
            "\"{text}\" is not {what}, and the mapping says that {} is",
            field.name
        ))
    };
    Ok(match (&field.kind, scalar) {
        (Kind::Text { .. } | Kind::Keyword { .. }, Scalar::Number(number)) => {
            Scalar::String(number.to_string().into())
        }
        (Kind::Text { .. } | Kind::Keyword { .. }, Scalar::Bool(bool)) => {
            Scalar::String(bool.to_string().into())
        }
        (Kind::Number, Scalar::String(text)) => {
            let number = text.trim().parse();
            Scalar::Number(number.map_err(|_| wrong(&text, "a number"))?)
        }
        (Kind::Number, Scalar::Bool(bool)) => return Err(wrong(&bool.to_string(), "a number")),
        (Kind::Boolean, Scalar::String(text)) => match &*text {
            "true" => Scalar::Bool(true),
            "false" => Scalar::Bool(false),
            _ => return Err(wrong(&text, "a boolean")),
        },
        (Kind::Boolean, Scalar::Number(number)) => {
            return Err(wrong(&number.to_string(), "a boolean"));
        }
        (_, scalar) => scalar,
    })
}

pub(super) fn value_clause(
    field: Field,
    test: Test,
    dates: Option<Box<[Span]>>,
    boost: Boost,
) -> Clause {
    Clause::Value(Box::new(ValueClause {
        field,
        test,
        dates,
        boost,
    }))
}

/// What a pattern clause says of one field.
struct PatternOptions<'q> {
    /// The field as written.
    name: &'q str,
    field: Field,
    value: String,
    case_insensitive: bool,
    flags: Flags,
    boost: Boost,
}

impl Parser<'_> {
    /// The instants that a constant stands for.
    fn date(
        &self,
        at: &Place<'_>,
        scalar: &Scalar,
        options: &DateOptions,
    ) -> Result<Span, QueryError> {
        match scalar {
            Scalar::String(text) => {
                let zone = options.time_zone.as_deref().and_then(date::zone);
                date::resolve(
                    text,
                    zone.unwrap_or(jiff::tz::Offset::UTC),
                    self.environment.now,
                )
                .map_err(|what| at.invalid(what))
            }
            Scalar::Number(number) => match number.as_numeric().to_i64() {
                Some(instant) => Ok(Span {
                    first: instant,
                    last: instant,
                }),
                None => Err(at.invalid("a date in milliseconds is a whole number")),
            },
            Scalar::Bool(_) => Err(at.invalid("a boolean is not a date")),
        }
    }

    /// That a value of the field is this one.
    pub(super) fn equality(
        &self,
        at: &Place<'_>,
        field: Field,
        scalar: Scalar,
        boost: Boost,
    ) -> Result<Clause, QueryError> {
        let scalar = coerced(at, &field, scalar)?;
        let dates = match field.kind {
            Kind::Date => Some([self.date(at, &scalar, &DateOptions::default())?].into()),
            _ => None,
        };
        Ok(value_clause(field, Test::Equals(scalar), dates, boost))
    }

    /// `{"f": v}` or `{"f": {"value": v, "case_insensitive": true}}`
    #[inline(never)]
    pub(super) fn term(&mut self, at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
        let (name, value, mut common) = one_field(at, body)?;
        let field = self.field(at, name)?;
        let at = &Place::Key(at, name);
        let Value::Object(options) = value else {
            return self.equality(at, field, scalar(at, value)?, common.boost);
        };
        let (mut wanted, mut case_insensitive) = (None, false);
        for pair in pairs(options) {
            let (key, value) = pair?;
            match key {
                "value" => wanted = Some(scalar(&Place::Key(at, key), value)?),
                "case_insensitive" => case_insensitive = boolean(&Place::Key(at, key), value)?,
                _ if common.accept(at, key, value)? => {}
                _ => return Err(unknown(at, key, &["value", "case_insensitive"])),
            }
        }
        let value = wanted.ok_or_else(|| at.invalid("expected a \"value\""))?;
        if !case_insensitive {
            return self.equality(&Place::Key(at, "value"), field, value, common.boost);
        }
        match coerced(at, &field, value)? {
            // A date has no case, as a number has none.
            Scalar::String(text) if field.kind != Kind::Date => Ok(value_clause(
                field,
                Test::EqualsIgnoringCase(text),
                None,
                common.boost,
            )),
            _ => Err(at.invalid("only a string can be \"case_insensitive\"")),
        }
    }

    /// `{"f": [v, …]}`
    #[inline(never)]
    pub(super) fn terms(&mut self, at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
        let (name, value, common) = one_field(at, body)?;
        let field = self.field(at, name)?;
        let at = &Place::Key(at, name);
        let values = match value {
            Value::Array(values) => values,
            Value::Object(_) => {
                let message = "looking up terms in another index is not supported";
                return Err(at.error(crate::error::ErrorKind::NotSupported, message));
            }
            other => return Err(wrong_type(at, "an array", other)),
        };
        let mut scalars = Vec::new();
        let mut dates = Vec::new();
        for (index, value) in values.iter().enumerate() {
            let at = &Place::Index(at, index);
            let scalar = coerced(at, &field, scalar(at, value?)?)?;
            if field.kind == Kind::Date {
                dates.push(self.date(at, &scalar, &DateOptions::default())?);
            }
            scalars.push(scalar);
        }
        let dates = (field.kind == Kind::Date).then_some(dates.into());
        let test = Test::OneOf(scalars.into_iter().collect::<ScalarSet>());
        Ok(value_clause(field, test, dates, common.boost))
    }

    /// `{"f": {"gte": v, "lt": v}}`. A null bound is no bound; without any, each value of the field is in the range.
    #[inline(never)]
    pub(super) fn range(&mut self, at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
        let (name, value, mut common) = one_field(at, body)?;
        let field = self.field(at, name)?;
        let at = &Place::Key(at, name);
        let (mut lower, mut upper) = (None, None);
        let mut options = DateOptions::default();
        for pair in pairs(object(at, value)?) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            match key {
                "gt" | "gte" | "lt" | "lte" => {
                    let end = if key.starts_with('g') {
                        &mut lower
                    } else {
                        &mut upper
                    };
                    let Some(bound) = bound(inner, key, value)? else {
                        continue;
                    };
                    if end.replace(bound).is_some() {
                        let either = if key.starts_with('g') {
                            "\"gt\" or \"gte\""
                        } else {
                            "\"lt\" or \"lte\""
                        };
                        return Err(at.invalid(format!("expected {either}, found both")));
                    }
                }
                "time_zone" => {
                    let zone = string(inner, value)?;
                    if date::zone(zone).is_none() {
                        let message =
                            format!("\"{zone}\" is not an offset from UTC like \"+01:00\"");
                        return Err(inner.invalid(message));
                    }
                    options.time_zone = Some(zone.into());
                }
                "format" => {
                    let format = string(inner, value)?;
                    if !format
                        .split("||")
                        .all(|format| DATE_FORMATS.contains(&format))
                    {
                        return Err(inner.invalid(format!(
                            "unknown format \"{format}\", expected one of {} or several with || between them",
                            DATE_FORMATS.join(", ")
                        )));
                    }
                    options.format = Some(format.into());
                }
                "relation" => {
                    let relation = string(inner, value)?;
                    if !relation.eq_ignore_ascii_case("intersects") {
                        return Err(inner.invalid("fields of ranges are not supported"));
                    }
                }
                _ if common.accept(at, key, value)? => {}
                _ => {
                    return Err(unknown(
                        at,
                        key,
                        &["gt", "gte", "lt", "lte", "time_zone", "format"],
                    ));
                }
            }
        }
        self.range_of(at, field, lower, upper, options, common.boost)
    }

    pub(super) fn range_of(
        &self,
        at: &Place<'_>,
        field: Field,
        mut lower: Option<Bound>,
        mut upper: Option<Bound>,
        options: DateOptions,
        boost: Boost,
    ) -> Result<Clause, QueryError> {
        for bound in lower.iter_mut().chain(&mut upper) {
            bound.value = coerced(at, &field, bound.value.clone())?;
            if let Scalar::Bool(_) = bound.value {
                return Err(at.invalid(format!(
                    "{} is a boolean, and those have no ranges",
                    field.name
                )));
            }
        }
        let dates = match field.kind {
            Kind::Date => {
                // `> 2024-03` begins after all of March, `<= 2024-03` ends with it.
                let first = match &lower {
                    Some(bound) => {
                        let span = self.date(at, &bound.value, &options)?;
                        if bound.inclusive {
                            span.first
                        } else {
                            span.last.saturating_add(1)
                        }
                    }
                    None => i64::MIN,
                };
                let last = match &upper {
                    Some(bound) => {
                        let span = self.date(at, &bound.value, &options)?;
                        if bound.inclusive {
                            span.last
                        } else {
                            span.first.saturating_sub(1)
                        }
                    }
                    None => i64::MAX,
                };
                Some([Span { first, last }].into())
            }
            _ => None,
        };
        if dates.is_none()
            && let (Some(Bound { value: low, .. }), Some(Bound { value: high, .. })) =
                (&lower, &upper)
            && std::mem::discriminant(low) != std::mem::discriminant(high)
        {
            return Err(at.invalid("one end of the range is a number and the other a string"));
        }
        let test = Test::Within {
            lower,
            upper,
            options,
        };
        Ok(value_clause(field, test, dates, boost))
    }

    /// `{"field": "f"}`
    #[inline(never)]
    pub(super) fn exists(&mut self, at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
        let (mut common, mut wanted) = (Common::new(), None);
        for pair in pairs(object(at, body)?) {
            let (key, value) = pair?;
            match key {
                "field" => {
                    let at = &Place::Key(at, key);
                    wanted = Some(self.field(at, string(at, value)?)?);
                }
                _ if common.accept(at, key, value)? => {}
                _ => return Err(unknown(at, key, &["field"])),
            }
        }
        let field = wanted.ok_or_else(|| at.invalid("expected a \"field\""))?;
        Ok(value_clause(field, Test::Exists, None, common.boost))
    }

    /// `{"values": ["a", 1]}`
    #[inline(never)]
    pub(super) fn ids(&mut self, at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
        let (mut common, mut written) = (Common::new(), None);
        for pair in pairs(object(at, body)?) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            match key {
                "values" => {
                    let id = |at: &Place<'_>, value| match scalar(at, value)? {
                        Scalar::String(text) => Ok(text),
                        Scalar::Number(number) => Ok(number.to_string().into()),
                        Scalar::Bool(_) => Err(at.invalid("expected a string or a number")),
                    };
                    written = Some(match value {
                        Value::Array(values) => values
                            .iter()
                            .enumerate()
                            .map(|(index, value)| id(&Place::Index(inner, index), value?))
                            .collect::<Result<Box<[_]>, QueryError>>()?,
                        value => [id(inner, value)?].into(),
                    });
                }
                _ if common.accept(at, key, value)? => {}
                _ => return Err(unknown(at, key, &["values"])),
            }
        }
        let written = written.ok_or_else(|| at.invalid("expected \"values\""))?;
        Ok(Clause::Ids(Box::new(Ids {
            values: crate::ids::values(&written),
            written,
            boost: common.boost,
        })))
    }

    /// `{"f": "…"}` or `{"f": {"value": "…", "case_insensitive": true}}`
    fn pattern_options<'q>(
        &self,
        at: &Place<'_>,
        body: Value<'q>,
        clause: &str,
    ) -> Result<PatternOptions<'q>, QueryError> {
        let (name, value, mut common) = one_field(at, body)?;
        let field = self.field(at, name)?;
        let at = &Place::Key(at, name);
        if matches!(field.kind, Kind::Date | Kind::Number | Kind::Boolean) {
            return Err(at.invalid(format!(
                "{clause} needs a field of strings, and {name} is none"
            )));
        }
        let (mut wanted, mut case_insensitive, mut flags) = (None, false, Flags::ALL);
        if let Value::Object(options) = value {
            for pair in pairs(options) {
                let (key, value) = pair?;
                let inner = &Place::Key(at, key);
                match key {
                    "value" => wanted = Some(string(inner, value)?),
                    // Elasticsearch's other name for it.
                    "wildcard" if clause == "wildcard" => wanted = Some(string(inner, value)?),
                    "case_insensitive" => case_insensitive = boolean(inner, value)?,
                    "flags" if clause == "regexp" => {
                        let text = string(inner, value)?;
                        flags = Flags::parse(text).ok_or_else(|| {
                            inner.invalid(format!(
                                "unknown flags \"{text}\", expected ALL, NONE, or ANYSTRING, EMPTY and INTERVAL with | between them"
                            ))
                        })?;
                    }
                    _ if REWRITING.contains(&key) => {}
                    _ if common.accept(at, key, value)? => {}
                    _ => return Err(unknown(at, key, &["value", "case_insensitive", "flags"])),
                }
            }
        } else {
            wanted = Some(string(at, value)?);
        }
        let value = wanted.ok_or_else(|| at.invalid("expected a \"value\""))?;
        Ok(PatternOptions {
            name,
            field,
            value: value.to_owned(),
            case_insensitive,
            flags,
            boost: common.boost,
        })
    }

    #[inline(never)]
    pub(super) fn prefix(&mut self, at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
        let options = self.pattern_options(at, body, "prefix")?;
        let test = Test::Prefix {
            prefix: options.value.into(),
            case_insensitive: options.case_insensitive,
        };
        Ok(value_clause(options.field, test, None, options.boost))
    }

    #[inline(never)]
    pub(super) fn wildcard(
        &mut self,
        at: &Place<'_>,
        body: Value<'_>,
    ) -> Result<Clause, QueryError> {
        let options = self.pattern_options(at, body, "wildcard")?;
        self.pattern_clause(at, options, Syntax::Wildcard)
    }

    #[inline(never)]
    pub(super) fn regexp(&mut self, at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
        let options = self.pattern_options(at, body, "regexp")?;
        let syntax = Syntax::Regexp(options.flags);
        self.pattern_clause(at, options, syntax)
    }

    fn pattern_clause(
        &mut self,
        at: &Place<'_>,
        options: PatternOptions<'_>,
        syntax: Syntax,
    ) -> Result<Clause, QueryError> {
        let at = &Place::Key(at, options.name);
        let pattern = self.pattern(at, syntax, &options.value, options.case_insensitive)?;
        Ok(value_clause(
            options.field,
            Test::Pattern(pattern),
            None,
            options.boost,
        ))
    }

    /// `{"f": "…"}` or `{"f": {"value": "…", "fuzziness": "AUTO", "prefix_length": 0, "transpositions": true}}`
    #[inline(never)]
    pub(super) fn fuzzy(&mut self, at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
        let (name, value, mut common) = one_field(at, body)?;
        let field = self.field(at, name)?;
        let at = &Place::Key(at, name);
        let (mut fuzziness, mut prefix_length, mut transpositions) = (Fuzziness::AUTO, 0, true);
        let mut wanted = None;
        if let Value::Object(options) = value {
            for pair in pairs(options) {
                let (key, value) = pair?;
                let inner = &Place::Key(at, key);
                match key {
                    "value" => wanted = Some(scalar(inner, value)?),
                    "fuzziness" => fuzziness = self::fuzziness(inner, value)?,
                    "prefix_length" => prefix_length = whole(inner, value, LONGEST_PREFIX)?,
                    "transpositions" => transpositions = boolean(inner, value)?,
                    _ if REWRITING.contains(&key) => {}
                    _ if common.accept(at, key, value)? => {}
                    _ => {
                        let known = ["value", "fuzziness", "prefix_length", "transpositions"];
                        return Err(unknown(at, key, &known));
                    }
                }
            }
        } else {
            wanted = Some(scalar(at, value)?);
        }
        let value = wanted.ok_or_else(|| at.invalid("expected a \"value\""))?;
        let (Scalar::String(word), Kind::Dynamic | Kind::Text { .. } | Kind::Keyword { .. }) =
            (value, &field.kind)
        else {
            return Err(at.invalid("fuzzy needs a string, and a field of strings"));
        };
        let fuzzy = Fuzzy::new(&word, fuzziness, prefix_length, transpositions);
        Ok(value_clause(field, Test::Fuzzy(fuzzy), None, common.boost))
    }
}

/// The forms of dates there are.
const DATE_FORMATS: [&str; 6] = [
    "strict_date_optional_time",
    "date_optional_time",
    "epoch_millis",
    "yyyy-MM-dd",
    "yyyy-MM",
    "yyyy",
];

/// `"AUTO"`, `"AUTO:3,6"`, 0, 1, 2.
pub(super) fn fuzziness(at: &Place<'_>, value: Value<'_>) -> Result<Fuzziness, QueryError> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        value => string(at, value)?.to_owned(),
    };
    Fuzziness::parse(&text).ok_or_else(|| {
        at.invalid(format!(
            "unknown fuzziness \"{text}\", expected \"AUTO\", 0, 1 or 2"
        ))
    })
}

fn bound(at: &Place<'_>, key: &str, value: Value<'_>) -> Result<Option<Bound>, QueryError> {
    match value {
        Value::Null => Ok(None),
        Value::Number(_) | Value::String(_) => Ok(Some(Bound {
            value: scalar(at, value)?,
            inclusive: key.ends_with('e'),
        })),
        other => Err(wrong_type(at, "a number or a string", other)),
    }
}
