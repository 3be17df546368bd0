//! The JSON notation to the tree.

use crate::constant::text;
use crate::error::{ExpressionError, Fault, Place};
use crate::field::Field;
use crate::limits::Limits;
use crate::node::{Comparison, Node};
use crate::number::Operator;
use crate::{Expression, typed};
use quidditch_document::{Array, Object, Step, Value};
use std::fmt;

impl Expression {
    /// Reads the JSON notation.
    pub fn parse_tree(tree: Value<'_>, limits: &Limits) -> Result<Expression, ExpressionError> {
        let mut parser = Parser {
            limits,
            depth: 0,
            nodes: 0,
            fields: Vec::new(),
        };
        let root = parser.node(&At::Root, tree)?;
        let expression = Expression::new(root, parser.fields, limits);
        expression.map_err(|fault| At::Root.error(fault))
    }
}

/// Where in the tree the parser is: a list on the stack, made text only for an error.
#[derive(Clone, Copy)]
enum At<'p> {
    Root,
    Key(&'p At<'p>, &'p str),
    Index(&'p At<'p>, usize),
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Root => Ok(()),
            At::Key(At::Root, key) => f.write_str(key),
            At::Key(parent, key) => write!(f, "{parent}.{key}"),
            At::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

impl At<'_> {
    fn error(&self, fault: Fault) -> ExpressionError {
        fault.at(Place::Tree(self.to_string()))
    }
}

type Parsed<T> = Result<T, ExpressionError>;

struct Parser<'l> {
    limits: &'l Limits,
    /// Nodes around the current one.
    depth: usize,
    nodes: usize,
    fields: Vec<Field>,
}

/// The forms of a node by the key that is the sign of each, and what other keys it has.
const FORMS: [(&str, &[&str]); 5] = [
    ("op", &["left", "right", "arg", "args"]),
    ("func", &["args"]),
    ("field", &[]),
    ("const", &[]),
    ("condition", &["true", "false"]),
];

/// The operators, for hints.
const OPERATORS: [&str; 28] = [
    "=",
    "==",
    "!=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "**",
    "&&",
    "||",
    "!",
    "AND",
    "OR",
    "NOT",
    "IN",
    "NOT IN",
    "BETWEEN",
    "NOT BETWEEN",
    "LIKE",
    "NOT LIKE",
    "IS NULL",
    "IS NOT NULL",
];

/// A node's object.
struct Form<'a> {
    pairs: Vec<(&'a str, Value<'a>)>,
}

impl<'a> Form<'a> {
    /// Reads the keys, and says which of them is the sign of the form.
    fn read(object: Object<'a>) -> Result<(Form<'a>, &'a str), Fault> {
        let mut pairs = Vec::new();
        for pair in object.iter() {
            let (key, value) = pair?;
            let key = text(key)?;
            let mut known = FORMS
                .iter()
                .flat_map(|(sign, rest)| rest.iter().chain([sign]));
            if !known.clone().any(|known| *known == key) {
                let fault = Fault::invalid(format!("unknown key \"{key}\""));
                return Err(fault.did_you_mean(key, known.by_ref().copied()));
            }
            pairs.push((key, value));
        }
        let is_sign = |key: &str| FORMS.iter().any(|(sign, _)| *sign == key);
        let mut signs = pairs.iter().map(|(key, _)| *key).filter(|key| is_sign(key));
        let expected = "expected one of \"op\", \"func\", \"field\", \"const\" and \"condition\"";
        let sign = signs.next().ok_or_else(|| Fault::invalid(expected))?;
        if let Some(second) = signs.next() {
            return Err(Fault::invalid(format!(
                "{expected}, found \"{sign}\" and \"{second}\""
            )));
        }
        let allowed = FORMS.iter().find(|(form, _)| *form == sign);
        let foreign =
            |key: &&str| *key != sign && !allowed.is_some_and(|(_, keys)| keys.contains(key));
        if let Some(foreign) = pairs.iter().map(|(key, _)| *key).find(foreign) {
            return Err(Fault::invalid(format!(
                "\"{foreign}\" doesn't go with \"{sign}\""
            )));
        }
        Ok((Form { pairs }, sign))
    }

