//! What the planner is told about `@@@` and `<@>`: their planner support function (`supportnodes.h`).
//!
//! * Simplify: a constant query is validated, and a conjunction with code in it, UDFs or expressions, becomes several
//!   clauses: first all that an index may answer, then each piece of code by itself. They are ordinary clauses with
//!   costs of their own, so PostgreSQL orders them, pushes them down, and EXPLAIN shows them. A part that is split off
//!   has nothing more to split, so doing it again changes nothing.
//! * Cost: by the kind of the query's clauses.

use std::cell::RefCell;
use std::collections::VecDeque;

use pgrx::pg_sys::{self, NodeTag};

use crate::arguments::sql_function;
use crate::datum::{self, Jsonb};
use crate::report::Report;
use crate::search::prepared;

sql_function! {
    /// `matches_support(request)`: a node for an answer. None is a null pointer, which is not the SQL NULL.
    fn quidditch_matches_support(arguments) -> Result<Option<pg_sys::Datum>, Report> {
        let none = Some(pg_sys::Datum::null());
        let Some(request) = arguments.datum(0) else { return Ok(none) };
        let request = request.cast_mut_ptr::<pg_sys::Node>();
        // SAFETY: the planner passes a request, whose tag says which.
        unsafe {
            match (*request).type_ {
                NodeTag::T_SupportRequestSimplify => {
                    let request = &*request.cast::<pg_sys::SupportRequestSimplify>();
                    let simpler = simplify(&*request.fcall)?;
                    Ok(simpler.map(pg_sys::Datum::from).or(none))
                }
                NodeTag::T_SupportRequestCost => {
                    let request = request.cast::<pg_sys::SupportRequestCost>();
                    Ok(cost(&mut *request).then(|| pg_sys::Datum::from(request)).or(none))
                }
                _ => Ok(none),
            }
        }
    }
}

/// An element of a list of expressions.
///
/// # Safety
/// `list` is null or a List of nodes.
pub unsafe fn argument(list: *const pg_sys::List, place: i32) -> Option<*mut pg_sys::Node> {
    // SAFETY: the place is in the list.
    unsafe {
        let list = list.as_ref().filter(|list| place < list.length)?;
        Some((*list.elements.add(place as usize)).ptr_value.cast())
    }
}

/// The value of a constant that is a query.
///
/// # Safety
/// `node` is an expression.
pub unsafe fn constant_query(node: *mut pg_sys::Node) -> Option<Jsonb> {
    // SAFETY: the tag says that it is a Const.
    unsafe {
        if node.is_null() || (*node).type_ != NodeTag::T_Const {
            return None;
        }
        let constant = &*node.cast::<pg_sys::Const>();
        let is_query = !constant.constisnull && constant.consttype == pg_sys::JSONBOID;
        is_query.then(|| Jsonb::new(constant.constvalue))
    }
}

/// What the planner asks about a query, several times for each plan.
#[derive(Clone, Copy)]
pub struct Estimate {
    /// In steps of about 10 ns.
    pub cost: u32,
    pub selectivity: f64,
}

/// As many queries are remembered, of so many bytes.
const REMEMBERED: usize = 32;
const LONGEST_REMEMBERED: usize = 64 << 10;

thread_local! {
    static ESTIMATES: RefCell<VecDeque<(Box<[u8]>, Estimate)>> = RefCell::default();
}

/// Estimates a query; `None` when it is none, which is somebody else's error.
pub fn estimate(query: &Jsonb) -> Option<Estimate> {
    let known = ESTIMATES.with_borrow(|known| {
        let found = known.iter().find(|(bytes, _)| **bytes == *query.bytes());
        found.map(|(_, estimate)| *estimate)
    });
    if known.is_some() {
        return known;
    }
    let parsed = prepared::try_parse(query).ok()?;
    Some(remember(query, &parsed))
}

fn remember(query: &Jsonb, parsed: &quidditch_query::Query) -> Estimate {
    let estimate = Estimate {
        cost: parsed.cost(),
        selectivity: parsed.selectivity(),
    };
    ESTIMATES.with_borrow_mut(|known| {
        known.retain(|(bytes, _)| **bytes != *query.bytes());
        // A long one is rare, and parsing it again is not what takes the time.
        if query.bytes().len() > LONGEST_REMEMBERED {
            return;
        }
        known.truncate(REMEMBERED - 1);
        known.push_front((query.bytes().into(), estimate));
    });
    estimate
}

