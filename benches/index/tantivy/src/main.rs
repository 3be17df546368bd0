//! tantivy over the same passages, in process, on one thread: what an engine without a database around it takes.
//!
//! usage: quidditch-bench-tantivy PASSAGES QUERIES FOLDER
//! PASSAGES has documents with a `text`, one a line. QUERIES has lists `[kind, [word, …]]`, kind being `any`, `all` or `phrase`. The
//! index is made in FOLDER, as one segment. Prints JSON: what building took, and each query's milliseconds.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, EmptyQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{
    Language, LowerCaser, SimpleTokenizer, Stemmer, StopWordFilter, TextAnalyzer, TokenStream,
};
use tantivy::{Index, IndexWriter, Term, doc};

type Error = Box<dyn std::error::Error>;

/// The nearest there is to our analyzer `english`.
fn english() -> Result<TextAnalyzer, Error> {
    let stop_words = StopWordFilter::new(Language::English).ok_or("no English stop words")?;
    Ok(TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(LowerCaser)
        .filter(stop_words)
        .filter(Stemmer::new(Language::English))
        .build())
}

fn query(analyzer: &mut TextAnalyzer, text: Field, kind: &str, words: &str) -> Box<dyn Query> {
    let mut terms = Vec::new();
    let mut tokens = analyzer.token_stream(words);
    tokens.process(&mut |token| {
        terms.push((token.position, Term::from_field_text(text, &token.text)));
    });
    drop(tokens);
    if terms.is_empty() {
        return Box::new(EmptyQuery);
    }
    if kind == "phrase" && terms.len() > 1 {
        return Box::new(PhraseQuery::new_with_offset(terms));
    }
    let occur = match kind {
        "any" => Occur::Should,
        _ => Occur::Must,
    };
    let clauses = terms.into_iter().map(|(_, term)| {
        let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
        (occur, Box::new(query) as Box<dyn Query>)
    });
    Box::new(BooleanQuery::new(clauses.collect()))
}

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [passages, queries, folder] = arguments.as_slice() else {
        return Err("usage: quidditch-bench-tantivy PASSAGES QUERIES FOLDER".into());
    };
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("english")
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let text = schema.add_text_field(
        "text",
        TextOptions::default().set_indexing_options(indexing),
    );
    let id = schema.add_u64_field("id", FAST);
    let folder = Path::new(folder);
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    let index = Index::create_in_dir(folder, schema.build())?;
    index.tokenizers().register("english", english()?);

    // Read before the clock starts: parsing JSON is no part of it.
    let mut texts = Vec::new();
    for line in BufReader::new(File::open(passages)?).lines() {
        let document: Value = serde_json::from_str(&line?)?;
        texts.push(document["text"].as_str().unwrap_or_default().to_owned());
    }
    let start = Instant::now();
    let mut writer: IndexWriter = index.writer_with_num_threads(1, 1 << 30)?;
    for (number, passage) in (0u64..).zip(&texts) {
        writer.add_document(doc!(text => passage.as_str(), id => number))?;
    }
    writer.commit()?;
    let segments = index.searchable_segment_ids()?;
    if segments.len() > 1 {
        writer.merge(&segments).wait()?;
    }
    writer.wait_merging_threads()?;
    let build_seconds = start.elapsed().as_secs_f64();
    drop(texts);

    let reader = index.reader()?;
    reader.reload()?;
    let searcher = reader.searcher();
    let columns = searcher
        .segment_readers()
        .iter()
        .map(|segment| segment.fast_fields().u64("id"))
        .collect::<Result<Vec<_>, _>>()?;
    let mut analyzer = english()?;
    let queries = BufReader::new(File::open(queries)?)
        .lines()
        .map(|line| Ok(serde_json::from_str(&line?)?))
        .collect::<Result<Vec<Value>, Error>>()?;
    let mut milliseconds = vec![f64::INFINITY; queries.len()];
    let mut found = 0;
    // The fastest of some rounds, after one that warms caches.
    for round in 0..4 {
        for (asked, fastest) in queries.iter().zip(&mut milliseconds) {
            let kind = asked[0].as_str().unwrap_or_default();
            let words = asked[1].as_array().into_iter().flatten();
            let words: Vec<&str> = words.filter_map(Value::as_str).collect();
            let words = words.join(" ");
            let start = Instant::now();
            let query = query(&mut analyzer, text, kind, &words);
            let hits = searcher.search(&query, &TopDocs::with_limit(10).order_by_score())?;
            for (_, address) in &hits {
                let id = columns[address.segment_ord as usize].first(address.doc_id);
                found += usize::from(round == 1 && id.is_some());
            }
            let took = start.elapsed().as_secs_f64() * 1e3;
            if round > 0 {
                *fastest = fastest.min(took);
            }
        }
    }
    let bytes: u64 = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.metadata()?.len()))
        .sum::<Result<u64, Error>>()?;
    let segments = searcher.segment_readers().len();
    println!(
        "{}",
        json!({"build_seconds": build_seconds, "bytes": bytes, "segments": segments, "found": found,
               "milliseconds": milliseconds})
    );
    Ok(())
}
