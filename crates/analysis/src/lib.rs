//! Analyzers: text to tokens, as Lucene and Elasticsearch do it.
//!
//! [`Analyzer::named`] knows `standard`, `simple`, `whitespace`, `keyword`, the languages of Snowball (`english`,
//! `german`, …) and `edge_ngram`, `ngram`. [`Analyzer::tokens`] then shows the tokens of one text after the other. It
//! allocates nothing once its buffers have grown, but for the stems of words that it hasn't seen of late.
//!
//! Words are those of UAX #29, with Lucene's choice of which segments are words: [`Analyzer::standard`] and all the
//! languages start from them. A token knows its position, which counts words whether they became tokens or not (so a
//! stop word leaves a gap that a phrase query sees), and where in the text it stands.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod analyzer;
mod gram;
mod keyword;
mod language;
mod lowercase;
mod name;
mod simple;
mod standard;
mod token;
mod whitespace;
mod words;

pub use analyzer::Analyzer;
pub use name::{NAMES, UnknownAnalyzer};
pub use token::{Token, Tokenizer};
