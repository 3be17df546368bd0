//! What the planner is told about `@@@` and `<@>`: their planner support function (`supportnodes.h`).
//!
//! * Simplify: a constant query is validated and bound to the column's index, and a conjunction with code in it, UDFs
//!   or expressions, becomes several clauses: first all that an index may answer, then each piece of code by itself.
//!   They are ordinary clauses with costs of their own, so PostgreSQL orders them, pushes them down, and EXPLAIN shows
//!   them. What is bound stays as it is, and a part that is split off has nothing more to split, so doing it again
//!   changes nothing.
//! * Cost: by the kind of the query's clauses; selectivity, too, where the call isn't an operator's.

use std::cell::RefCell;
use std::collections::VecDeque;

use pgrx::pg_sys::{self, NodeTag};

use crate::arguments::sql_function;
use crate::datum::{self, Jsonb};
use crate::nodes;
use crate::report::Report;
use crate::search::binding::{self, Binding};
use crate::search::{column, prepared};

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
                    let simpler = simplify(request.root, &*request.fcall)?;
                    Ok(simpler.map(pg_sys::Datum::from).or(none))
                }
                NodeTag::T_SupportRequestCost => {
                    let request = request.cast::<pg_sys::SupportRequestCost>();
                    Ok(cost(&mut *request).then(|| pg_sys::Datum::from(request)).or(none))
                }
                NodeTag::T_SupportRequestSelectivity => {
                    let request = request.cast::<pg_sys::SupportRequestSelectivity>();
                    let query = nodes::element((*request).args, 1)
                        .and_then(|query| nodes::constant_query(query));
                    let Some(estimate) = query.and_then(|query| estimate(&query)) else {
                        return Ok(none);
                    };
                    (*request).selectivity = estimate.selectivity;
                    Ok(Some(pg_sys::Datum::from(request)))
                }
                _ => Ok(none),
            }
        }
    }
}

/// The part of a table that a query lets through which isn't known at plan time.
pub const UNKNOWN: f64 = 0.01;

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
    // SAFETY: the node is the expression that calls the function, or null.
    let query =
        unsafe { nodes::argument(request.node, 1).and_then(|query| nodes::constant_query(query)) };
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

/// What a call is better written as: bound to the index of the document's column, and a conjunction as its parts. A
/// score is no condition, so it is only bound.
///
/// # Safety
/// A call of a function of a document and a query, its arguments simplified, and the planner's root or null.
unsafe fn simplify(
    root: *mut pg_sys::PlannerInfo,
    call: &pg_sys::FuncExpr,
) -> Result<Option<*mut pg_sys::Expr>, Report> {
    // SAFETY: the arguments are expressions; new nodes are made in the planner's memory context.
    unsafe {
        let (Some(document), Some(node)) =
            (nodes::element(call.args, 0), nodes::element(call.args, 1))
        else {
            return Ok(None);
        };
        let is_condition = call.funcresulttype == pg_sys::BOOLOID;
        if let Some(index) = binding::index_of_call(node) {
            binding::vet_call(node, index)?;
            return Ok(None);
        }
        let index = column::index_of(root, document).map(|found| found.index);
        let binding = index.map(|index| Binding::new(index)).transpose()?;
        let Some(source) = nodes::constant_query(node) else {
            // Only known when it is executed, if it isn't NULL.
            let wanted = index
                .zip(binding)
                .filter(|(_, binding)| !is_condition || binding.changes_matching())
                .filter(|_| (*node).type_ != NodeTag::T_Const);
            let Some((index, _)) = wanted else {
                return Ok(None);
            };
            let Some(query) = binding::call(node, index) else {
                return Ok(None);
            };
            return Ok(operator_call(call, document, query).map(|call| call.cast()));
        };
        let mut written = prepared::parse(&source)?;
        let is_renamed = binding::vet(&source, &mut written)?;
        let was_bound = written.is_bound();
        let parsed = match &binding {
            Some(binding) if !was_bound => binding.bind(&source, written, is_condition)?,
            _ => written,
        };
        remember(&source, &parsed);
        let parts = if is_condition {
            parsed.parts()
        } else {
            Vec::new()
        };
        // What isn't a column would be computed once for each part.
        let is_column = matches!((*document).type_, NodeTag::T_Var | NodeTag::T_Param);
        // What an index can't say anything about is no condition for it: rows that it finds would be checked for all of
        // their conditions again.
        let is_residual = |narrowed: bool| binding.is_some() && is_condition && !narrowed;
        let texts: Vec<(String, bool)> = if is_column && !parts.is_empty() {
            let parts = parts.iter();
            parts
                .map(|part| (part.to_string(), is_residual(part.is_narrowed_by_index())))
                .collect()
        } else if is_renamed
            || parsed.is_bound() && !was_bound
            || is_residual(parsed.is_narrowed_by_index())
        {
            let is_residual = is_residual(parsed.is_narrowed_by_index());
            vec![(parsed.to_string(), is_residual)]
        } else {
            return Ok(None);
        };
        let mut clauses = std::ptr::null_mut();
        for (text, is_residual) in &texts {
            let constant = jsonb_constant(text)?;
            binding::remember(&Jsonb::new((*constant).constvalue));
            let clause = match is_residual {
                true => Some(function_call(call, document, constant.cast())),
                false => operator_call(call, document, constant.cast()),
            };
            let Some(clause) = clause else {
                return Ok(None);
            };
            if texts.len() == 1 {
                return Ok(Some(clause.cast()));
            }
            clauses = pg_sys::lappend(clauses, clause.cast());
        }
        Ok(Some(pg_sys::make_andclause(clauses)))
    }
}

