//! Expressions to infix text that parses to the same expression, with no more parentheses than that takes.

use crate::Expression;
use crate::constant::Constant;
use crate::field::Field;
use crate::level::Level;
use crate::node::{Comparison, Node, Predicate};
use crate::parse::{is_name, is_reserved};
use quidditch_document::{Numeric, Step};
use std::fmt::{self, Display, Formatter};

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.root.shown(&self.fields, Level::Choice).fmt(f)
    }
}

/// A node where something of at least this level has to stand.
struct Shown<'n> {
    node: &'n Node,
    fields: &'n [Field],
    level: Level,
}

impl Node {
    fn shown<'n>(&'n self, fields: &'n [Field], level: Level) -> Shown<'n> {
        Shown {
            node: self,
            fields,
            level,
        }
    }

    fn level(&self) -> Level {
        match self {
            Node::Choice(_) => Level::Choice,
            Node::Any(_) => Level::Or,
            Node::All(_) => Level::And,
            Node::Not(_) => Level::Not,
            Node::Test(_) | Node::Relation(_) => Level::Comparison,
            Node::Arithmetic(chain) if chain.is_additive() => Level::Additive,
            Node::Arithmetic(_) => Level::Multiplicative,
            Node::Negative(_) => Level::Unary,
            Node::Constant(constant) if constant.has_sign() => Level::Unary,
            Node::Power(_) => Level::Power,
            Node::Null | Node::Constant(_) | Node::Field(_) | Node::Score | Node::Call(_) => {
                Level::Value
            }
        }
    }
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.node.level() < self.level {
            return write!(f, "({})", self.node.shown(self.fields, Level::Choice));
        }
        let shown = |node, level| Node::shown(node, self.fields, level);
        match self.node {
            Node::Null => f.write_str("null"),
            Node::Constant(constant) => constant.fmt(f),
            Node::Field(field) => self.fields[*field as usize].fmt(f),
            Node::Score => f.write_str("_score"),
            Node::Test(test) => {
                let field = &self.fields[test.field as usize];
                write_predicate(f, field, &test.predicate, test.negated, |constant| constant)
            }
            Node::Relation(relation) => write_predicate(
                f,
                &shown(&relation.subject, Level::Additive),
                &relation.predicate,
                relation.negated,
                |operand| shown(operand, Level::Additive),
            ),
            Node::Not(inner) => write!(f, "NOT {}", shown(inner, Level::Not)),
            Node::All(nodes) => {
                separated(f, nodes.iter().map(|node| shown(node, Level::Not)), " AND ")
            }
            Node::Any(nodes) => {
                separated(f, nodes.iter().map(|node| shown(node, Level::And)), " OR ")
            }
            Node::Negative(inner) => write!(f, "-{}", shown(inner, Level::Unary)),
            Node::Arithmetic(chain) => {
                let next = if chain.is_additive() {
                    Level::Multiplicative
                } else {
                    Level::Unary
                };
                shown(&chain.first, next).fmt(f)?;
                chain.rest.iter().try_for_each(|(operator, node)| {
                    write!(f, " {} {}", operator.symbol(), shown(node, next))
                })
            }
            Node::Power(operands) => {
                let [base, exponent] = &**operands;
                write!(
                    f,
                    "{} ** {}",
                    shown(base, Level::Value),
                    shown(exponent, Level::Unary)
                )
            }
            Node::Call(call) => {
                write!(f, "{}(", call.function.name())?;
                let arguments = call.arguments.iter();
                separated(f, arguments.map(|node| shown(node, Level::Choice)), ", ")?;
                f.write_str(")")
            }
            Node::Choice(choice) => write!(
                f,
                "{} ? {} : {}",
                shown(&choice.condition, Level::Or),
                shown(&choice.yes, Level::Choice),
                shown(&choice.no, Level::Choice)
            ),
        }
    }
}

fn separated(
    f: &mut Formatter<'_>,
    items: impl Iterator<Item = impl Display>,
    separator: &str,
) -> fmt::Result {
    for (place, item) in items.enumerate() {
        if place > 0 {
            f.write_str(separator)?;
        }
        item.fmt(f)?;
    }
    Ok(())
}

fn write_predicate<'n, T, D: Display + 'n>(
    f: &mut Formatter<'_>,
    subject: &dyn Display,
    predicate: &'n Predicate<T>,
    negated: bool,
    shown: impl Fn(&'n T) -> D,
) -> fmt::Result {
    let not = if negated { "NOT " } else { "" };
    write!(f, "{subject} ")?;
    match predicate {
        Predicate::Compare(Comparison::Equal, operand) if negated => {
            write!(f, "!= {}", shown(operand))
        }
        Predicate::Compare(comparison, operand) => {
            write!(f, "{} {}", comparison.symbol(), shown(operand))
        }
        Predicate::In(list) => {
            write!(f, "{not}IN (")?;
            separated(f, list.iter().map(shown), ", ")?;
            f.write_str(")")
        }
        Predicate::Between(bounds) => {
            let [low, high] = &**bounds;
            write!(f, "{not}BETWEEN {} AND {}", shown(low), shown(high))
        }
        Predicate::Like(pattern) => write!(f, "{not}LIKE {}", Quoted(&pattern.text)),
        Predicate::Null => write!(f, "IS {not}NULL"),
    }
}

impl Constant {
    /// Whether it prints with a sign, as unary minus would.
    fn has_sign(&self) -> bool {
        matches!(self, Constant::Number(number) if number.exact().to_string().starts_with('-'))
    }
}

impl Display for Constant {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Constant::Bool(bool) => bool.fmt(f),
            Constant::Number(number) => write_number(f, number.exact()),
            Constant::String(string) => Quoted(string).fmt(f),
        }
    }
}

/// In the one form that a number has, however it was written: with an exponent where that is shorter than many
/// digits.
fn write_number(f: &mut Formatter<'_>, number: Numeric<'_>) -> fmt::Result {
    const LONG: usize = 24;
    let text = number.to_string();
    let (sign, unsigned) = text.split_at(usize::from(text.starts_with('-')));
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let plain = format!("{whole}{point}{fraction}");
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    let zeros = digits.len() - digits.trim_end_matches('0').len();
    let exponent = zeros as i64 - fraction.len() as i64;
    let short = format!("{significant}e{exponent}");
    if significant.is_empty() {
        f.write_str("0")
    } else if plain.len() <= LONG.max(short.len()) {
        write!(f, "{sign}{plain}")
    } else {
        write!(f, "{sign}{short}")
    }
}

/// A string in single quotes.
struct Quoted<'s>(&'s str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.replace('\'', "''"))
    }
}

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let steps = self.path.steps();
        for (place, step) in steps.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key { name, .. } => {
                    let plain = !name.is_empty() && name.chars().all(is_name);
                    let number = name.starts_with(|first: char| first.is_ascii_digit());
                    let score = steps.len() == 1 && &**name == "_score";
                    if plain && place > 0 {
                        write!(f, ".{name}")?;
                    } else if plain && !number && !score && !is_reserved(name) {
                        f.write_str(name)?;
                    } else {
                        write!(f, "[{}]", serde_json::Value::String((**name).to_owned()))?;
                    }
                }
            }
        }
        Ok(())
    }
}
