//! `function_score` and `script_score`: scores made by functions of the document.

use crate::clause::{Boost, Clause};
use crate::field::{Field, Kind};
use quidditch_document::{Damaged, Value};
use quidditch_expression::Expression;

/// A query and what its score becomes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FunctionScore {
    pub(crate) query: Clause,
    pub(crate) functions: Vec<Function>,
    pub(crate) score_mode: Combine,
    pub(crate) boost_mode: Combine,
    pub(crate) max_boost: Option<f64>,
    pub(crate) min_score: Option<f64>,
    pub(crate) boost: Boost,
    /// Written as `script_score`: one function, which replaces the score.
    pub(crate) is_script: bool,
}

/// One function and the documents it is for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Function {
    pub(crate) filter: Option<Clause>,
    pub(crate) weight: Option<f64>,
    pub(crate) value: FunctionValue,
}

/// What a function computes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FunctionValue {
    /// Its weight alone.
    One,
    FieldValue(FieldValueFactor),
    Decay(Decay),
    Expression {
        written: Expression,
        expression: Expression,
    },
    Udf {
        /// In the query's UDF clauses.
        place: usize,
    },
}

/// How several numbers become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Combine {
    Multiply,
    Sum,
    Average,
    First,
    Max,
    Min,
    /// The functions' value, whatever the query's score.
    Replace,
}

