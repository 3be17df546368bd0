//! The analyzers that aren't about words, n-grams, and names.

mod shown;

use quidditch_analysis::{Analyzer, Token, Tokenizer, UnknownAnalyzer};
use shown::{expected, named, terms, tokens};
use std::ops::ControlFlow;
use std::rc::Rc;

#[test]
fn keyword_is_the_whole_text() {
    assert_eq!(
        named("keyword", " New York! "),
        expected(&[(" New York! ", 0, 0, 11)])
    );
    assert_eq!(named("keyword", ""), expected(&[("", 0, 0, 0)]));
}

#[test]
fn simple_is_runs_of_letters() {
    assert_eq!(
        named("simple", "The 2 O'Neills, ÉTÉ"),
        expected(&[
            ("the", 0, 0, 3),
            ("o", 1, 6, 7),
            ("neills", 2, 8, 14),
            ("été", 3, 16, 21)
        ])
    );
    // Marks and letter-like numbers are no letters.
    assert_eq!(terms("simple", "e\u{301}a Ⅷ x2y 我是"), "e a x y 我是");
    assert_eq!(
        terms("simple", &"ab".repeat(128))
            .split(' ')
            .map(str::len)
            .collect::<Vec<_>>(),
        [255, 1]
    );
}

#[test]
fn whitespace_splits_and_no_more() {
    assert_eq!(
        named("whitespace", "  The QUICK,\tfox's\n"),
        expected(&[("The", 0, 2, 5), ("QUICK,", 1, 6, 12), ("fox's", 2, 13, 18)])
    );
    // A no-break space doesn't break, an em space and a unit separator do.
    assert_eq!(
        terms("whitespace", "a\u{A0}b\u{2003}c\u{1F}d"),
        "a\u{A0}b c d"
    );
    assert_eq!(
        terms("whitespace", &"x".repeat(300))
            .split(' ')
            .map(str::len)
            .collect::<Vec<_>>(),
        [255, 45]
    );
}

#[test]
fn grams() {
    assert_eq!(
        named("ngram", "Abc d"),
        expected(&[
            ("a", 0, 0, 1),
            ("ab", 0, 0, 2),
            ("b", 0, 1, 2),
            ("bc", 0, 1, 3),
            ("c", 0, 2, 3),
            ("d", 1, 4, 5),
        ])
    );
    assert_eq!(
        named("edge_ngram", "Abc d"),
        expected(&[("a", 0, 0, 1), ("ab", 0, 0, 2), ("d", 1, 4, 5)])
    );
    // Offsets are of the text, whose characters may have other lengths than their lowercase.
    assert_eq!(
        named("ngram(2,2)", "«İéx»"),
        expected(&[("ié", 0, 2, 6), ("éx", 0, 4, 7)])
    );
    // Words that are too short give nothing, but count.
    assert_eq!(
        named("edge_ngram(2,3)", "a Quaffle"),
        expected(&[("qu", 1, 2, 4), ("qua", 1, 2, 5)])
    );
    assert_eq!(terms("ngram( 3 , 3 )", "snitch"), "sni nit itc tch");
}

#[test]
fn names() {
    for name in [
        "",
        "englsh",
        "English",
        "standard ",
        "standard(1,2)",
        "pg:english",
        "ngram_",
        "keyword()",
    ] {
        let unknown = Analyzer::named(name).expect_err("unknown");
        assert_eq!(unknown.to_string(), format!("unknown analyzer \"{name}\""));
    }
    for name in [
        "ngram(0,1)",
        "ngram(3,2)",
        "ngram(1,51)",
        "ngram(1)",
        "ngram()",
        "ngram(1,2",
        "edge_ngram(a,b)",
        "edge_ngram(-1,2)",
        "ngram(1,2)x",
        "ngram(1,2,3)",
        "ngram(1,99999999999999999999)",
    ] {
        let unknown = Analyzer::named(name).expect_err("wrong sizes");
        let message = "sizes are written (min,max), with 1 <= min <= max <= 50";
        assert_eq!(
            unknown.to_string(),
            format!("analyzer \"{name}\": {message}")
        );
    }
    assert!(Analyzer::named("ngram(1,50)").is_ok());
    assert!(UnknownAnalyzer::known().any(|name| name == "german"));
}

struct Characters;

impl Tokenizer for Characters {
    fn tokens(
        &self,
        text: &str,
        sink: &mut dyn FnMut(Token<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for (position, (start, found)) in text.match_indices(|_| true).enumerate() {
            sink(Token {
                text: found,
                position: position as u32,
                start,
                end: start + found.len(),
            })?;
        }
        ControlFlow::Continue(())
    }
}

#[test]
fn an_analyzer_from_elsewhere() {
    let analyzer = Analyzer::external("pg:simple", Rc::new(Characters));
    assert_eq!(analyzer.name(), "pg:simple");
    assert_eq!(
        tokens(&analyzer, "aé"),
        expected(&[("a", 0, 0, 1), ("é", 1, 1, 3)])
    );
}
