//! Binding queries to the index of their column: `quidditch.bind_query`, which planning puts around a query that it
//! doesn't know yet, and who may use which index's statistics.
//!
//! Scores tell how many rows have a word, and a query names the index whose rows are meant. Planning vets that: what it
//! bound itself is about a table of the query, whose rights PostgreSQL checks (those of a view's owner, for a view);
//! what the user wrote names an index of a table that the user may read. So constants are trusted at execution, in
//! parallel workers too, and other queries aren't.

use std::cell::RefCell;
use std::collections::HashSet;

use pgrx::pg_sys::{self, NodeTag};
use quidditch_query::Query;

use crate::arguments::{Arguments, sql_function};
use crate::callsite;
use crate::datum::{self, Jsonb};
use crate::index::{definition, options, statistics};
use crate::nodes;
use crate::report::Report;
use crate::search::prepared;
use crate::storage::buffer::Relation;

/// An index that queries are bound to.
pub struct Binding {
    index: pg_sys::Oid,
    definition: std::rc::Rc<definition::Definition>,
}

impl Binding {
    /// # Safety
    /// An index of ours.
    pub unsafe fn new(index: pg_sys::Oid) -> Result<Binding, Report> {
        // SAFETY: an index that is there; closed below, its lock stays.
        let definition = unsafe {
            let raw = pg_sys::index_open(index, pg_sys::AccessShareLock as i32);
            let relation = Relation::new(raw);
            let definition = match (*(*raw).rd_rel).relkind as u8 {
                // It has no contents of its own.
                pg_sys::RELKIND_PARTITIONED_INDEX => {
                    definition::Definition::new(&options::of(relation))?.into()
                }
                _ => definition::of(relation)?,
            };
            pg_sys::index_close(raw, pg_sys::NoLock as i32);
            definition
        };
        Ok(Binding { index, definition })
    }

    /// Whether matching means something else with it than without.
    pub fn changes_matching(&self) -> bool {
        *self.definition.mapping != quidditch_query::Mapping::default()
    }

    /// Binds a query that is bound to nothing. It names the index only where it needs to.
    pub fn bind(&self, source: &Jsonb, query: Query, is_condition: bool) -> Result<Query, Report> {
        let mut query = match self.changes_matching() {
            true => prepared::parse_bound(source, Some(&self.definition.mapping))?,
            false => query,
        };
        let needs_statistics = match is_condition {
            true => query.needs_statistics_to_match(),
            false => query.needs_statistics(),
        };
        if needs_statistics {
            query.set_index(&qualified_name(self.index));
        }
        Ok(query)
    }
}

/// The index's name with its schema, quoted where need be.
fn qualified_name(index: pg_sys::Oid) -> String {
    // SAFETY: the index is locked, so it has a name; strings end with a NUL.
    unsafe {
        let schema = pg_sys::get_namespace_name(pg_sys::get_rel_namespace(index));
        let name = pg_sys::get_rel_name(index);
        let name = pg_sys::quote_qualified_identifier(schema, name);
        std::ffi::CStr::from_ptr(name)
            .to_string_lossy()
            .into_owned()
    }
}

thread_local! {
    /// Hashes of the bound queries that planning made.
    static MADE: RefCell<HashSet<u64>> = RefCell::default();
}

/// More are not remembered; then a query that planning made may be taken for one that the user wrote.
const MOST_REMEMBERED: usize = 10_000;

fn hash(query: &Jsonb) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    thread_local!(static STATE: RandomState = RandomState::new());
    STATE.with(|state| state.hash_one(query.bytes()))
}

/// Remembers that planning made this query.
pub fn remember(query: &Jsonb) {
    MADE.with_borrow_mut(|made| {
        if made.len() >= MOST_REMEMBERED {
            made.clear();
        }
        made.insert(hash(query));
    });
}