/// # Safety
/// The planner's request.
unsafe fn cost(request: &mut pg_sys::SupportRequestCost) -> bool {
    // SAFETY: the node is the expression that calls the function, or null; the tag says of which kind.
    let query = unsafe {
        let arguments = match request.node.as_ref().map(|node| node.type_) {
            Some(NodeTag::T_OpExpr) => (*request.node.cast::<pg_sys::OpExpr>()).args,
            Some(NodeTag::T_FuncExpr) => (*request.node.cast::<pg_sys::FuncExpr>()).args,
            _ => return false,
        };
        argument(arguments, 1).and_then(|query| constant_query(query))
    };
    let Some(estimate) = query.and_then(|query| estimate(&query)) else {
        return false;
    };
    // An operator of PostgreSQL's own takes about as long as two steps.
    let operators = f64::from(estimate.cost) / 2.0 + 2.0;
    request.startup = 0.0;
    // SAFETY: reads a variable.
    request.per_tuple = operators * unsafe { pg_sys::cpu_operator_cost };
    true
}

/// The conjunction that a call is the same as. Of a score, which is no condition, only the query is validated.
///
/// # Safety
/// A call of a function of a document and a query, its arguments simplified.
unsafe fn simplify(call: &pg_sys::FuncExpr) -> Result<Option<*mut pg_sys::Expr>, Report> {
    // SAFETY: the arguments are expressions; new nodes are made in the planner's memory context.
    unsafe {
        let (Some(document), Some(node)) = (argument(call.args, 0), argument(call.args, 1)) else {
            return Ok(None);
        };
        let Some(query) = constant_query(node) else {
            return Ok(None);
        };
        let parsed = prepared::parse(&query)?;
        remember(&query, &parsed);
        let parts = parsed.parts();
        // What isn't a column would be computed once for each part.
        let is_column = matches!((*document).type_, NodeTag::T_Var | NodeTag::T_Param);
        // A score is no condition.
        let is_condition = call.funcresulttype == pg_sys::BOOLOID;
        if parts.is_empty() || !is_column || !is_condition {
            return Ok(None);
        }
        let Some(operator) = operator_of(call.funcid) else {
            return Ok(None);
        };
        let mut clauses = std::ptr::null_mut();
        for part in parts {
            let clause = pg_sys::make_opclause(
                operator,
                pg_sys::BOOLOID,
                false,
                pg_sys::copyObjectImpl(document.cast()).cast(),
                jsonb_constant(&part.to_string())?.cast(),
                pg_sys::InvalidOid,
                call.inputcollid,
            );
            pg_sys::set_opfuncid(clause.cast());
            clauses = pg_sys::lappend(clauses, clause.cast());
        }
        Ok(Some(pg_sys::make_andclause(clauses)))
    }
}

fn jsonb_constant(text: &str) -> Result<*mut pg_sys::Const, Report> {
    let value = datum::jsonb(text)?;
    // SAFETY: the constant has the type's length and alignment.
    Ok(unsafe {
        pg_sys::makeConst(
            pg_sys::JSONBOID,
            -1,
            pg_sys::InvalidOid,
            -1,
            value,
            false,
            false,
        )
    })
}

/// The operator `@@@` that stands for a function, in whatever schema it is. Others may have made operators of that
/// name for it, too; ours is the oldest.
fn operator_of(function: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: a look-up of all operators of that name; their tuples stay until the list is released.
    unsafe {
        let name = pg_sys::Datum::from(c"@@@".as_ptr());
        let null = pg_sys::Datum::null();
        let cache = pg_sys::SysCacheIdentifier::OPERNAMENSP as i32;
        let list = pg_sys::SearchSysCacheList(cache, 1, name, null, null);
        let members = (*list).members.as_slice((*list).n_members as usize);
        let mut found: Option<pg_sys::Oid> = None;
        for member in members {
            let tuple = &raw mut (**member).tuple;
            let operator = &*pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_operator>();
            let is_ours = operator.oprcode == function
                && operator.oprresult == pg_sys::BOOLOID
                && operator.oprleft == pg_sys::JSONBOID
                && operator.oprright == pg_sys::JSONBOID;
            if is_ours && found.is_none_or(|found| operator.oid.to_u32() < found.to_u32()) {
                found = Some(operator.oid);
            }
        }
        pg_sys::ReleaseCatCacheList(list);
        found
    }
}
