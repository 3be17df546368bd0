//! The scores of words: BM25 as the papers have it, and what an index makes of the same documents.

mod corpus;
#[path = "../../document/tests/random/seeded.rs"]
mod seeded;

use corpus::{Corpus, texts_of};
use quidditch_document::{Document, encode};
use quidditch_query::{Environment, MatchError, Query, Statistics, WeighError};
use quidditch_segment::*;
use seeded::Seeded;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::ControlFlow;

fn parse(query: &Value) -> Query {
    let bytes = encode::jsonb(query);
    let root = Document::new(&bytes).unwrap().root().unwrap();
    Query::parse(root, &Environment::default()).unwrap_or_else(|error| panic!("{error}: {query}"))
}

fn weighed<S: Statistics<Error: std::fmt::Debug>>(query: &Value, statistics: &S) -> Query {
    let mut query = parse(query);
    query.weigh(&Bm25::default(), statistics).unwrap();
    query
}

fn score(query: &Query, document: &Value) -> Option<f64> {
    let bytes = encode::jsonb(document);
    let mut udf = |_: usize| Ok::<_, Infallible>(true);
    query
        .score(Document::new(&bytes).unwrap(), &mut udf)
        .unwrap()
}

/// Some words are in most texts, others in few.
fn word(random: &mut Seeded) -> String {
    let most = 1 + random.below(30);
    format!("w{}", random.below(most))
}

fn text(random: &mut Seeded, most: usize) -> String {
    let words: Vec<_> = (0..1 + random.below(most)).map(|_| word(random)).collect();
    words.join(" ")
}

/// Their texts are in one string or several, some of them long.
fn documents(random: &mut Seeded, count: usize) -> Vec<Value> {
    let document = |_| {
        let mut document = json!({"n": random.below(9), "title": text(random, 6)});
        match random.below(8) {
            0 => {}
            1 => document["body"] = json!([text(random, 9), [text(random, 9), 5], null]),
            2 => document["body"] = json!(text(random, 400)),
            _ => document["body"] = json!(text(random, 30)),
        }
        document
    };
    (0..count).map(document).collect()
}

/// The words of a field of ours.
fn tokens(document: &Value, field: &str) -> Vec<String> {
    let mut texts = BTreeMap::new();
    texts_of(document, &mut Vec::new(), &mut texts);
    texts.remove(field.as_bytes()).unwrap_or_default()
}

/// By the formula, for each word of the query that the document has: how many there are, and the sum.
fn naive(documents: &[Vec<String>], document: &[String], query: &[&str]) -> (usize, f64) {
    let having_text = documents.iter().filter(|tokens| !tokens.is_empty());
    let count = having_text.clone().count() as f64;
    let average = having_text.map(|tokens| tokens.len() as f64).sum::<f64>() / count;
    // Long texts have one of few lengths.
    let length = f64::from(decode_length(encode_length(document.len() as u32)));
    let (k1, b) = (1.2, 0.75);
    let (mut matched, mut sum) = (0, 0.0);
    for word in query {
        let times = |tokens: &[String]| tokens.iter().filter(|token| token == word).count() as f64;
        let tf = times(document);
        if tf > 0.0 {
            let n = documents
                .iter()
                .filter(|tokens| times(tokens) > 0.0)
                .count() as f64;
            let idf = (1.0 + (count - n + 0.5) / (n + 0.5)).ln();
            sum += idf * tf * (k1 + 1.0) / (tf + k1 * (1.0 - b + b * length / average));
            matched += 1;
        }
    }
    (matched, sum)
}

