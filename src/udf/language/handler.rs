//! The call handler: what PostgreSQL calls for each row, whichever function it is.

use std::rc::Rc;

use pgrx::pg_sys;
use quidditch_document::Document;

use super::function::Function;
use super::values;
use crate::arguments::{Arguments, sql_function};
use crate::callsite;
use crate::report::Report;
use crate::udf::bound::Bound;

/// The jsonb `{}`: an object without keys.
const EMPTY_OBJECT: [u8; 4] = 0x2000_0000u32.to_ne_bytes();

/// A function at one place of a statement.
struct Site {
    function: Rc<Function>,
    bound: Bound,
    /// The arguments that may be others in each row, by their number.
    varying: Vec<usize>,
}

impl Site {
    /// Binds what is the same in all rows.
    fn new(function: Rc<Function>, arguments: &Arguments) -> Result<Self, Report> {
        let mut parameters = function.parameters();
        let mut varying = Vec::new();
        for (i, argument) in function.arguments.iter().enumerate() {
            let place = argument.declared.place;
            if !arguments.is_stable(place as i32) {
                varying.push(i);
                continue;
            }
            values::set(&mut parameters, &function, argument, arguments.datum(place))?;
        }
        Ok(Site {
            bound: Bound::of(Rc::clone(&function.udf), parameters),
            function,
            varying,
        })
    }

    #[inline]
    fn call(
        &mut self,
        document: Document<'_>,
        arguments: &Arguments,
    ) -> Result<pg_sys::Datum, Report> {
        let function = &*self.function;
        let output = match self.varying.as_slice() {
            [] => self.bound.call(document)?,
            varying => self.bound.call_with(document, |parameters| {
                for argument in varying.iter().map(|i| &function.arguments[*i]) {
                    let datum = arguments.datum(argument.declared.place);
                    values::set(parameters, function, argument, datum)?;
                }
                Ok(())
            })?,
        };
        values::result(output, function)
    }
}

sql_function! {
    /// The handler of `LANGUAGE wasm`.
    fn quidditch_wasm_handler(arguments) -> Result<Option<pg_sys::Datum>, Report> {
        // SAFETY: this function keeps nothing but its sites, and takes one reference a call.
        let site = unsafe { callsite::state(arguments.flinfo(), || None::<Site>) };
        let site = match site {
            Some(site) => site,
            none => {
                let function = Function::of(arguments.function()?)?;
                // Other rows may have a document, and then parameters that fit.
                if function.has_document && arguments.datum(0).is_none() {
                    return Ok(None);
                }
                none.insert(Site::new(function, arguments)?)
            }
        };
        if !site.function.has_document {
            return site.call(Document::new(&EMPTY_OBJECT)?, arguments).map(Some);
        }
        let Some(document) = arguments.jsonb(0) else { return Ok(None) };
        site.call(document.document()?, arguments).map(Some)
    }
}
