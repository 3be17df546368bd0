//! The tree an expression is parsed to. It is made by the functions of [`crate::typed`] alone.

use crate::ResultKind;
use crate::constant::Constant;
use crate::function::Function;
use crate::number::Operator;
use crate::pattern::Pattern;

/// One operand, operator or function with what it is applied to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Null,
    Constant(Constant),
    /// By its place among the expression's fields, which are in the order in which they are written.
    Field(u32),
    Score,
    Test(Box<Test>),
    Relation(Box<Relation>),
    Not(Box<Node>),
    /// `AND`
    All(Vec<Node>),
    /// `OR`
    Any(Vec<Node>),
    Negative(Box<Node>),
    Arithmetic(Box<Arithmetic>),
    Power(Box<[Node; 2]>),
    Call(Box<Call>),
    Choice(Box<Choice>),
}

/// A clause: a field against constants.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Test {
    pub(crate) field: u32,
    pub(crate) predicate: Predicate<Constant>,
    pub(crate) negated: bool,
}

/// A predicate on anything else.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Relation {
    pub(crate) subject: Node,
    pub(crate) predicate: Predicate<Node>,
    pub(crate) negated: bool,
    pub(crate) scope: Scope,
}

/// Which fields stand for all their values, rather than for the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The subject is a field, and no operand has any.
    Subject,
    /// Operands that are fields: the subject has none.
    Operands,
    Neither,
}

/// What the subject has to satisfy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Predicate<T> {
    Compare(Comparison, T),
    /// Constants are sorted, for a binary search.
    In(Vec<T>),
    Between(Box<[T; 2]>),
    Like(Pattern),
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A chain such as `a + b - c`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arithmetic {
    pub(crate) first: Node,
    /// Not empty, and all of one precedence.
    pub(crate) rest: Vec<(Operator, Node)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) function: Function,
    pub(crate) arguments: Box<[Node]>,
    pub(crate) kind: ResultKind,
}

/// `condition ? yes : no`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    pub(crate) condition: Node,
    pub(crate) yes: Node,
    pub(crate) no: Node,
    pub(crate) kind: ResultKind,
}

impl<T> Predicate<T> {
    pub(crate) fn operands(&self) -> &[T] {
        match self {
            Predicate::Compare(_, operand) => std::slice::from_ref(operand),
            Predicate::In(list) => list,
            Predicate::Between(bounds) => &**bounds,
            Predicate::Like(_) | Predicate::Null => &[],
        }
    }

    pub(crate) fn operands_mut(&mut self) -> &mut [T] {
        match self {
            Predicate::Compare(_, operand) => std::slice::from_mut(operand),
            Predicate::In(list) => list,
            Predicate::Between(bounds) => &mut **bounds,
            Predicate::Like(_) | Predicate::Null => &mut [],
        }
    }

    /// The predicate with other operands, unless one of them has no other.
    pub(crate) fn try_map<U>(&self, other: impl Fn(&T) -> Option<U>) -> Option<Predicate<U>> {
        Some(match self {
            Predicate::Compare(comparison, operand) => {
                Predicate::Compare(*comparison, other(operand)?)
            }
            Predicate::In(list) => Predicate::In(list.iter().map(other).collect::<Option<_>>()?),
            Predicate::Between(bounds) => {
                let [low, high] = &**bounds;
                Predicate::Between(Box::new([other(low)?, other(high)?]))
            }
            Predicate::Like(pattern) => Predicate::Like(pattern.clone()),
            Predicate::Null => Predicate::Null,
        })
    }
}

impl Arithmetic {
    /// Whether the chain is one of `+` and `-`.
    pub(crate) fn is_additive(&self) -> bool {
        self.rest
            .iter()
            .take(1)
            .all(|(operator, _)| operator.is_additive())
    }
}

impl Comparison {
    /// With `true` for the negated form of the comparison.
    pub(crate) fn from_symbol(symbol: &str) -> Option<(Comparison, bool)> {
        Some(match symbol {
            "=" | "==" => (Comparison::Equal, false),
            "!=" | "<>" => (Comparison::Equal, true),
            "<" => (Comparison::Less, false),
            "<=" => (Comparison::LessOrEqual, false),
            ">" => (Comparison::Greater, false),
            ">=" => (Comparison::GreaterOrEqual, false),
            _ => return None,
        })
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Comparison::Equal => "=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        }
    }

    /// The same comparison with its sides exchanged.
    pub(crate) fn flipped(self) -> Comparison {
        match self {
            Comparison::Equal => Comparison::Equal,
            Comparison::Less => Comparison::Greater,
            Comparison::LessOrEqual => Comparison::GreaterOrEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        }
    }
}

impl Node {
    /// The type that it always has when it isn't missing.
    pub(crate) fn kind(&self) -> ResultKind {
        match self {
            Node::Null | Node::Field(_) => ResultKind::Any,
            Node::Constant(Constant::Bool(_)) => ResultKind::Bool,
            Node::Constant(Constant::Number(_)) | Node::Score => ResultKind::Number,
            Node::Constant(Constant::String(_)) => ResultKind::String,
            Node::Test(_) | Node::Relation(_) | Node::Not(_) | Node::All(_) | Node::Any(_) => {
                ResultKind::Bool
            }
            Node::Negative(_) | Node::Arithmetic(_) | Node::Power(_) => ResultKind::Number,
            Node::Call(call) => call.kind,
            Node::Choice(choice) => choice.kind,
        }
    }

    /// What it is applied to, constants and the field of a [`Test`] aside.
    pub(crate) fn children(&self) -> Vec<&Node> {
        match self {
            Node::Null | Node::Constant(_) | Node::Field(_) | Node::Score | Node::Test(_) => {
                Vec::new()
            }
            Node::Relation(relation) => {
                let operands = relation.predicate.operands().iter();
                std::iter::once(&relation.subject).chain(operands).collect()
            }
            Node::Not(inner) | Node::Negative(inner) => vec![inner],
            Node::All(nodes) | Node::Any(nodes) => nodes.iter().collect(),
            Node::Arithmetic(chain) => {
                let rest = chain.rest.iter().map(|(_, node)| node);
                std::iter::once(&chain.first).chain(rest).collect()
            }
            Node::Power(operands) => operands.iter().collect(),
            Node::Call(call) => call.arguments.iter().collect(),
            Node::Choice(choice) => vec![&choice.condition, &choice.yes, &choice.no],
        }
    }

    /// Whether this or something in it is.
    pub(crate) fn contains(&self, what: &impl Fn(&Node) -> bool) -> bool {
        what(self)
            || self
                .children()
                .into_iter()
                .any(|child| child.contains(what))
    }

    pub(crate) fn has_field(&self) -> bool {
        self.contains(&|node| matches!(node, Node::Field(_) | Node::Test(_)))
    }

    pub(crate) fn uses_score(&self) -> bool {
        self.contains(&|node| matches!(node, Node::Score))
    }

    /// Levels of nodes, itself included.
    pub(crate) fn height(&self) -> usize {
        let inner = match self {
            Node::Test(_) => 1,
            _ => self
                .children()
                .into_iter()
                .map(Node::height)
                .max()
                .unwrap_or(0),
        };
        inner + 1
    }
}