/// Refuses a constant query that names an index which the user may not name. If the user wrote the name, it is replaced
/// by one that means the same index whatever `search_path` is when the query is executed; whether it was.
pub fn vet(source: &Jsonb, query: &mut Query) -> Result<bool, Report> {
    match query.index() {
        Some(index) if !MADE.with_borrow(|made| made.contains(&hash(source))) => {
            let index = statistics::named(index)?;
            statistics::check_rights(index)?;
            query.set_index(&qualified_name(index));
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// The location of calls that planning makes; those of the user have one in their statement, or -1.
const MADE_BY_PLANNING: i32 = -15;

/// Refuses a call of `bind_query` with an index that the user may not name, unless planning made it.
///
/// # Safety
/// The call.
pub unsafe fn vet_call(call: *mut pg_sys::Node, index: Option<pg_sys::Oid>) -> Result<(), Report> {
    // SAFETY: by the contract.
    let is_ours = unsafe { (*call.cast::<pg_sys::FuncExpr>()).location } == MADE_BY_PLANNING;
    match index {
        Some(index) if !is_ours => statistics::check_rights(index),
        _ => Ok(()),
    }
}

/// Whether planning has vetted the query that a call gets as its second argument.
pub fn is_vetted(arguments: &Arguments) -> bool {
    let Some(query) = arguments.expression(1) else {
        return false;
    };
    // SAFETY: expressions of the running plan.
    unsafe {
        match (*query).type_ {
            NodeTag::T_Const => true,
            NodeTag::T_FuncExpr => {
                let call = &*query.cast::<pg_sys::FuncExpr>();
                Some(call.funcid) == bind_query()
                    && nodes::argument(query, 1)
                        .is_some_and(|index| (*index).type_ == NodeTag::T_Const)
            }
            _ => false,
        }
    }
}

/// Whether an expression is a call of `bind_query`, and of which index if that is a constant.
///
/// # Safety
/// An expression.
pub unsafe fn index_of_call(query: *mut pg_sys::Node) -> Option<Option<pg_sys::Oid>> {
    // SAFETY: by the contract; tags say what nodes are.
    unsafe {
        if (*query).type_ != NodeTag::T_FuncExpr
            || Some((*query.cast::<pg_sys::FuncExpr>()).funcid) != bind_query()
        {
            return None;
        }
        let index = nodes::argument(query, 1)?;
        let is_constant = (*index).type_ == NodeTag::T_Const;
        Some(is_constant.then(|| {
            let value = (*index.cast::<pg_sys::Const>()).constvalue.value();
            pg_sys::Oid::from(value as u32)
        }))
    }
}

/// The function `quidditch.bind_query`.
fn bind_query() -> Option<pg_sys::Oid> {
    // SAFETY: a look-up by name and argument types; `true` makes a missing function InvalidOid.
    unsafe {
        let names = nodes::name_parts(c"quidditch.bind_query");
        let types = [pg_sys::JSONBOID, pg_sys::REGCLASSOID];
        let found = pg_sys::LookupFuncName(names, types.len() as i32, types.as_ptr(), true);
        (found != pg_sys::InvalidOid).then_some(found)
    }
}

/// `quidditch.bind_query(query, index)` around a query.
///
/// # Safety
/// An expression whose type is jsonb.
pub unsafe fn call(query: *mut pg_sys::Node, index: pg_sys::Oid) -> Option<*mut pg_sys::Node> {
    // SAFETY: new nodes of the planner's memory context.
    unsafe {
        let index = pg_sys::makeConst(
            pg_sys::REGCLASSOID,
            -1,
            pg_sys::InvalidOid,
            size_of::<pg_sys::Oid>() as i32,
            pg_sys::Datum::from(index),
            false,
            true,
        );
        let arguments = pg_sys::lappend(std::ptr::null_mut(), query.cast());
        let arguments = pg_sys::lappend(arguments, index.cast());
        let call = pg_sys::makeFuncExpr(
            bind_query()?,
            pg_sys::JSONBOID,
            arguments,
            pg_sys::InvalidOid,
            pg_sys::InvalidOid,
            pg_sys::CoercionForm::COERCE_EXPLICIT_CALL,
        );
        (*call).location = MADE_BY_PLANNING;
        Some(call.cast())
    }
}

/// The query that was bound last, and what it became.
#[derive(Default)]
struct Last {
    query: Vec<u8>,
    index: u32,
    bound: Vec<u8>,
}

sql_function! {
    /// `bind_query(query, index)`: the query, bound to the index unless it is bound to something.
    fn quidditch_bind_query(arguments) -> Result<Option<pg_sys::Datum>, Report> {
        let (Some(query), Some(index)) = (arguments.jsonb(0), arguments.oid(1)) else { return Ok(None) };
        // SAFETY: this function's own call site, whose state is always of this type.
        let last = unsafe { callsite::state(arguments.flinfo(), Last::default) };
        if last.bound.is_empty() || last.index != index.to_u32() || last.query != query.bytes() {
            statistics::check_kind(index)?;
            // SAFETY: it is an index of ours.
            let binding = unsafe { Binding::new(index)? };
            let written = prepared::parse(&query)?;
            // What is bound to another index may be so to one that only others may read.
            if let Some(other) = written.index() {
                statistics::check_rights(statistics::named(other)?)?;
            }
            let bound = match written.is_bound() {
                true => written,
                false => binding.bind(&query, written, false)?,
            };
            let bound = datum::jsonb(&bound.to_string())?;
            // SAFETY: a new jsonb.
            let bound = unsafe { datum::stored_bytes(bound) }.to_vec();
            *last = Last { query: query.bytes().to_vec(), index: index.to_u32(), bound };
        }
        Ok(Some(datum::from_stored_bytes(&last.bound)))
    }
}
