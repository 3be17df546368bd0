//! Nodes from their parts, for both notations: types and arities are checked here, and fields that meet
//! constants become clauses.

use crate::ResultKind;
use crate::constant::Constant;
use crate::error::Fault;
use crate::evaluate::constant_value;
use crate::function::Function;
use crate::node::{Arithmetic, Call, Choice, Comparison, Node, Predicate, Relation, Scope, Test};
use crate::number::Operator;
use crate::pattern::Pattern;
use quidditch_document::Value;
use std::cmp::Ordering;

type Built = Result<Node, Fault>;

/// Checks that operand number `place` may be of the type.
fn expect(node: &Node, wanted: ResultKind, place: usize) -> Result<(), Fault> {
    let kind = node.kind();
    if let Node::Null = node {
        return Err(Fault::invalid(format!("expected {wanted}, found null")).of(place));
    }
    if kind == wanted || kind == ResultKind::Any || wanted == ResultKind::Any {
        return Ok(());
    }
    Err(Fault::invalid(format!("expected {wanted}, found {kind}")).of(place))
}

fn all_are(nodes: &[Node], wanted: ResultKind) -> Result<(), Fault> {
    let mut places = nodes.iter().enumerate();
    places.try_for_each(|(place, node)| expect(node, wanted, place))
}

/// The type of something that is one of the nodes.
fn common_kind<'n>(nodes: impl Iterator<Item = (usize, &'n Node)>) -> Result<ResultKind, Fault> {
    let mut common: Option<ResultKind> = None;
    let mut any = false;
    for (place, node) in nodes {
        match (node.kind(), common) {
            _ if matches!(node, Node::Null) => {}
            (ResultKind::Any, _) => any = true,
            (kind, Some(before)) if kind != before => {
                let message = format!("{kind} where the others are {before}");
                return Err(Fault::invalid(message).of(place));
            }
            (kind, _) => common = Some(kind),
        }
    }
    Ok(common.filter(|_| !any).unwrap_or(ResultKind::Any))
}

pub(crate) fn all(nodes: Vec<Node>) -> Built {
    combined(nodes, Node::All, |node| match node {
        Node::All(nodes) => Ok(nodes),
        node => Err(node),
    })
}

pub(crate) fn any(nodes: Vec<Node>) -> Built {
    combined(nodes, Node::Any, |node| match node {
        Node::Any(nodes) => Ok(nodes),
        node => Err(node),
    })
}

/// Chains within chains of the same operator become one.
fn combined(
    mut nodes: Vec<Node>,
    combine: fn(Vec<Node>) -> Node,
    inner: fn(Node) -> Result<Vec<Node>, Node>,
) -> Built {
    all_are(&nodes, ResultKind::Bool)?;
    if nodes.len() == 1 {
        return nodes.pop().map_or(Ok(Node::Null), boolean);
    }
    let mut flat = Vec::with_capacity(nodes.len());
    for node in nodes {
        match inner(node) {
            Ok(nodes) => flat.extend(nodes),
            Err(node) => flat.push(node),
        }
    }
    Ok(combine(flat))
}

/// The node as it counts where a boolean is wanted: never missing.
fn boolean(node: Node) -> Built {
    match node {
        Node::Test(_) | Node::Relation(_) | Node::Not(_) | Node::All(_) | Node::Any(_) => Ok(node),
        other => {
            let yes = Node::Constant(Constant::Bool(true));
            compare(Comparison::Equal, false, other, yes)
        }
    }
}

pub(crate) fn not(node: Node) -> Built {
    expect(&node, ResultKind::Bool, 0)?;
    Ok(Node::Not(Box::new(node)))
}

fn not_null(node: &Node, place: usize) -> Result<(), Fault> {
    match node {
        Node::Null => Err(Fault::invalid("a comparison with null is never true")
            .of(place)
            .hint("use IS NULL")),
        _ => Ok(()),
    }
}

fn comparable(subject: &Node, other: &Node, place: usize, ordered: bool) -> Result<(), Fault> {
    for (place, node) in [(0, subject), (place, other)] {
        not_null(node, place)?;
        if ordered && node.kind() == ResultKind::Bool {
            let fault = Fault::invalid("booleans have no order").of(place);
            return Err(fault.hint("use = or !="));
        }
    }
    let (left, right) = (subject.kind(), other.kind());
    if left == right || left == ResultKind::Any || right == ResultKind::Any {
        return Ok(());
    }
    Err(Fault::invalid(format!(
        "{left} can't be compared to {right}"
    )))
}

pub(crate) fn compare(comparison: Comparison, negated: bool, left: Node, right: Node) -> Built {
    comparable(&left, &right, 1, comparison != Comparison::Equal)?;
    if matches!(right, Node::Field(_)) && !left.has_field() {
        return relate(
            right,
            Predicate::Compare(comparison.flipped(), left),
            negated,
        );
    }
    relate(left, Predicate::Compare(comparison, right), negated)
}

pub(crate) fn within(subject: Node, list: Vec<Node>, negated: bool) -> Built {
    not_null(&subject, 0)?;
    for (place, node) in list.iter().enumerate() {
        comparable(&subject, node, place + 1, false)?;
    }
    relate(subject, Predicate::In(list), negated)
}

pub(crate) fn between(subject: Node, low: Node, high: Node, negated: bool) -> Built {
    comparable(&subject, &low, 1, true)?;
    comparable(&subject, &high, 2, true)?;
    comparable(&low, &high, 2, true)?;
    relate(subject, Predicate::Between(Box::new([low, high])), negated)
}