#[test]
fn words_score_by_the_formula() {
    let mut random = Seeded(5);
    let mut compared = 0;
    for _ in 0..8 {
        let documents = documents(&mut random, 60);
        let corpus = Corpus::of(&documents);
        let texts: Vec<_> = documents
            .iter()
            .map(|document| tokens(document, "body"))
            .collect();
        for _ in 0..30 {
            let words = text(&mut random, 5);
            let words: Vec<&str> = words.split(' ').collect();
            let boost = [1.0, 2.5, 0.3][random.below(3)];
            let needed = 1 + random.below(words.len());
            let options =
                json!({"query": words.join(" "), "minimum_should_match": needed, "boost": boost});
            let query = weighed(&json!({"match": {"body": options}}), &corpus);
            for (document, text) in documents.iter().zip(&texts) {
                let (matched, expected) = naive(&texts, text, &words);
                let found = score(&query, document);
                assert_eq!(
                    found.is_some(),
                    matched >= needed,
                    "{options} on {document}"
                );
                if let Some(found) = found {
                    let expected = boost * expected;
                    assert!(
                        (found - expected).abs() <= 1e-12 * expected,
                        "{found}, not {expected}: {options} on {document}"
                    );
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 2_000, "{compared}");
}

/// The documents in a segment.
struct Indexed<'p>(Segment<'p, MemoryPages>);

impl Statistics for Indexed<'_> {
    type Error = Error<NoSuchPage>;

    fn field_totals(&self, field: &Field) -> Result<FieldTotals, NoSuchPage> {
        self.0.field_totals(field)
    }

    fn document_frequency(&self, key: &[u8]) -> Result<u64, NoSuchPage> {
        self.0.document_frequency(key).map(u64::from)
    }

    fn text_fields(
        &self,
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), NoSuchPage> {
        let mut terms = self.0.terms(&[])?;
        while let Some(key) = terms.key() {
            if TermKind::of(key) == Some(TermKind::Length)
                && visit(&key[..key.len() - 1]).is_break()
            {
                break;
            }
            terms.advance()?;
        }
        Ok(())
    }
}

/// Values of an array lie 100 positions apart.
fn add_text(terms: &mut Terms, field: &Field, value: &Value, start: &mut u32) {
    match value {
        Value::String(text) => {
            for token in text.split(' ') {
                terms.add_token(field, token.as_bytes(), *start);
                *start += 1;
            }
            *start += 100;
        }
        Value::Array(values) => values
            .iter()
            .for_each(|value| add_text(terms, field, value, start)),
        _ => {}
    }
}

fn segment(pages: &mut MemoryPages, documents: &[Value]) -> u32 {
    let options = WriterOptions {
        positions: true,
        memory: 1 << 20,
    };
    let mut writer = SegmentWriter::new(MemoryPages::new(POSTGRES_CAPACITY), options);
    let mut terms = Terms::default();
    for (offset, document) in (1..).zip(documents) {
        terms.clear();
        for name in ["title", "body"] {
            let field = Field::new([name.as_bytes()]);
            add_text(&mut terms, &field, &document[name], &mut 0);
        }
        writer.add(RowId { block: 0, offset }, &mut terms).unwrap();
    }
    writer.finish(pages).unwrap()
}

/// A clause of the index for words of a field, with weights by the formulas of the index.
struct Compiler<'p> {
    index: &'p Indexed<'p>,
    field: Field,
    totals: FieldTotals,
}

impl Compiler<'_> {
    fn weight(&self, boost: f64, words: &[&str]) -> Weight {
        let idf = words.iter().fold(0.0, |sum, word| {
            let key = self.field.token(word.as_bytes());
            let having = self.index.document_frequency(key.as_bytes()).unwrap();
            sum + Bm25::inverse_document_frequency(self.totals.documents, having)
        });
        let bm25 = Bm25::default();
        let lengths = bm25.length_factors(self.totals.documents, self.totals.tokens);
        bm25.weight(boost, idf, &lengths)
    }

    fn key(&self, word: &str) -> Vec<u8> {
        self.field.token(word.as_bytes()).as_bytes().to_vec()
    }

    fn words(&self, boost: f64, words: &[&str], needed: usize) -> Clause {
        let word = |word: &&str| Clause::Word {
            key: self.key(word),
            weight: self.weight(boost, &[word]),
        };
        Clause::Bool {
            must: vec![],
            filter: vec![],
            must_not: vec![],
            should: words.iter().map(word).collect(),
            needed,
        }
    }

    fn phrase(&self, boost: f64, words: &[&str], slop: u32, prefix: bool) -> Clause {
        let whole = words.len() - usize::from(prefix);
        let place = |(offset, word): (usize, &&str)| {
            let (mut keys, mut ranges) = (vec![], vec![]);
            if offset < whole {
                keys.push(self.key(word));
            } else {
                ranges.push(self.field.prefix(TermKind::Text, word.as_bytes()));
            }
            PhrasePlace {
                offset: offset as u32,
                keys,
                ranges,
            }
        };
        Clause::Phrase(Phrase {
            places: words.iter().enumerate().map(place).collect(),
            slop,
            weight: self.weight(boost, &words[..whole]),
        })
    }
}