/// The same call with another query, by its function, which no index knows.
///
/// # Safety
/// Expressions of the planner.
unsafe fn function_call(
    call: &pg_sys::FuncExpr,
    document: *mut pg_sys::Node,
    query: *mut pg_sys::Node,
) -> *mut pg_sys::Expr {
    // SAFETY: by the contract.
    unsafe {
        let document = pg_sys::copyObjectImpl(document.cast());
        let arguments = pg_sys::lappend(std::ptr::null_mut(), document);
        let arguments = pg_sys::lappend(arguments, query.cast());
        pg_sys::makeFuncExpr(
            call.funcid,
            call.funcresulttype,
            arguments,
            pg_sys::InvalidOid,
            call.inputcollid,
            pg_sys::CoercionForm::COERCE_EXPLICIT_CALL,
        )
        .cast()
    }
}

/// The same call with another query, by its operator.
///
/// # Safety
/// Expressions of the planner.
unsafe fn operator_call(
    call: &pg_sys::FuncExpr,
    document: *mut pg_sys::Node,
    query: *mut pg_sys::Node,
) -> Option<*mut pg_sys::Expr> {
    // SAFETY: by the contract.
    unsafe {
        let clause = pg_sys::make_opclause(
            operator_of(call)?,
            call.funcresulttype,
            false,
            pg_sys::copyObjectImpl(document.cast()).cast(),
            query.cast(),
            pg_sys::InvalidOid,
            call.inputcollid,
        );
        pg_sys::set_opfuncid(clause.cast());
        Some(clause)
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

/// The operator `@@@` or `<@>` that stands for a call's function, in whatever schema it is. Others may have made
/// operators of that name for it, too; ours is the oldest.
fn operator_of(call: &pg_sys::FuncExpr) -> Option<pg_sys::Oid> {
    let name = match call.funcresulttype {
        pg_sys::BOOLOID => c"@@@",
        _ => c"<@>",
    };
    // SAFETY: a look-up of all operators of that name; their tuples stay until the list is released.
    unsafe {
        let name = pg_sys::Datum::from(name.as_ptr());
        let null = pg_sys::Datum::null();
        let cache = pg_sys::SysCacheIdentifier::OPERNAMENSP as i32;
        let list = pg_sys::SearchSysCacheList(cache, 1, name, null, null);
        let members = (*list).members.as_slice((*list).n_members as usize);
        let mut found: Option<pg_sys::Oid> = None;
        for member in members {
            let tuple = &raw mut (**member).tuple;
            let operator = &*pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_operator>();
            let is_ours = operator.oprcode == call.funcid
                && operator.oprresult == call.funcresulttype
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