pub(crate) fn like(subject: Node, pattern: Node, negated: bool) -> Built {
    expect(&subject, ResultKind::String, 0)?;
    expect(&pattern, ResultKind::String, 1)?;
    let Some(Constant::String(pattern)) = constant_value(&pattern) else {
        return Err(Fault::invalid("the pattern of LIKE has to be a constant").of(1));
    };
    let pattern = Pattern::new(&pattern).map_err(|fault| fault.of(1))?;
    relate(subject, Predicate::Like(pattern), negated)
}

pub(crate) fn is_null(subject: Node, negated: bool) -> Built {
    relate(subject, Predicate::Null, negated)
}

fn relate(mut subject: Node, mut predicate: Predicate<Node>, negated: bool) -> Built {
    let operands_have_field = predicate.operands().iter().any(Node::has_field);
    let scope = match &subject {
        Node::Field(_) if !operands_have_field => Scope::Subject,
        subject if operands_have_field && !subject.has_field() => Scope::Operands,
        _ => Scope::Neither,
    };
    match scope {
        Scope::Subject => predicate.operands_mut().iter_mut().for_each(fold),
        Scope::Operands => fold(&mut subject),
        Scope::Neither => {}
    }
    let constant = |node: &Node| match node {
        Node::Constant(constant) => Some(constant.clone()),
        _ => None,
    };
    if let Node::Field(field) = subject
        && let Some(mut predicate) = predicate.try_map(constant)
    {
        if let Predicate::In(list) = &mut predicate {
            sort(list);
        }
        return Ok(Node::Test(Box::new(Test {
            field,
            predicate,
            negated,
        })));
    }
    Ok(Node::Relation(Box::new(Relation {
        subject,
        predicate,
        negated,
        scope,
    })))
}

/// Evaluates what depends on no row. What is missing stays as it is.
fn fold(node: &mut Node) {
    if let Some(constant) = constant_value(node) {
        *node = Node::Constant(constant);
    }
}

/// For a binary search.
fn sort(list: &mut Vec<Constant>) {
    let order = |left: &Constant, right: &Constant| {
        right.order_all(left.as_value()).unwrap_or(Ordering::Equal)
    };
    list.sort_by(order);
    list.dedup_by(|left, right| order(left, right).is_eq());
}

pub(crate) fn arithmetic(left: Node, operator: Operator, right: Node) -> Built {
    expect(&left, ResultKind::Number, 0)?;
    expect(&right, ResultKind::Number, 1)?;
    Ok(Node::Arithmetic(match left {
        Node::Arithmetic(mut chain) if chain.is_additive() == operator.is_additive() => {
            chain.rest.push((operator, right));
            chain
        }
        first => Box::new(Arithmetic {
            first,
            rest: vec![(operator, right)],
        }),
    }))
}

pub(crate) fn negative(node: Node) -> Built {
    expect(&node, ResultKind::Number, 0)?;
    Ok(match node {
        Node::Constant(Constant::Number(number)) => {
            Node::Constant(Constant::Number(number.negative()?))
        }
        node => Node::Negative(Box::new(node)),
    })
}

/// Unary plus, which does nothing.
pub(crate) fn positive(node: Node) -> Built {
    expect(&node, ResultKind::Number, 0)?;
    Ok(node)
}

pub(crate) fn power(base: Node, exponent: Node) -> Built {
    expect(&base, ResultKind::Number, 0)?;
    expect(&exponent, ResultKind::Number, 1)?;
    Ok(Node::Power(Box::new([base, exponent])))
}

pub(crate) fn call(name: &str, arguments: Vec<Node>) -> Built {
    let function = Function::from_name(name).ok_or_else(|| {
        Fault::invalid(format!("unknown function \"{name}\""))
            .did_you_mean(&name.to_ascii_lowercase(), Function::names())
    })?;
    let (least, most) = function.arity();
    let found = arguments.len();
    if found < least || most.is_some_and(|most| found > most) {
        let or_more = if most.is_none() { " or more" } else { "" };
        let plural = if least == 1 && most.is_some() {
            ""
        } else {
            "s"
        };
        let message = format!("{name} takes {least}{or_more} argument{plural}, found {found}");
        return Err(Fault::invalid(message));
    }
    let kind = if function == Function::Coalesce {
        common_kind(arguments.iter().enumerate())?
    } else {
        all_are(&arguments, function.argument())?;
        function.result()
    };
    let arguments = match <[Node; 2]>::try_from(arguments) {
        Ok([base, exponent]) if function == Function::Pow => return power(base, exponent),
        Ok(two) => two.into(),
        Err(arguments) => arguments,
    };
    Ok(Node::Call(Box::new(Call {
        function,
        arguments: arguments.into(),
        kind,
    })))
}

pub(crate) fn choice(condition: Node, yes: Node, no: Node) -> Built {
    expect(&condition, ResultKind::Bool, 0)?;
    let kind = common_kind([(1, &yes), (2, &no)].into_iter())?;
    Ok(Node::Choice(Box::new(Choice {
        condition,
        yes,
        no,
        kind,
    })))
}

/// A scalar of a tree.
pub(crate) fn literal(value: Value<'_>) -> Built {
    if let Value::Null = value {
        return Ok(Node::Null);
    }
    let constant = crate::constant::from_value(value)?;
    constant
        .map(Node::Constant)
        .ok_or_else(|| Fault::invalid("expected a constant: a string, number, boolean or null"))
}
