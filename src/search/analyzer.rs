//! Analyzers from PostgreSQL's text search configurations, `pg:english`.

use std::ffi::{CStr, CString};
use std::ops::ControlFlow;
use std::rc::Rc;

use pgrx::pg_sys;
use quidditch_analysis::{Analyzer, Token, Tokenizer};

use crate::nodes;

/// A text search configuration.
struct Configuration(pg_sys::Oid);

/// The analyzer of a configuration, by its name, which may have a schema.
///
/// # Errors
/// What to tell the user.
pub fn named(name: &str) -> Result<Analyzer, String> {
    let configuration = look_up(name)
        .ok_or_else(|| format!("text search configuration \"{name}\" doesn't exist"))?;
    Ok(Analyzer::external(
        &format!("pg:{name}"),
        Rc::new(configuration),
    ))
}

fn look_up(name: &str) -> Option<Configuration> {
    let text = CString::new(name).ok()?;
    // What is no name would be an error of another kind.
    let parts = name.split('.');
    if parts.clone().count() > 2 || parts.clone().any(|part| part.trim().is_empty()) {
        return None;
    }
    // SAFETY: parses a NUL-terminated name and looks it up in the catalog; `true` makes a missing one InvalidOid.
    let oid = unsafe {
        let names = nodes::name_parts(&text);
        pg_sys::get_ts_config_oid(names, true)
    };
    (oid != pg_sys::InvalidOid).then_some(Configuration(oid))
}

/// The name of a configuration with its schema, if there is one of that name.
pub fn qualified(name: &str) -> Option<String> {
    let Configuration(oid) = look_up(name)?;
    // SAFETY: a look-up; the tuple is released, its strings end with a NUL.
    unsafe {
        let cache = pg_sys::SysCacheIdentifier::TSCONFIGOID as i32;
        let tuple = pg_sys::SearchSysCache1(cache, pg_sys::Datum::from(oid));
        if tuple.is_null() {
            return None;
        }
        // `cfgname` and `cfgnamespace` (pg_ts_config.h), neither of which is ever NULL.
        let mut is_null = false;
        let mut attribute =
            |number| pg_sys::SysCacheGetAttr(cache, tuple, number, &raw mut is_null);
        let (name, schema) = (attribute(2), attribute(3));
        let name = name.cast_mut_ptr::<pg_sys::NameData>();
        let schema = pg_sys::get_namespace_name(pg_sys::Oid::from(schema.value() as u32));
        let name = pg_sys::quote_qualified_identifier(schema, (*name).data.as_ptr());
        let name = CStr::from_ptr(name).to_string_lossy().into_owned();
        pg_sys::ReleaseSysCache(tuple);
        Some(name)
    }
}

/// No allocation is larger (`MaxAllocSize`, memutils.h).
const MOST_BYTES: usize = 0x3FFF_FFFF;

impl Tokenizer for Configuration {
    /// PostgreSQL doesn't tell where a lexeme stands in the text, so each has the offsets of all of it.
    fn tokens(
        &self,
        text: &str,
        sink: &mut dyn FnMut(Token<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        // Less than 1 GB, as every value is.
        let length = text.len();
        // What `to_tsvector` begins with (to_tsany.c): a guess, which grows.
        let most = MOST_BYTES / size_of::<pg_sys::ParsedWord>();
        let guess = (length / 6).clamp(2, most);
        // SAFETY: `words` has room for `lenwords` elements and is reallocated by `parsetext`, which only reads
        // the text (its parser takes a pointer to mutable for historical reasons).
        let parsed = unsafe {
            let mut parsed = pg_sys::ParsedText {
                words: pg_sys::palloc(guess * size_of::<pg_sys::ParsedWord>()).cast(),
                lenwords: guess as i32,
                curwords: 0,
                pos: 0,
            };
            pg_sys::parsetext(
                self.0,
                &mut parsed,
                text.as_ptr().cast_mut().cast(),
                length as i32,
            );
            parsed
        };
        let mut flow = ControlFlow::Continue(());
        for i in 0..parsed.curwords as usize {
            // SAFETY: `parsetext` filled in `curwords` elements, each with a lexeme of `len` bytes.
            let (word, position) = unsafe {
                let word = &*parsed.words.add(i);
                let bytes =
                    std::slice::from_raw_parts(word.word.cast::<u8>(), usize::from(word.len));
                (bytes, word.pos.pos)
            };
            if let (true, Ok(word)) = (flow.is_continue(), std::str::from_utf8(word)) {
                flow = sink(Token {
                    text: word,
                    // Theirs count from 1.
                    position: u32::from(position).saturating_sub(1),
                    start: 0,
                    end: text.len(),
                });
            }
        }
        // SAFETY: chunks that `parsetext` allocated and nobody else has.
        unsafe {
            for i in 0..parsed.curwords as usize {
                pg_sys::pfree((*parsed.words.add(i)).word.cast());
            }
            pg_sys::pfree(parsed.words.cast());
        }
        flow
    }
}
