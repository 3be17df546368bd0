//! Infix text to the tree, by precedence climbing. Chains of one operator are read in a loop; what recurses is
//! counted, and kept apart from what doesn't need to lie on the stack once for each level.

use super::lexer::{Token, is_reserved, token};
use crate::constant::{Constant, NumberConstant};
use crate::error::{ExpressionError, Fault, Place};
use crate::field::Field;
use crate::level::Level;
use crate::limits::Limits;
use crate::node::{Comparison, Node};
use crate::number::Operator;
use crate::{Expression, typed};

impl Expression {
    /// Reads infix text.
    pub fn parse_text(text: &str, limits: &Limits) -> Result<Expression, ExpressionError> {
        let mut parser = Parser {
            text,
            limits,
            token: Token::End,
            start: 0,
            end: 0,
            depth: 0,
            nodes: 0,
            fields: Vec::new(),
        };
        let root = parser.whole().map_err(|error| *error)?;
        let place = parser.place(root.start);
        Expression::new(root.node, parser.fields, limits).map_err(|fault| fault.at(place))
    }
}

struct Parser<'t> {
    text: &'t str,
    limits: &'t Limits,
    token: Token<'t>,
    /// Where the token starts and ends.
    start: usize,
    end: usize,
    /// Calls of [`Parser::expression`] inside each other.
    depth: usize,
    nodes: usize,
    fields: Vec<Field>,
}

struct Operand {
    node: Node,
    /// Where it starts.
    start: usize,
}

/// Boxed, because results lie on the stack once for each level.
type Parsed<T> = Result<T, Box<ExpressionError>>;

/// What may follow an operand, for hints.
const OPERATORS: [&str; 6] = ["AND", "OR", "IN", "BETWEEN", "LIKE", "IS"];

impl<'t> Parser<'t> {
    fn place(&self, offset: usize) -> Place {
        let column = self.text[..offset].chars().count() + 1;
        Place::Text { offset, column }
    }

    fn error<T>(&self, fault: Fault, offset: usize) -> Parsed<T> {
        Err(Box::new(fault.at(self.place(offset))))
    }

    /// The node, or the fault at the operand to blame or else at the operator.
    fn built(
        &self,
        built: Result<Node, Fault>,
        operator: usize,
        operands: &[usize],
    ) -> Parsed<Node> {
        built.or_else(|fault| {
            let operand = fault.operand.and_then(|operand| operands.get(operand));
            let offset = operand.copied().unwrap_or(operator);
            self.error(fault, offset)
        })
    }

    fn whole(&mut self) -> Parsed<Operand> {
        self.advance()?;
        let whole = self.expression(Level::Choice)?;
        if self.token == Token::End {
            Ok(whole)
        } else {
            self.no_operator()
        }
    }

    fn advance(&mut self) -> Parsed<()> {
        let rest = &self.text[self.end..];
        self.start = self.text.len() - rest.trim_start().len();
        match token(self.text, self.start) {
            Ok((token, end)) => {
                (self.token, self.end) = (token, end);
                Ok(())
            }
            Err((fault, offset)) => self.error(fault, offset),
        }
    }

    fn is(&self, mark: &str) -> bool {
        matches!(self.token, Token::Mark(found) if found == mark)
    }

