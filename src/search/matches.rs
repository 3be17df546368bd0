//! `document @@@ query`: one document against a query.

use crate::arguments::sql_function;
use crate::callsite;
use crate::report::Report;
use crate::search::prepared::{Prepared, Purpose};

sql_function! {
    /// `matches(document, query)`, strict.
    fn quidditch_matches(arguments) -> Result<Option<bool>, Report> {
        // SAFETY: this function's own call site, whose state is always of this type.
        let site = unsafe { callsite::state(arguments.flinfo(), || None::<Prepared>) };
        let Some(prepared) = Prepared::of(site, arguments, Purpose::Match)? else { return Ok(None) };
        let Some(document) = arguments.jsonb(0) else { return Ok(None) };
        prepared.matches(document.document()?).map(Some)
    }
}
