//! `function_score` and `script_score`.

use super::options::{Common, amount, object, one_of, pairs, string, unknown, whole, wrong_type};
use super::{Parser, Place, to_json};
use crate::clause::{Boost, Clause};
use crate::date;
use crate::error::{ErrorKind, QueryError};
use crate::field::{Field, Kind};
use crate::function::{
    Combine, Decay, FieldValueFactor, Function, FunctionScore, FunctionValue, Modifier, MultiValue,
    Shape,
};
use jiff::tz::Offset;
use quidditch_document::{Object, Value};

/// The functions there are.
const FUNCTIONS: [&str; 8] = [
    "weight",
    "field_value_factor",
    "gauss",
    "exp",
    "linear",
    "script_score",
    "wasm_udf",
    "expr",
];

impl Parser<'_> {
    /// A query, and `functions` or one function beside it.
    #[inline(never)]
    pub(super) fn function_score(
        &mut self,
        at: &Place<'_>,
        body: Value<'_>,
    ) -> Result<Clause, QueryError> {
        let mut common = Common::new();
        let mut result = FunctionScore {
            query: Clause::MatchAll { boost: Boost::ONE },
            functions: Vec::new(),
            score_mode: Combine::Multiply,
            boost_mode: Combine::Multiply,
            max_boost: None,
            min_score: None,
            boost: Boost::ONE,
            is_script: false,
        };
        let mut several = None;
        let mut own = Function {
            filter: None,
            weight: None,
            value: FunctionValue::One,
        };
        let mut has_own = false;
        for pair in pairs(object(at, body)?) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            match key {
                "query" => result.query = self.clause(inner, value)?,
                "functions" => several = Some(self.functions(inner, value)?),
                "score_mode" => result.score_mode = one_of(inner, value, &Combine::SCORE_MODES)?,
                "boost_mode" => result.boost_mode = one_of(inner, value, &Combine::BOOST_MODES)?,
                "max_boost" => result.max_boost = Some(amount(inner, value)?),
                "min_score" => result.min_score = Some(amount(inner, value)?),
                _ if self.function(&mut own, at, key, value)? => has_own = true,
                _ if common.accept(at, key, value)? => {}
                _ => {
                    let known = [
                        "query",
                        "functions",
                        "score_mode",
                        "boost_mode",
                        "max_boost",
                        "min_score",
                    ];
                    return Err(unknown(at, key, &[&known[..], &FUNCTIONS].concat()));
                }
            }
        }
        result.functions = match (several, has_own) {
            (Some(_), true) => {
                return Err(at.invalid("expected \"functions\" or one function, found both"));
            }
            (Some(several), false) => several,
            (None, true) => vec![own],
            (None, false) => vec![],
        };
        result.boost = common.boost;
        Ok(Clause::FunctionScore(Box::new(result)))
    }

    #[inline(never)]
    fn functions(&mut self, at: &Place<'_>, value: Value<'_>) -> Result<Vec<Function>, QueryError> {
        let Value::Array(functions) = value else {
            return Err(wrong_type(at, "an array of functions", value));
        };
        let mut result = Vec::new();
        for (index, function) in functions.iter().enumerate() {
            let at = &Place::Index(at, index);
            self.count(at, 1)?;
            let mut made = Function {
                filter: None,
                weight: None,
                value: FunctionValue::One,
            };
            for pair in pairs(object(at, function?)?) {
                let (key, value) = pair?;
                match key {
                    "filter" => made.filter = Some(self.clause(&Place::Key(at, key), value)?),
                    _ if self.function(&mut made, at, key, value)? => {}
                    _ => return Err(unknown(at, key, &[&["filter"][..], &FUNCTIONS].concat())),
                }
            }
            if made.value == FunctionValue::One && made.weight.is_none() {
                return Err(at
                    .invalid("expected a function")
                    .with_hint(format!("one of {}", FUNCTIONS.join(", "))));
            }
            result.push(made);
        }
        Ok(result)
    }

    /// Takes the option if it is a function or its weight.
    #[inline(never)]
    fn function(
        &mut self,
        function: &mut Function,
        at: &Place<'_>,
        key: &str,
        value: Value<'_>,
    ) -> Result<bool, QueryError> {
        let inner = &Place::Key(at, key);
        let made = match key {
            "weight" => {
                function.weight = Some(amount(inner, value)?);
                return Ok(true);
            }
            "field_value_factor" => {
                FunctionValue::FieldValue(self.field_value_factor(inner, value)?)
            }
            "gauss" | "exp" | "linear" => {
                let shape = Shape::NAMES.iter().find(|(name, _)| *name == key);
                let shape = shape.map_or(Shape::Gauss, |(_, shape)| *shape);
                FunctionValue::Decay(self.decay(inner, value, shape)?)
            }
            "wasm_udf" => FunctionValue::Udf {
                place: self.udf_place(inner, value)?.0,
            },
            "expr" => self.expression_function(inner, value)?,
            "script_score" => self.script(inner, value)?,
            "random_score" => {
                return Err(inner.error(ErrorKind::NotSupported, "random scores are not supported"));
            }
            _ => return Ok(false),
        };
        if function.value != FunctionValue::One {
            return Err(at.invalid("expected one function, found several"));
        }
        function.value = made;
        Ok(true)
    }

    fn expression_function(
        &mut self,
        at: &Place<'_>,
        value: Value<'_>,
    ) -> Result<FunctionValue, QueryError> {
        let (written, expression) = self.expression(at, value)?;
        if expression.result() == quidditch_expression::ResultKind::String {
            return Err(at.invalid("a score needs an expression that is a number"));
        }
        Ok(FunctionValue::Expression {
            written,
            expression,
        })
    }

    /// `{"script": {"source": "_score * 2"}}`
    fn script(&mut self, at: &Place<'_>, value: Value<'_>) -> Result<FunctionValue, QueryError> {
        let mut made = None;
        for pair in pairs(object(at, value)?) {
            let (key, value) = pair?;
            match key {
                "script" => made = Some(self.source(&Place::Key(at, key), value)?),
                _ => return Err(unknown(at, key, &["script"])),
            }
        }
        made.ok_or_else(|| at.invalid("expected a \"script\""))
    }

    /// An expression, or `{"source": "…"}`.
    fn source(&mut self, at: &Place<'_>, value: Value<'_>) -> Result<FunctionValue, QueryError> {
        let Value::Object(options) = value else {
            return self.expression_function(at, value);
        };
        let mut source = None;
        for pair in pairs(options) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            match key {
                "source" => source = Some(self.expression_function(inner, value)?),
                "lang" => {
                    let lang = string(inner, value)?;
                    if lang != "expression" {
                        return Err(inner
                            .error(
                                ErrorKind::NotSupported,
                                format!("scripts in {lang} are not supported"),
                            )
                            .with_hint("an expression or a wasm_udf may do the same".to_owned()));
                    }
                }
                "params" => {
                    let message = "scripts take no parameters: their values stand in the source";
                    return Err(inner.error(ErrorKind::NotSupported, message));
                }
                _ => return Err(unknown(at, key, &["source", "lang"])),
            }
        }
        source.ok_or_else(|| at.invalid("expected a \"source\""))
    }

    /// A query and the function that makes its score.
    #[inline(never)]
    pub(super) fn script_score(
        &mut self,
        at: &Place<'_>,
        body: Value<'_>,
    ) -> Result<Clause, QueryError> {
        let mut common = Common::new();
        let (mut query, mut value_made, mut min_score) = (None, None, None);
        for pair in pairs(object(at, body)?) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            let made = match key {
                "query" => {
                    query = Some(self.clause(inner, value)?);
                    continue;
                }
                "min_score" => {
                    min_score = Some(amount(inner, value)?);
                    continue;
                }
                "script" => self.source(inner, value)?,
                "expr" => self.expression_function(inner, value)?,
                "wasm_udf" => FunctionValue::Udf {
                    place: self.udf_place(inner, value)?.0,
                },
                _ if common.accept(at, key, value)? => continue,
                _ => {
                    return Err(unknown(
                        at,
                        key,
                        &["query", "script", "expr", "wasm_udf", "min_score"],
                    ));
                }
            };
            if value_made.replace(made).is_some() {
                return Err(at.invalid(
                    "expected one of \"script\", \"expr\" and \"wasm_udf\", found several",
                ));
            }
        }
        let value = value_made
            .ok_or_else(|| at.invalid("expected a \"script\", an \"expr\" or a \"wasm_udf\""))?;
        let function = Function {
            filter: None,
            // The boost is the script's factor: its value replaces the score.
            weight: (common.boost != Boost::ONE).then_some(common.boost.0),
            value,
        };
        Ok(Clause::FunctionScore(Box::new(FunctionScore {
            query: query.ok_or_else(|| at.invalid("expected a \"query\""))?,
            functions: vec![function],
            score_mode: Combine::First,
            boost_mode: Combine::Replace,
            max_boost: None,
            min_score,
            boost: Boost::ONE,
            is_script: true,
        })))
    }

    fn field_value_factor(
        &mut self,
        at: &Place<'_>,
        value: Value<'_>,
    ) -> Result<FieldValueFactor, QueryError> {
        let (mut field, mut factor, mut modifier, mut missing) = (None, 1.0, Modifier::None, None);
        for pair in pairs(object(at, value)?) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            match key {
                "field" => field = Some(self.field(inner, string(inner, value)?)?),
                "factor" => factor = amount(inner, value)?,
                "modifier" => modifier = one_of(inner, value, &Modifier::NAMES)?,
                "missing" => missing = Some(amount(inner, value)?),
                _ => {
                    return Err(unknown(
                        at,
                        key,
                        &["field", "factor", "modifier", "missing"],
                    ));
                }
            }
        }
        Ok(FieldValueFactor {
            field: field.ok_or_else(|| at.invalid("expected a \"field\""))?,
            factor,
            modifier,
            missing,
        })
    }

    /// `{"price": {"origin": 0, "scale": 20, "offset": 0, "decay": 0.5}, "multi_value_mode": "min"}`
    fn decay(
        &mut self,
        at: &Place<'_>,
        value: Value<'_>,
        shape: Shape,
    ) -> Result<Decay, QueryError> {
        let mut multi_value_mode = MultiValue::Min;
        let mut only: Option<(&str, Value<'_>)> = None;
        for pair in pairs(object(at, value)?) {
            let (key, value) = pair?;
            if key == "multi_value_mode" {
                multi_value_mode = one_of(&Place::Key(at, key), value, &MultiValue::NAMES)?;
            } else if let Some((first, _)) = only.replace((key, value)) {
                let message = format!("expected one field, found \"{first}\" and \"{key}\"");
                return Err(at.invalid(message));
            }
        }
        let (name, options) = only.ok_or_else(|| at.invalid("expected a field"))?;
        let field = self.field(at, name)?;
        let at = &Place::Key(at, name);
        let written = to_json(options, 10).map_err(|error| at.error(error.kind, error.message))?;
        self.decay_of(at, field, object(at, options)?, written)
            .map(|decay| Decay {
                shape,
                multi_value_mode,
                ..decay
            })
    }

    fn decay_of(
        &self,
        at: &Place<'_>,
        mut field: Field,
        options: Object<'_>,
        written: serde_json::Value,
    ) -> Result<Decay, QueryError> {
        let (mut origin, mut scale, mut offset, mut decay) = (None, None, None, 0.5);
        for pair in pairs(options) {
            let (key, value) = pair?;
            match key {
                "origin" => origin = Some(value),
                "scale" => scale = Some(value),
                "offset" => offset = Some(value),
                "decay" => decay = amount(&Place::Key(at, key), value)?,
                _ => return Err(unknown(at, key, &["origin", "scale", "offset", "decay"])),
            }
        }
        if !(0.0 < decay && decay < 1.0) {
            return Err(Place::Key(at, "decay").invalid("expected a number between 0 and 1"));
        }
        let scale = scale.ok_or_else(|| at.invalid("expected a \"scale\""))?;
        // Without a mapping, a duration says that the field has dates.
        if field.kind == Kind::Dynamic && matches!(scale, Value::String(_)) {
            field = field.with_kind(Kind::Date);
        }
        let dates = field.kind == Kind::Date;
        let length = |key: &str, value: Value<'_>| {
            let at = &Place::Key(at, key);
            if dates {
                duration(at, value)
            } else {
                amount(at, value)
            }
        };
        let place = &Place::Key(at, "origin");
        let origin = match origin {
            None if dates => self.environment.now as f64,
            None => return Err(at.invalid("expected an \"origin\"")),
            Some(Value::Number(number)) => number.to_f64(),
            Some(Value::Object(_)) => {
                let message =
                    "distances between places are not supported; a wasm_udf may compute them";
                return Err(place.error(ErrorKind::NotSupported, message));
            }
            Some(value) if dates => {
                let text = string(place, value)?;
                date::resolve(text, Offset::UTC, self.environment.now)
                    .map_err(|what| place.invalid(what))?
                    .first as f64
            }
            Some(value) => return Err(wrong_type(place, "a number", value)),
        };
        let scale = length("scale", scale)?;
        if scale == 0.0 {
            return Err(Place::Key(at, "scale").invalid("a scale is more than 0"));
        }
        Ok(Decay {
            shape: Shape::Gauss,
            field,
            origin,
            scale,
            offset: offset.map_or(Ok(0.0), |value| length("offset", value))?,
            decay,
            multi_value_mode: MultiValue::Min,
            written,
        })
    }
}

/// `"10d"` in milliseconds.
fn duration(at: &Place<'_>, value: Value<'_>) -> Result<f64, QueryError> {
    if let Value::Number(_) = value {
        return Ok(whole(at, value, 1 << 53)? as f64);
    }
    let text = string(at, value)?;
    let units = [
        ("ms", 1.0),
        ("s", 1e3),
        ("m", 6e4),
        ("h", 3.6e6),
        ("d", 8.64e7),
        ("w", 6.048e8),
    ];
    let length = units.iter().find_map(|(unit, milliseconds)| {
        let number = text.strip_suffix(unit)?.trim().parse::<f64>().ok()?;
        (number >= 0.0 && number.is_finite()).then_some(number * milliseconds)
    });
    length.ok_or_else(|| {
        at.invalid(format!(
            "\"{text}\" is not a duration like \"10d\" or \"1.5h\""
        ))
    })
}