    fn accept(&mut self, mark: &str) -> Parsed<bool> {
        let found = self.is(mark);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// The token for an error.
    fn found(&self) -> String {
        match &self.text[self.start..self.end] {
            "" => "the end".to_owned(),
            token if token.len() > 40 => {
                format!("\"{}…\"", token.chars().take(20).collect::<String>())
            }
            token => format!("\"{token}\""),
        }
    }

    fn expected<T>(&self, what: &str) -> Parsed<T> {
        self.error(
            Fault::invalid(format!("expected {what}, found {}", self.found())),
            self.start,
        )
    }

    fn expect(&mut self, mark: &str) -> Parsed<()> {
        if self.accept(mark)? {
            Ok(())
        } else {
            self.expected(&format!("\"{mark}\""))
        }
    }

    /// Something other than an operator follows an operand.
    #[inline(never)]
    fn no_operator<T>(&self) -> Parsed<T> {
        let fault = Fault::invalid(format!(
            "expected an operator or the end, found {}",
            self.found()
        ));
        let fault = match self.token {
            Token::Field(_, Some(name)) => {
                fault.did_you_mean(&name.to_ascii_uppercase(), OPERATORS)
            }
            Token::Mark(mark) if Comparison::from_symbol(mark).is_some() => {
                fault.hint("comparisons don't chain, combine them with AND")
            }
            _ => fault,
        };
        self.error(fault, self.start)
    }

    fn count(&mut self, offset: usize) -> Parsed<()> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return self.error(Fault::too_many(self.limits.nodes), offset);
        }
        Ok(())
    }

    /// An operand with all the operators after it that bind at least as tightly as `level`.
    fn expression(&mut self, level: Level) -> Parsed<Operand> {
        // An inner node takes at most two levels: its own, and one for parentheses around it. The exact depth is
        // that of the tree, checked in the end.
        if self.depth > self.limits.depth.saturating_mul(2) {
            return self.error(Fault::too_deep(self.limits.depth), self.start);
        }
        self.depth += 1;
        let start = self.start;
        let mut node = self.operand(level)?;
        while let Token::Mark(mark) = self.token {
            node = match mark {
                "**" => self.binary(node, start, Level::Unary, typed::power)?,
                "AND" | "&&" if level <= Level::And => {
                    self.chain(node, start, ["AND", "&&"], Level::Not, typed::all)?
                }
                "OR" | "||" if level <= Level::Or => {
                    self.chain(node, start, ["OR", "||"], Level::And, typed::any)?
                }
                "?" if level <= Level::Choice => self.choice(node, start)?,
                _ if level <= Level::Comparison && starts_predicate(mark) => {
                    let node = match Comparison::from_symbol(mark) {
                        Some((comparison, negated)) => {
                            let apply =
                                |left, right| typed::compare(comparison, negated, left, right);
                            self.binary(node, start, Level::Additive, apply)?
                        }
                        None => self.predicate(node, start)?,
                    };
                    if matches!(self.token, Token::Mark(mark) if starts_predicate(mark)) {
                        return self.no_operator();
                    }
                    node
                }
                _ => match Operator::from_symbol(mark) {
                    Some(operator) if operator.is_additive() && level <= Level::Additive => {
                        let apply = |left, right| typed::arithmetic(left, operator, right);
                        self.binary(node, start, Level::Multiplicative, apply)?
                    }
                    Some(operator) if !operator.is_additive() && level <= Level::Multiplicative => {
                        let apply = |left, right| typed::arithmetic(left, operator, right);
                        self.binary(node, start, Level::Unary, apply)?
                    }
                    _ => break,
                },
            };
        }
        self.depth -= 1;
        Ok(Operand { node, start })
    }

    /// The rest of `left operator right`.
    #[inline(never)]
    fn binary(
        &mut self,
        left: Node,
        start: usize,
        level: Level,
        apply: impl FnOnce(Node, Node) -> Result<Node, Fault>,
    ) -> Parsed<Node> {
        let operator = self.start;
        self.count(operator)?;
        self.advance()?;
        let right = self.expression(level)?;
        self.built(apply(left, right.node), operator, &[start, right.start])
    }

    /// The rest of `first AND second AND …`.
    #[inline(never)]
    fn chain(
        &mut self,
        first: Node,
        start: usize,
        marks: [&str; 2],
        level: Level,
        combine: fn(Vec<Node>) -> Result<Node, Fault>,
    ) -> Parsed<Node> {
        let operator = self.start;
        let (mut nodes, mut starts) = (vec![first], vec![start]);
        while marks.iter().any(|mark| self.is(mark)) {
            self.count(self.start)?;
            self.advance()?;
            let next = self.expression(level)?;
            nodes.push(next.node);
            starts.push(next.start);
        }
        self.built(combine(nodes), operator, &starts)
    }

    /// The rest of `condition ? yes : no`.
    #[inline(never)]
    fn choice(&mut self, condition: Node, start: usize) -> Parsed<Node> {
        let operator = self.start;
        self.count(operator)?;
        self.advance()?;
        let yes = self.expression(Level::Choice)?;
        self.expect(":")?;
        let no = self.expression(Level::Choice)?;
        let starts = [start, yes.start, no.start];
        self.built(
            typed::choice(condition, yes.node, no.node),
            operator,
            &starts,
        )
    }

    /// The rest of an `IN`, `BETWEEN`, `LIKE` or `IS NULL`.
    #[inline(never)]
    fn predicate(&mut self, subject: Node, start: usize) -> Parsed<Node> {
        let operator = self.start;
        self.count(operator)?;
        if self.accept("IS")? {
            let negated = self.accept("NOT")?;
            self.expect("NULL")?;
            return self.built(typed::is_null(subject, negated), operator, &[start]);
        }
        let negated = self.accept("NOT")?;
        let (built, starts) = if self.accept("IN")? {
            self.expect("(")?;
            let (list, mut starts) = self.list()?;
            starts.insert(0, start);
            (typed::within(subject, list, negated), starts)
        } else if self.accept("BETWEEN")? {
            let low = self.expression(Level::Additive)?;
            self.expect("AND")?;
            let high = self.expression(Level::Additive)?;
            let starts = vec![start, low.start, high.start];
            (
                typed::between(subject, low.node, high.node, negated),
                starts,
            )
        } else if self.accept("LIKE")? {
            let pattern = self.expression(Level::Additive)?;
            (
                typed::like(subject, pattern.node, negated),
                vec![start, pattern.start],
            )
        } else {
            return self.expected("IN, BETWEEN or LIKE");
        };
        self.built(built, operator, &starts)
    }

    /// Expressions up to the closing parenthesis, and where they start.
    fn list(&mut self) -> Parsed<(Vec<Node>, Vec<usize>)> {
        let (mut nodes, mut starts) = (Vec::new(), Vec::new());
        if self.accept(")")? {
            return Ok((nodes, starts));
        }
        loop {
            let next = self.expression(Level::Choice)?;
            nodes.push(next.node);
            starts.push(next.start);
            if self.accept(")")? {
                return Ok((nodes, starts));
            }
            if !self.accept(",")? {
                return self.expected("\",\" or \")\"");
            }
        }
    }

    /// A value, or a prefix operator with what it is applied to.
    fn operand(&mut self, level: Level) -> Parsed<Node> {
        if self.is("(") {
            return self.parenthesized();
        }
        self.count(self.start)?;
        match self.token {
            Token::Mark("-") => self.prefixed(typed::negative, Level::Unary),
            Token::Mark("+") => self.prefixed(typed::positive, Level::Unary),
            Token::Mark("!") => self.prefixed(typed::not, Level::Unary),
            Token::Mark("NOT") if level <= Level::Not => self.prefixed(typed::not, Level::Not),
            Token::Field(..) => self.named(),
            _ => self.literal(),
        }
    }

    fn parenthesized(&mut self) -> Parsed<Node> {
        self.advance()?;
        let inner = self.expression(Level::Choice)?;
        self.expect(")")?;
        Ok(inner.node)
    }

    fn prefixed(&mut self, apply: fn(Node) -> Result<Node, Fault>, level: Level) -> Parsed<Node> {
        let operator = self.start;
        self.advance()?;
        let inner = self.expression(level)?;
        self.built(apply(inner.node), operator, &[inner.start])
    }

    #[inline(never)]
    fn literal(&mut self) -> Parsed<Node> {
        let constant = match &mut self.token {
            Token::Number(text) => NumberConstant::from_decimal(text).map(Constant::Number),
            Token::String(string) => Ok(Constant::String(std::mem::take(string).into())),
            Token::Mark("TRUE") => Ok(Constant::Bool(true)),
            Token::Mark("FALSE") => Ok(Constant::Bool(false)),
            Token::Mark("NULL") => {
                self.advance()?;
                return Ok(Node::Null);
            }
            _ => return self.no_value(),
        };
        let node = self.built(constant.map(Node::Constant), self.start, &[])?;
        self.advance()?;
        Ok(node)
    }

    fn no_value<T>(&self) -> Parsed<T> {
        let token = &self.text[self.start..self.end];
        let mut fault = Fault::invalid(format!("expected a value, found {}", self.found()));
        if self.is("NOT") {
            fault = Fault::invalid("NOT needs parentheses around it here");
        } else if is_reserved(token) {
            fault = fault.hint(format!("a field of that name is written `{token}`"));
        }
        self.error(fault, self.start)
    }

    /// A field, the score, or a function with its arguments.
    #[inline(never)]
    fn named(&mut self) -> Parsed<Node> {
        let start = self.start;
        let Token::Field(path, name) = std::mem::replace(&mut self.token, Token::End) else {
            return self.no_value();
        };
        self.advance()?;
        match name {
            Some(name) if self.is("(") => self.call(name, start),
            Some("_score") => Ok(Node::Score),
            _ => {
                let place = self.fields.len() as u32;
                let field = Field::parse(&path).map(|field| self.fields.push(field));
                let node = field.map(|()| Node::Field(place));
                self.built(node.map_err(|error| Fault::invalid(error.what)), start, &[])
            }
        }
    }

    fn call(&mut self, name: &str, start: usize) -> Parsed<Node> {
        self.advance()?;
        let (arguments, starts) = self.list()?;
        self.built(typed::call(name, arguments), start, &starts)
    }
}

fn starts_predicate(mark: &str) -> bool {
    matches!(mark, "NOT" | "IN" | "BETWEEN" | "LIKE" | "IS")
        || Comparison::from_symbol(mark).is_some()
}
