//! What compiling a module would take at most. The compiler can't be interrupted, and takes more than in proportion where
//! loops are nested deep, or loops are many and locals too; so what no compiler of a language writes isn't begun.

use wasmparser::{BinaryReaderError, FunctionBody, Operator, Parser, Payload};

use crate::error::Refused;

/// How deep loops may be nested.
const DEEPEST: usize = 1_000;

/// The product of a function's loops and locals: each loop may have a value of its own for each local.
const LOOPS_BY_LOCALS: u64 = 1_000_000;

const MOST_FUNCTIONS: u32 = 50_000;

/// Refuses what would take too long. What isn't valid is left to the compiler, which says it better.
pub(crate) fn check(module: &[u8]) -> Result<(), Refused> {
    for payload in Parser::new(0).parse_all(module) {
        let problem = match payload {
            Ok(Payload::CodeSectionStart { count, .. }) if count > MOST_FUNCTIONS => Some(format!(
                "the module has {count} functions, more than {MOST_FUNCTIONS}"
            )),
            Ok(Payload::CodeSectionEntry(body)) => excess(&body).unwrap_or(None),
            Ok(_) => None,
            Err(_) => return Ok(()),
        };
        if let Some(problem) = problem {
            return Err(Refused::because(problem)
                .with_hint("Compiling it would take too long, and can't be interrupted."));
        }
    }
    Ok(())
}

/// What a function has too much of.
fn excess(body: &FunctionBody<'_>) -> Result<Option<String>, BinaryReaderError> {
    let at = body.range().start;
    let mut locals = 0;
    for declared in body.get_locals_reader()? {
        locals += u64::from(declared?.0);
    }
    // Of each block that is open, whether it is a loop.
    let mut open = Vec::new();
    let (mut depth, mut loops) = (0, 0);
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Block { .. } | Operator::If { .. } | Operator::TryTable { .. } => {
                open.push(false);
            }
            Operator::Loop { .. } => {
                open.push(true);
                depth += 1;
                loops += 1;
            }
            Operator::End => depth -= usize::from(open.pop().unwrap_or(false)),
            _ => continue,
        }
        if depth > DEEPEST {
            let problem = format!("loops are nested deeper than {DEEPEST} (offset {at})");
            return Ok(Some(problem));
        }
        if loops * locals > LOOPS_BY_LOCALS {
            let problem = format!(
                "a function has {locals} locals and more than {} loops (offset {at})",
                LOOPS_BY_LOCALS / locals
            );
            return Ok(Some(problem));
        }
    }
    Ok(None)
}