impl Combine {
    pub(crate) const SCORE_MODES: [(&'static str, Combine); 6] = [
        ("multiply", Combine::Multiply),
        ("sum", Combine::Sum),
        ("avg", Combine::Average),
        ("first", Combine::First),
        ("max", Combine::Max),
        ("min", Combine::Min),
    ];
    pub(crate) const BOOST_MODES: [(&'static str, Combine); 6] = [
        ("multiply", Combine::Multiply),
        ("replace", Combine::Replace),
        ("sum", Combine::Sum),
        ("avg", Combine::Average),
        ("max", Combine::Max),
        ("min", Combine::Min),
    ];

    /// The name among these.
    pub(crate) fn name(self, names: &[(&'static str, Combine)]) -> &'static str {
        names
            .iter()
            .find(|(_, mode)| *mode == self)
            .map_or("", |(name, _)| name)
    }

    /// Of the query's score and the functions' value.
    pub(crate) fn of_two(self, score: f64, value: f64) -> f64 {
        match self {
            Combine::Multiply => score * value,
            Combine::Sum => score + value,
            Combine::Average => (score + value) / 2.0,
            Combine::Max => score.max(value),
            Combine::Min => score.min(value),
            Combine::First | Combine::Replace => value,
        }
    }
}

/// Collects the values of the functions that apply, by a score mode.
pub(crate) struct Combined {
    mode: Combine,
    value: f64,
    weights: f64,
    count: usize,
}

impl Combined {
    pub(crate) fn new(mode: Combine) -> Combined {
        Combined {
            mode,
            value: 0.0,
            weights: 0.0,
            count: 0,
        }
    }

    /// Whether more values matter.
    pub(crate) fn add(&mut self, value: f64, weight: f64) -> bool {
        let weighted = value * weight;
        self.count += 1;
        self.weights += weight;
        self.value = match (self.mode, self.count) {
            (_, 1) => weighted,
            (Combine::Multiply, _) => self.value * weighted,
            (Combine::Sum | Combine::Average, _) => self.value + weighted,
            (Combine::Max, _) => self.value.max(weighted),
            (Combine::Min, _) => self.value.min(weighted),
            (Combine::First | Combine::Replace, _) => self.value,
        };
        self.mode != Combine::First
    }

    /// `None` when no function applied.
    pub(crate) fn result(self) -> Option<f64> {
        let average = self.mode == Combine::Average && self.weights > 0.0;
        let value = if average {
            self.value / self.weights
        } else {
            self.value
        };
        (self.count > 0).then_some(value)
    }
}

/// A score is neither negative nor not a number: what a function makes of odd data counts as nothing.
pub(crate) fn as_score(value: f64) -> f64 {
    if value > 0.0 {
        value.min(f64::MAX)
    } else {
        0.0
    }
}

/// `field_value_factor`: a number of the document, scaled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldValueFactor {
    pub(crate) field: Field,
    pub(crate) factor: f64,
    pub(crate) modifier: Modifier,
    /// For documents without the field; without it, the function is then no factor.
    pub(crate) missing: Option<f64>,
}

/// What is done with the scaled number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Modifier {
    None,
    Log,
    Log1p,
    Log2p,
    Ln,
    Ln1p,
    Ln2p,
    Square,
    Sqrt,
    Reciprocal,
}

impl Modifier {
    pub(crate) const NAMES: [(&'static str, Modifier); 10] = [
        ("none", Modifier::None),
        ("log", Modifier::Log),
        ("log1p", Modifier::Log1p),
        ("log2p", Modifier::Log2p),
        ("ln", Modifier::Ln),
        ("ln1p", Modifier::Ln1p),
        ("ln2p", Modifier::Ln2p),
        ("square", Modifier::Square),
        ("sqrt", Modifier::Sqrt),
        ("reciprocal", Modifier::Reciprocal),
    ];

    fn apply(self, value: f64) -> f64 {
        match self {
            Modifier::None => value,
            Modifier::Log => value.log10(),
            Modifier::Log1p => (value + 1.0).log10(),
            Modifier::Log2p => (value + 2.0).log10(),
            Modifier::Ln => value.ln(),
            Modifier::Ln1p => value.ln_1p(),
            Modifier::Ln2p => (value + 2.0).ln(),
            Modifier::Square => value * value,
            Modifier::Sqrt => value.sqrt(),
            Modifier::Reciprocal => value.recip(),
        }
    }
}

/// Shows the numbers of a field, instants of dates.
fn numbers(field: &Field, root: Value<'_>, mut each: impl FnMut(f64)) -> Result<(), Damaged> {
    field.any_term(root, &mut |value| {
        let number = match value {
            Value::Number(number) if field.kind != Kind::Date => Some(number.to_f64()),
            value if field.kind == Kind::Date => {
                crate::date::instant(value).map(|instant| instant as f64)
            }
            _ => None,
        };
        number
            .into_iter()
            .filter(|number| number.is_finite())
            .for_each(&mut each);
        false
    })?;
    Ok(())
}

impl FieldValueFactor {
    /// Of several values the smallest, as in Elasticsearch.
    pub(crate) fn value(&self, root: Value<'_>) -> Result<f64, Damaged> {
        let mut least: Option<f64> = None;
        numbers(&self.field, root, |number| {
            least = Some(least.map_or(number, |least| least.min(number)));
        })?;
        let value = least.or(self.missing);
        Ok(value.map_or(1.0, |value| {
            as_score(self.modifier.apply(value * self.factor))
        }))
    }
}

/// `gauss`, `exp`, `linear`: 1 at the origin, less with the distance from it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decay {
    pub(crate) shape: Shape,
    pub(crate) field: Field,
    /// Numbers, or for dates milliseconds.
    pub(crate) origin: f64,
    pub(crate) scale: f64,
    pub(crate) offset: f64,
    pub(crate) decay: f64,
    pub(crate) multi_value_mode: MultiValue,
    /// The field's options, for printing.
    pub(crate) written: serde_json::Value,
}

/// How the value falls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape {
    Gauss,
    Exponential,
    Linear,
}

impl Shape {
    pub(crate) const NAMES: [(&'static str, Shape); 3] = [
        ("gauss", Shape::Gauss),
        ("exp", Shape::Exponential),
        ("linear", Shape::Linear),
    ];
}

/// Which distance counts when a field has several values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum MultiValue {
    Min,
    Max,
    Average,
    Sum,
}

impl MultiValue {
    pub(crate) const NAMES: [(&'static str, MultiValue); 4] = [
        ("min", MultiValue::Min),
        ("max", MultiValue::Max),
        ("avg", MultiValue::Average),
        ("sum", MultiValue::Sum),
    ];
}

impl Decay {
    /// 1 for a document without the field.
    pub(crate) fn value(&self, root: Value<'_>) -> Result<f64, Damaged> {
        let (mut least, mut most, mut sum, mut count) = (f64::INFINITY, 0.0f64, 0.0, 0.0);
        numbers(&self.field, root, |number| {
            let distance = ((number - self.origin).abs() - self.offset).max(0.0);
            least = least.min(distance);
            most = most.max(distance);
            sum += distance;
            count += 1.0;
        })?;
        if count == 0.0 {
            return Ok(1.0);
        }
        Ok(self.at(match self.multi_value_mode {
            MultiValue::Min => least,
            MultiValue::Max => most,
            MultiValue::Average => sum / count,
            MultiValue::Sum => sum,
        }))
    }

    /// In scales, for the square of a small or a large one may not be a number.
    fn at(&self, distance: f64) -> f64 {
        let distance = distance / self.scale;
        match self.shape {
            Shape::Gauss => (self.decay.ln() * distance * distance).exp(),
            Shape::Exponential => (self.decay.ln() * distance).exp(),
            Shape::Linear => (1.0 - (1.0 - self.decay) * distance).max(0.0),
        }
    }
}