    fn get(&self, key: &str) -> Option<Value<'a>> {
        let pair = self.pairs.iter().find(|(found, _)| *found == key);
        pair.map(|(_, value)| *value)
    }

    fn want(&self, key: &str) -> Result<Value<'a>, Fault> {
        self.get(key)
            .ok_or_else(|| Fault::invalid(format!("expected \"{key}\"")))
    }
}

fn string<'a>(at: &At<'_>, value: Value<'a>) -> Parsed<&'a str> {
    match value {
        Value::String(string) => text(string).map_err(|fault| at.error(fault)),
        _ => Err(at.error(wrong_type("a string", value))),
    }
}

fn array<'a>(at: &At<'_>, value: Value<'a>) -> Parsed<Array<'a>> {
    match value {
        Value::Array(array) => Ok(array),
        _ => Err(at.error(wrong_type("a list", value))),
    }
}

fn wrong_type(expected: &str, found: Value<'_>) -> Fault {
    Fault::invalid(format!("expected {expected}, found {}", found.type_name()))
}

/// Where an operand stands in its node: under this key, and there in its list.
type OperandPlace = (&'static str, Option<usize>);

/// The operands of a node, and where they stand.
#[derive(Default)]
struct Operands {
    nodes: Vec<Node>,
    places: Vec<OperandPlace>,
}

impl Parser<'_> {
    fn node(&mut self, at: &At<'_>, value: Value<'_>) -> Parsed<Node> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(at.error(Fault::too_many(self.limits.nodes)));
        }
        if self.depth == self.limits.depth {
            return Err(at.error(Fault::too_deep(self.limits.depth)));
        }
        self.depth += 1;
        let node = match value {
            Value::Object(object) => self.form(at, object),
            Value::Array(_) => Err(at.error(wrong_type("an expression", value))),
            scalar => typed::literal(scalar).map_err(|fault| at.error(fault)),
        };
        self.depth -= 1;
        node
    }

    fn form(&mut self, at: &At<'_>, object: Object<'_>) -> Parsed<Node> {
        let (form, sign) = Form::read(object).map_err(|fault| at.error(fault))?;
        let value = form.want(sign).map_err(|fault| at.error(fault))?;
        let inner = &At::Key(at, sign);
        match sign {
            "op" => self.operation(at, string(inner, value)?, &form),
            "func" => {
                let name = string(inner, value)?;
                let mut operands = Operands::default();
                if let Some(list) = form.get("args") {
                    self.list(at, "args", list, &mut operands)?;
                }
                let built = typed::call(name, operands.nodes);
                built.map_err(|fault| blame(at, fault, &operands.places))
            }
            "field" => self.field(inner, string(inner, value)?),
            "const" => typed::literal(value).map_err(|fault| inner.error(fault)),
            _ => {
                let mut branch = |key| {
                    let value = form.want(key).map_err(|fault| at.error(fault))?;
                    self.node(&At::Key(at, key), value)
                };
                let built = typed::choice(branch("condition")?, branch("true")?, branch("false")?);
                let places = [("condition", None), ("true", None), ("false", None)];
                built.map_err(|fault| blame(at, fault, &places))
            }
        }
    }

    fn field(&mut self, at: &At<'_>, name: &str) -> Parsed<Node> {
        let invalid = |message: String| at.error(Fault::invalid(message));
        if name == "_score" {
            return Ok(Node::Score);
        }
        if name.is_empty() {
            return Err(invalid("empty field".to_owned()));
        }
        let field =
            Field::parse(name).map_err(|error| invalid(format!("field \"{name}\": {error}")))?;
        let pattern = |step: &Step| matches!(step, Step::Key { name, .. } if name.contains('*'));
        // In quotes it is the character itself.
        if !name.contains('"') && field.path.steps().iter().any(pattern) {
            return Err(invalid(format!(
                "\"*\" in field \"{name}\": an expression needs one field"
            )));
        }
        let place = self.fields.len() as u32;
        self.fields.push(field);
        Ok(Node::Field(place))
    }

    /// An operator with its operands: a list `args`, or `arg`, or `left` and `right`.
    fn operation(&mut self, at: &At<'_>, name: &str, form: &Form<'_>) -> Parsed<Node> {
        let operator = name.to_ascii_uppercase().replace('_', " ");
        if !OPERATORS.contains(&&*operator) {
            return Err(At::Key(at, "op").error(unknown_operator(name, &operator)));
        }
        let takes_list = operator.ends_with("IN") || operator.ends_with("BETWEEN");
        let mut operands = Operands::default();
        for key in ["left", "right", "arg", "args"] {
            match form.get(key) {
                None => {}
                Some(_) if key.starts_with("arg") && form.pairs.len() > 2 => {
                    let message = format!("\"{key}\" stands for all operands");
                    return Err(At::Key(at, key).error(Fault::invalid(message)));
                }
                Some(list) if key == "args" || key == "right" && takes_list => {
                    self.list(at, key, list, &mut operands)?;
                }
                Some(operand) => {
                    operands.nodes.push(self.node(&At::Key(at, key), operand)?);
                    operands.places.push((key, None));
                }
            }
        }
        let built = operation(name, &operator, operands.nodes);
        built.map_err(|fault| blame(at, fault, &operands.places))
    }

    fn list(
        &mut self,
        at: &At<'_>,
        key: &'static str,
        list: Value<'_>,
        operands: &mut Operands,
    ) -> Parsed<()> {
        let at = &At::Key(at, key);
        for (index, element) in array(at, list)?.iter().enumerate() {
            let element = element.map_err(|damaged| at.error(damaged.into()))?;
            operands
                .nodes
                .push(self.node(&At::Index(at, index), element)?);
            operands.places.push((key, Some(index)));
        }
        Ok(())
    }
}