#[test]
fn an_index_scores_the_same_to_the_last_bit() {
    let mut random = Seeded(11);
    let documents = documents(&mut random, 300);
    let mut pages = MemoryPages::new(POSTGRES_CAPACITY);
    let root = segment(&mut pages, &documents);
    let index = Indexed(Segment::open(&pages, root).unwrap());
    let compiler = |name: &str| {
        let field = Field::new([name.as_bytes()]);
        Compiler {
            totals: index.field_totals(&field).unwrap(),
            index: &index,
            field,
        }
    };
    let (title, body) = (compiler("title"), compiler("body"));
    let mut matched = [0; 4];
    for round in 0..400 {
        let words = text(&mut random, 4);
        let words: Vec<&str> = words.split(' ').collect();
        let boost = [1.0, 2.5, 0.3][random.below(3)];
        let slop = random.below(6) as u32;
        let query = words.join(" ");
        let kind = round % 4;
        let (written, clause) = match kind {
            0 => {
                let needed = 1 + random.below(words.len());
                (
                    json!({"match": {"body": {"query": query, "boost": boost, "minimum_should_match": needed}}}),
                    body.words(boost, &words, needed),
                )
            }
            1 => (
                json!({"match_phrase": {"body": {"query": query, "boost": boost, "slop": slop}}}),
                body.phrase(boost, &words, slop, false),
            ),
            2 if words.len() > 1 => (
                json!({"match_phrase_prefix": {"body": {"query": query, "boost": boost, "slop": slop}}}),
                body.phrase(boost, &words, slop, true),
            ),
            2 => continue,
            _ => (
                json!({"multi_match": {"query": query, "fields": ["title^3", "body"], "tie_breaker": 0.3, "boost": boost}}),
                Clause::Boosted {
                    clause: Box::new(Clause::DisMax {
                        clauses: vec![title.words(3.0, &words, 1), body.words(1.0, &words, 1)],
                        tie_breaker: 0.3,
                    }),
                    boost,
                },
            ),
        };
        let query = weighed(&written, &index);
        let rows = (1..).zip(&documents).filter_map(|(offset, document)| {
            Some((
                RowId { block: 0, offset },
                score(&query, document)?.to_bits(),
            ))
        });
        let mut matches = Matches::new(&index.0, &clause).unwrap();
        let found = std::iter::from_fn(|| matches.advance().unwrap());
        let found: Vec<_> = found.map(|(row, score)| (row, score.to_bits())).collect();
        assert_eq!(rows.collect::<Vec<_>>(), found, "{written}");
        matched[kind] += found.len();
    }
    assert!(matched.iter().all(|matched| *matched > 300), "{matched:?}");
}

