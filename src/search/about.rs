//! Functions about queries and text: what a query means, whether it is one, what an analyzer makes of a text.

use std::ops::ControlFlow;

use pgrx::{JsonB, pg_sys};
use quidditch_analysis::Analyzer;
use serde_json::{Value, json};

use crate::arguments::sql_function;
use crate::datum;
use crate::report::{Code, Report};
use crate::search::{analyzer, prepared};

sql_function! {
    /// `validate_query(query)`: whether it is one, its canonical form or what is wrong with it.
    fn quidditch_validate_query(arguments) -> Result<Option<pg_sys::Datum>, Report> {
        let Some(query) = arguments.jsonb(0) else { return Ok(None) };
        let invalid = |path: &str, error: &str, hint: Option<&str>| {
            json!({"valid": false, "path": path, "error": error, "hint": hint}).to_string()
        };
        let answer = match prepared::try_parse(&query) {
            Ok(query) => match prepared::excess(&query) {
                None => format!("{{\"valid\": true, \"query\": {query}}}"),
                Some(what) => invalid("query", &what, None),
            },
            Err(error) => invalid(&error.path, &error.message, error.hint.as_deref()),
        };
        datum::jsonb(&answer).map(Some)
    }
}

sql_function! {
    /// `explain_query(query)`: what each clause will do, as an indented tree.
    fn quidditch_explain_query(arguments) -> Result<Option<String>, Report> {
        let Some(query) = arguments.jsonb(0) else { return Ok(None) };
        let tree = prepared::parse(&query)?.explain();
        Ok(Some(tree.trim_end().to_owned()))
    }
}

/// More tokens are not shown: they are for people.
const MOST_TOKENS: usize = 100_000;

sql_function! {
    /// `tokens(analyzer, input)`: an array of objects; offsets count characters.
    fn quidditch_tokens(arguments) -> Result<Option<JsonB>, Report> {
        let (Some(name), Some(input)) = (arguments.text(0), arguments.text(1)) else { return Ok(None) };
        let analyzer = match name.strip_prefix("pg:") {
            Some(configuration) => analyzer::named(configuration).map_err(Report::invalid)?,
            None => Analyzer::named(&name).map_err(|error| {
                let near = quidditch_query::nearest(&name, quidditch_analysis::NAMES.iter().copied());
                let report = Report::invalid(error.to_string());
                match near {
                    Some(near) => report.hint(format!("There is an analyzer {near:?}.")),
                    // Its sizes are wrong, and the message says so.
                    None if name.contains('(') => report,
                    None => report.hint(format!("There are {}.", quidditch_analysis::NAMES.join(", "))),
                }
            })?,
        };
        let mut tokens = Vec::new();
        let mut characters = Characters { text: &input, byte: 0, character: 0 };
        let flow = analyzer.tokens(&input, &mut |token| {
            quidditch_document::step(100);
            if tokens.len() == MOST_TOKENS {
                return ControlFlow::Break(());
            }
            let start = characters.before(token.start);
            let length = input[token.start..token.end].chars().count();
            tokens.push(json!({
                "position": token.position,
                "token": token.text,
                "start_offset": start,
                "end_offset": start + length,
            }));
            ControlFlow::Continue(())
        });
        if flow.is_break() {
            let message = format!("the text has more than {MOST_TOKENS} tokens");
            return Err(Report::new(Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED, message));
        }
        Ok(Some(JsonB(Value::Array(tokens))))
    }
}

/// Counts characters up to offsets that mostly grow.
struct Characters<'t> {
    text: &'t str,
    byte: usize,
    character: usize,
}

impl Characters<'_> {
    fn before(&mut self, byte: usize) -> usize {
        if byte < self.byte {
            (self.byte, self.character) = (0, 0);
        }
        self.character += self.text[self.byte..byte].chars().count();
        self.byte = byte;
        self.character
    }
}