/// The fault at the operand to blame, or else at the node.
fn blame(at: &At<'_>, fault: Fault, places: &[OperandPlace]) -> ExpressionError {
    match fault.operand.and_then(|operand| places.get(operand)) {
        Some((key, None)) => At::Key(at, key).error(fault),
        Some((key, Some(index))) => At::Index(&At::Key(at, key), *index).error(fault),
        None => at.error(fault),
    }
}

fn unknown_operator(name: &str, operator: &str) -> Fault {
    Fault::invalid(format!("unknown operator \"{name}\"")).did_you_mean(operator, OPERATORS)
}

fn exactly<const COUNT: usize>(name: &str, operands: Vec<Node>) -> Result<[Node; COUNT], Fault> {
    operands.try_into().map_err(|operands: Vec<Node>| {
        let plural = if COUNT == 1 { "" } else { "s" };
        let found = operands.len();
        Fault::invalid(format!(
            "{name} takes {COUNT} operand{plural}, found {found}"
        ))
    })
}

fn operation(name: &str, operator: &str, mut operands: Vec<Node>) -> Result<Node, Fault> {
    if let Some((comparison, negated)) = Comparison::from_symbol(operator) {
        let [left, right] = exactly(name, operands)?;
        return typed::compare(comparison, negated, left, right);
    }
    let negated = operator.starts_with("NOT ");
    match operator {
        "AND" | "&&" | "OR" | "||" | "IN" | "NOT IN" if operands.is_empty() => Err(Fault::invalid(
            format!("{name} takes 1 or more operands, found 0"),
        )),
        "AND" | "&&" => typed::all(operands),
        "OR" | "||" => typed::any(operands),
        "NOT" | "!" => {
            let [operand] = exactly(name, operands)?;
            typed::not(operand)
        }
        "IN" | "NOT IN" => {
            let list = operands.split_off(1);
            let [subject] = exactly(name, operands)?;
            typed::within(subject, list, negated)
        }
        "BETWEEN" | "NOT BETWEEN" => {
            let [subject, low, high] = exactly(name, operands)?;
            typed::between(subject, low, high, negated)
        }
        "LIKE" | "NOT LIKE" => {
            let [subject, pattern] = exactly(name, operands)?;
            typed::like(subject, pattern, negated)
        }
        "IS NULL" | "IS NOT NULL" => {
            let [subject] = exactly(name, operands)?;
            typed::is_null(subject, operator == "IS NOT NULL")
        }
        "**" => {
            let [base, exponent] = exactly(name, operands)?;
            typed::power(base, exponent)
        }
        "-" if operands.len() == 1 => {
            let [operand] = exactly(name, operands)?;
            typed::negative(operand)
        }
        "+" if operands.len() == 1 => {
            let [operand] = exactly(name, operands)?;
            typed::positive(operand)
        }
        _ => {
            let symbol = Operator::from_symbol(operator);
            let symbol = symbol.ok_or_else(|| unknown_operator(name, operator))?;
            let [left, right] = exactly(name, operands)?;
            typed::arithmetic(left, symbol, right)
        }
    }
}