#[test]
fn a_query_says_whether_it_is_weighed() {
    let document = json!({"f": "fox box", "g": ["fox"]});
    let corpus = Corpus::of([&document]);
    for (written, needs) in [
        (json!({"match": {"f": "fox"}}), true),
        (json!({"match_phrase": {"f": "fox box"}}), true),
        (json!({"multi_match": {"query": "fox"}}), true),
        (json!({"bool": {"should": {"match": {"f": "fox"}}}}), true),
        (
            json!({"function_score": {"query": {"match": {"f": "fox"}}, "min_score": 0}}),
            true,
        ),
        (
            json!({"bool": {"filter": {"function_score": {"query": {"match": {"f": "fox"}}, "min_score": 0}}}}),
            true,
        ),
        (json!({"match": {"f.keyword": "fox box"}}), false),
        (
            json!({"multi_match": {"query": "fox", "fields": "*.keyword"}}),
            false,
        ),
        (json!({"query_string": {"query": "f:fo*"}}), false),
        (json!({"match_phrase_prefix": {"f": "fo"}}), false),
        (
            json!({"match": {"f": {"query": "foxx", "fuzziness": 1}}}),
            false,
        ),
        (json!({"bool": {"filter": {"match": {"f": "fox"}}}}), false),
        (
            json!({"constant_score": {"filter": {"match": {"f": "fox"}}}}),
            false,
        ),
    ] {
        let query = parse(&written);
        assert_eq!(query.needs_statistics(), needs, "{written}");
        let bytes = encode::jsonb(&document);
        let mut udf = |_: usize| Ok::<_, Infallible>(true);
        let unweighed = query.score(Document::new(&bytes).unwrap(), &mut udf);
        assert_eq!(
            unweighed == Err(MatchError::NeedsStatistics),
            needs,
            "{written}"
        );
        let weighed = weighed(&written, &corpus);
        assert!(!weighed.needs_statistics() && !weighed.needs_statistics_to_match());
        assert_eq!(weighed, query);
        let expected = score(&weighed, &document);
        assert!(expected.is_some(), "{written}");
        assert_eq!(score(&weighed.clone(), &document), expected);
    }
}

#[test]
fn whole_values_and_inexact_words_score_the_boost() {
    let corpus = Corpus::of(&[json!({"f": "fox box"}), json!({"f": "box"})]);
    for (clause, document, expected) in [
        (
            json!({"match": {"f.keyword": {"query": "fox box", "boost": 3}}}),
            json!({"f": "fox box"}),
            3.0,
        ),
        (
            json!({"match_phrase": {"f.keyword": {"query": "fox", "boost": 3}}}),
            json!({"f": "fox"}),
            3.0,
        ),
        (
            json!({"match_bool_prefix": {"f": {"query": "bo", "boost": 3}}}),
            json!({"f": "box box"}),
            3.0,
        ),
        (
            json!({"match": {"f": {"query": "fxx bxx", "fuzziness": 1, "boost": 3}}}),
            json!({"f": "fox box"}),
            6.0,
        ),
        // A number, in place of the words.
        (
            json!({"match": {"f": {"query": "5", "boost": 3}}}),
            json!({"f": [5, 5]}),
            3.0,
        ),
        // No document has text there.
        (json!({"match": {"g": "fox"}}), json!({"g": "fox"}), 0.0),
        (
            json!({"match_phrase": {"g": "fox box"}}),
            json!({"g": "fox box"}),
            0.0,
        ),
        (
            json!({"multi_match": {"query": "fox"}}),
            json!({"g": "fox"}),
            0.0,
        ),
        // A whole value, found by a pattern.
        (
            json!({"multi_match": {"query": "fox"}}),
            json!({"g": {"keyword": "fox"}}),
            1.0,
        ),
        (
            json!({"multi_match": {"query": "fox", "fields": "*.keyword^2"}}),
            json!({"g": "fox"}),
            2.0,
        ),
    ] {
        assert_eq!(
            score(&weighed(&clause, &corpus), &document),
            Some(expected),
            "{clause} on {document}"
        );
    }
}

#[test]
fn a_field_of_a_mapping_has_its_own_statistics() {
    // The index has the English words of "f" under "f.en".
    let corpus = Corpus::of(&[
        json!({"f": {"en": "run"}}),
        json!({"f": {"en": "walk"}}),
        json!({"f": "running"}),
    ]);
    let mapping = json!({"properties": {"f": {"type": "text", "fields": {"en": {"type": "text", "analyzer": "english"}}}}});
    let query = json!({"query": {"match": {"f.en": "runs"}}, "mapping": mapping});
    let idf = (1.0f64 + 1.5 / 1.5).ln();
    let found = score(&weighed(&query, &corpus), &json!({"f": "running"})).unwrap();
    assert!((found - idf).abs() < 1e-12, "{found}");
    // Elements of arrays are in the field.
    let (all, first) = (
        json!({"match": {"f.en": "run"}}),
        json!({"match": {"f[0].en": "run"}}),
    );
    let document = json!({"f": [{"en": "run"}]});
    let [all, first] = [all, first].map(|query| score(&weighed(&query, &corpus), &document));
    assert_eq!(first, all);
}

