//! Clauses around others: `constant_score`, `dis_max`, `boosting`, `nested`; and `expr`.

use super::fields::has_index;
use super::options::{Common, amount, boolean, object, one_of, pairs, string, unknown};
use super::{Parser, Place};
use crate::clause::{Boost, Clause, ExpressionClause};
use crate::error::{ErrorKind, QueryError};
use crate::nested::{Nested, NestedScore};
use quidditch_document::Value;
use quidditch_expression::{Expression, ExpressionError, Limits, ResultKind};

/// At this depth an expression takes less stack than PostgreSQL keeps beyond `max_stack_depth`.
const DEEPEST_EXPRESSION: usize = 300;

impl Parser<'_> {
    /// `{"filter": clause}`
    #[inline(never)]
    pub(super) fn constant_score(
        &mut self,
        at: &Place<'_>,
        body: Value<'_>,
    ) -> Result<Clause, QueryError> {
        let (mut common, mut filter) = (Common::new(), None);
        for pair in pairs(object(at, body)?) {
            let (key, value) = pair?;
            match key {
                "filter" => filter = Some(self.clause(&Place::Key(at, key), value)?),
                _ if common.accept(at, key, value)? => {}
                _ => return Err(unknown(at, key, &["filter"])),
            }
        }
        let filter = filter.ok_or_else(|| at.invalid("expected a \"filter\""))?;
        Ok(Clause::ConstantScore {
            filter: Box::new(filter),
            boost: common.boost,
        })
    }

    /// `{"queries": [clause, …], "tie_breaker": 0.3}`
    #[inline(never)]
    pub(super) fn dis_max(
        &mut self,
        at: &Place<'_>,
        body: Value<'_>,
    ) -> Result<Clause, QueryError> {
        let (mut common, mut queries, mut tie_breaker) = (Common::new(), None, 0.0);
        for pair in pairs(object(at, body)?) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            match key {
                "queries" => queries = Some(self.clauses(inner, value)?),
                "tie_breaker" => tie_breaker = amount(inner, value)?,
                _ if common.accept(at, key, value)? => {}
                _ => return Err(unknown(at, key, &["queries", "tie_breaker"])),
            }
        }
        let queries = queries.filter(|queries| !queries.is_empty());
        Ok(Clause::DisMax {
            queries: queries.ok_or_else(|| at.invalid("expected \"queries\""))?,
            tie_breaker,
            boost: common.boost,
        })
    }

    /// `{"positive": clause, "negative": clause, "negative_boost": 0.5}`
    #[inline(never)]
    pub(super) fn boosting(
        &mut self,
        at: &Place<'_>,
        body: Value<'_>,
    ) -> Result<Clause, QueryError> {
        let mut common = Common::new();
        let (mut positive, mut negative, mut negative_boost) = (None, None, None);
        for pair in pairs(object(at, body)?) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            match key {
                "positive" => positive = Some(self.clause(inner, value)?),
                "negative" => negative = Some(self.clause(inner, value)?),
                "negative_boost" => negative_boost = Some(amount(inner, value)?),
                _ if common.accept(at, key, value)? => {}
                _ => {
                    return Err(unknown(
                        at,
                        key,
                        &["positive", "negative", "negative_boost"],
                    ));
                }
            }
        }
        let missing = |key: &str| at.invalid(format!("expected a \"{key}\""));
        Ok(Clause::Boosting {
            positive: Box::new(positive.ok_or_else(|| missing("positive"))?),
            negative: Box::new(negative.ok_or_else(|| missing("negative"))?),
            negative_boost: negative_boost.ok_or_else(|| missing("negative_boost"))?,
            boost: common.boost,
        })
    }

    /// `{"path": "items", "query": clause}`
    #[inline(never)]
    pub(super) fn nested(&mut self, at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
        let mut common = Common::new();
        let (mut path, mut query, mut score_mode) = (None, None, NestedScore::Average);
        // The fields of the query are below the path, whichever comes first.
        for pair in pairs(object(at, body)?) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            match key {
                "path" => path = Some(self.path(inner, string(inner, value)?)?),
                "query" => query = Some(value),
                "score_mode" => score_mode = one_of(inner, value, &NestedScore::NAMES)?,
                "ignore_unmapped" => _ = boolean(inner, value)?,
                _ if common.accept(at, key, value)? => {}
                _ => {
                    return Err(unknown(
                        at,
                        key,
                        &["path", "query", "score_mode", "ignore_unmapped"],
                    ));
                }
            }
        }
        let name = path.ok_or_else(|| at.invalid("expected a \"path\""))?;
        let query = query.ok_or_else(|| at.invalid("expected a \"query\""))?;
        let inner = &Place::Key(at, "path");
        if has_index(&name) {
            return Err(inner.invalid("a nested path has no indexes"));
        }
        let path = match self.nested.last() {
            None => name.clone(),
            Some(outer) => name.below(outer).ok_or_else(|| {
                inner.invalid(format!("\"{name}\" is not in the nested path \"{outer}\""))
            })?,
        };
        self.nested.push(name.clone());
        let query = self.clause(&Place::Key(at, "query"), query);
        self.nested.pop();
        let query = query?;
        Ok(Clause::Nested(Box::new(Nested {
            steps: query.cost() as usize,
            name,
            path,
            query,
            score_mode,
            boost: common.boost,
        })))
    }

    /// `"price > 100"`, or the expression's tree.
    #[inline(never)]
    pub(super) fn expr(&mut self, at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
        let (written, expression) = self.expression(at, body)?;
        if matches!(expression.result(), ResultKind::Number | ResultKind::String) {
            return Err(at.invalid("a clause needs an expression that is true or false"));
        }
        Ok(Clause::Expression(Box::new(ExpressionClause {
            written,
            expression,
            boost: Boost::ONE,
        })))
    }

    /// An expression as written, and as seen from the elements of the `nested` around it.
    pub(super) fn expression(
        &mut self,
        at: &Place<'_>,
        value: Value<'_>,
    ) -> Result<(Expression, Expression), QueryError> {
        let limits = Limits {
            // Evaluating recurses, too, and with larger frames than a clause's.
            depth: self.environment.limits.depth.min(DEEPEST_EXPRESSION),
            nodes: self.environment.limits.clauses,
        };
        let parsed = match value {
            Value::String(_) => Expression::parse_text(string(at, value)?, &limits),
            tree => Expression::parse_tree(tree, &limits),
        };
        let written = parsed.map_err(|error| wrong(at, error))?;
        let expression = match self.nested.last() {
            None => written.clone(),
            Some(outer) => written.strip_prefix(outer.steps()).map_err(|field| {
                at.invalid(format!(
                    "field \"{field}\" is not in the nested path \"{outer}\""
                ))
            })?,
        };
        Ok((written, expression))
    }
}

fn wrong(at: &Place<'_>, error: ExpressionError) -> QueryError {
    let kind = match error.kind {
        quidditch_expression::ErrorKind::Invalid => ErrorKind::Invalid,
        quidditch_expression::ErrorKind::LimitExceeded => ErrorKind::LimitExceeded,
        quidditch_expression::ErrorKind::Damaged => ErrorKind::Damaged,
    };
    let place = error.place.to_string();
    let message = if place.is_empty() {
        error.message
    } else {
        format!("{place}: {}", error.message)
    };
    QueryError {
        hint: error.hint,
        ..at.error(kind, message)
    }
}
