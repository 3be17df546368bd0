//! `document <@> query`: the negated score, so that the best come first. NULL for a document that doesn't match,
//! which comes last.

use crate::arguments::sql_function;
use crate::callsite;
use crate::index::returned;
use crate::report::Report;
use crate::search::binding;
use crate::search::prepared::{Prepared, Purpose};

sql_function! {
    /// `negated_score(document, query)`, strict.
    fn quidditch_negated_score(arguments) -> Result<Option<f64>, Report> {
        if let (Some(document), Some(query)) = (arguments.datum(0), arguments.datum(1)) {
            // SAFETY: the arguments as they came.
            let known = unsafe { returned::score(document, query) };
            // Whoever names an index needs rights, unless planning named it.
            if let Some(known) = known.filter(|known| !known.is_by_index || binding::is_vetted(arguments)) {
                return Ok(known.score.map(negated));
            }
        }
        // SAFETY: this function's own call site, whose state is always of this type.
        let site = unsafe { callsite::state(arguments.flinfo(), || None::<Prepared>) };
        let Some(prepared) = Prepared::of(site, arguments, Purpose::Score)? else { return Ok(None) };
        let Some(document) = arguments.jsonb(0) else { return Ok(None) };
        let score = prepared.score(document.document()?)?;
        Ok(score.map(negated))
    }
}

/// As scores order. Not `-score`, which would make a zero of it that prints as -0.
pub fn negated(score: f64) -> f64 {
    0.0 - score
}