#[test]
fn of_synonyms_the_best_counts() {
    let corpus = Corpus::of(&[json!({"f": "b"}), json!({"f": "b ba"})]);
    // All beginnings of a word are in one position, which is the length of the text.
    let [both, rare] = ["edge_ngram", "whitespace"].map(|analyzer| {
        let query = json!({"match": {"f": {"query": "ba", "analyzer": analyzer}}});
        score(&weighed(&query, &corpus), &json!({"f": "ba"}))
    });
    assert_eq!(both, rare);
}

#[test]
fn a_pattern_scores_by_its_best_field() {
    let documents = [
        json!({"title": "golden snitch", "body": {"long": "a snitch is a small golden ball"}}),
        json!({"title": "quaffle", "body": {"long": "a ball"}}),
        json!({"title": "bludger"}),
    ];
    let corpus = Corpus::of(&documents);
    let each = |name: &str| {
        weighed(
            &json!({"match": {name: {"query": "golden ball", "boost": 2}}}),
            &corpus,
        )
    };
    let (title, long) = (each("title"), each("body.long"));
    let best = |document: &Value| {
        [&title, &long]
            .into_iter()
            .filter_map(|query| score(query, document))
            .reduce(f64::max)
    };
    let all = weighed(
        &json!({"multi_match": {"query": "golden ball", "fields": "*^2"}}),
        &corpus,
    );
    for document in &documents {
        assert_eq!(score(&all, document), best(document), "{document}");
    }
    let below = weighed(
        &json!({"multi_match": {"query": "golden ball", "fields": "body.*^2"}}),
        &corpus,
    );
    assert_eq!(score(&below, &documents[0]), score(&long, &documents[0]));
    // Clauses that were made before are weighed, too.
    let mut late = parse(&json!({"multi_match": {"query": "golden ball", "fields": "*^2"}}));
    let bytes = encode::jsonb(&documents[0]);
    let mut udf = |_: usize| Ok::<_, Infallible>(true);
    assert!(
        late.matches(Document::new(&bytes).unwrap(), &mut udf)
            .unwrap()
    );
    late.weigh(&Bm25::default(), &corpus).unwrap();
    assert_eq!(score(&late, &documents[0]), best(&documents[0]));
}

#[test]
fn a_pattern_is_for_so_many_fields() {
    let fields = |count: usize| -> Value {
        let pairs = (0..count).map(|place| (format!("f{place}"), json!("fox")));
        Value::Object(pairs.collect())
    };
    let mut query = parse(&json!({"multi_match": {"query": "fox", "fields": ["f*"]}}));
    query
        .weigh(&Bm25::default(), &Corpus::of([&fields(1_024)]))
        .unwrap();
    let error = query
        .weigh(&Bm25::default(), &Corpus::of([&fields(1_025)]))
        .unwrap_err();
    assert_eq!(
        error,
        WeighError::TooManyFields {
            pattern: "f*".to_owned(),
            most: 1_024
        }
    );
    assert_eq!(
        error.to_string(),
        "more than 1024 fields are named like \"f*\""
    );
    let mut keywords = parse(&json!({"multi_match": {"query": "fox", "fields": ["*.keyword"]}}));
    keywords
        .weigh(&Bm25::default(), &Corpus::of([&fields(1_025)]))
        .unwrap();
}

/// An index to which documents are added meanwhile.
struct Growing;

impl Statistics for Growing {
    type Error = Infallible;

    fn field_totals(&self, _: &Field) -> std::result::Result<FieldTotals, Infallible> {
        Ok(FieldTotals {
            documents: 1,
            tokens: 1,
        })
    }

    fn document_frequency(&self, _: &[u8]) -> std::result::Result<u64, Infallible> {
        Ok(5)
    }

    fn text_fields(
        &self,
        _: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> std::result::Result<(), Infallible> {
        Ok(())
    }
}

#[test]
fn no_word_is_worth_less_than_nothing() {
    let query = weighed(&json!({"match": {"f": "fox"}}), &Growing);
    assert!(score(&query, &json!({"f": "fox"})).unwrap() > 0.0);
}
