//! Random documents, and an index of them written for clarity: a map from terms to documents.

#![allow(dead_code)]

#[path = "../../../document/tests/random/seeded.rs"]
pub mod seeded;

pub mod reader;

use quidditch_document::NumericBuf;
use quidditch_segment::*;
use seeded::Seeded;
use std::collections::{BTreeMap, BTreeSet};

pub fn field(name: &str) -> Field {
    Field::new(name.split('.').map(str::as_bytes))
}

/// A document: its row and what it has in its fields.
#[derive(Clone, Debug)]
pub struct Document {
    pub row: RowId,
    pub price: Option<i64>,
    pub tags: Vec<String>,
    /// The values of the text, each a list of words.
    pub body: Vec<Vec<String>>,
}

/// A word by its rank, the first ones much more frequent than the others.
pub fn zipf_word(random: &mut Seeded, words: usize) -> String {
    let uniform = (random.next() >> 11) as f64 / (1u64 << 53) as f64;
    let rank = ((words as f64 + 1.0).powf(uniform) - 1.0) as usize;
    format!("w{rank}")
}

impl Document {
    pub fn random(random: &mut Seeded, row: RowId, words: usize) -> Document {
        let values = random.below(3);
        let body = (0..values).map(|_| {
            let most = [2, 10, 60][random.below(3)];
            let mut repeated = zipf_word(random, words);
            (0..random.below(most) + 1)
                .map(|_| {
                    if random.below(3) > 0 {
                        repeated = zipf_word(random, words);
                    }
                    repeated.clone()
                })
                .collect()
        });
        let body = body.collect();
        let tags = (0..random.below(3)).map(|_| match random.below(12) {
            0 => "x".repeat(240 + random.below(20)),
            1 => format!("{}{}", "long".repeat(2047), random.below(3)),
            _ => zipf_word(random, 300),
        });
        Document {
            row,
            tags: tags.collect(),
            price: (random.below(3) > 0).then(|| random.below(200) as i64 - 100),
            body,
        }
    }

    /// The tokens of the text with their positions.
    pub fn tokens(&self) -> Vec<(&str, u32)> {
        let mut start = 0;
        let mut tokens = Vec::new();
        for value in &self.body {
            for (place, word) in value.iter().enumerate() {
                tokens.push((word.as_str(), start + place as u32));
            }
            start += value.len() as u32 + 100;
        }
        tokens
    }

    pub fn terms(&self, terms: &mut Terms) {
        terms.clear();
        for (token, position) in self.tokens() {
            terms.add_token(&field("body"), token.as_bytes(), position);
        }
        terms.add(&field("all").exists());
        for tag in &self.tags {
            terms.add(&field("meta.tag").keyword(tag.as_bytes()));
        }
        if let Some(price) = self.price {
            let number: NumericBuf = price.to_string().parse().expect("a number");
            terms.add(&field("price").number(&number.as_numeric()));
        }
    }
}

/// What a list has for a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub row: RowId,
    pub frequency: u32,
    pub length: u8,
    pub positions: Vec<u32>,
}

pub type Lists = BTreeMap<Vec<u8>, Vec<Entry>>;

/// The index of the documents.
pub fn lists(documents: &[Document]) -> Lists {
    let mut documents: Vec<_> = documents.iter().collect();
    documents.sort_by_key(|document| document.row);
    let mut lists = Lists::new();
    let entry = |row, frequency, length, positions| Entry {
        row,
        frequency,
        length,
        positions,
    };
    for document in documents {
        let row = document.row;
        let tokens = document.tokens();
        let mut words: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (token, position) in &tokens {
            words.entry(token).or_default().push(*position);
        }
        let length = encode_length(tokens.len() as u32);
        let mut found: Vec<(Key, Entry)> = Vec::new();
        for (word, positions) in words {
            let key = field("body").token(word.as_bytes());
            found.push((key, entry(row, positions.len() as u32, length, positions)));
        }
        if !tokens.is_empty() {
            let key = field("body").length();
            found.push((key, entry(row, tokens.len() as u32, 0, vec![])));
        }
        let tags: BTreeSet<_> = document.tags.iter().collect();
        let tags = tags
            .into_iter()
            .map(|tag| field("meta.tag").keyword(tag.as_bytes()));
        let number = document.price.map(|price| {
            let number: NumericBuf = price.to_string().parse().expect("a number");
            field("price").number(&number.as_numeric())
        });
        for key in tags.chain(number).chain([field("all").exists()]) {
            found.push((key, entry(row, 1, 0, vec![])));
        }
        for (key, entry) in found {
            lists
                .entry(key.as_bytes().to_vec())
                .or_default()
                .push(entry);
        }
    }
    lists
}

/// All lists of a segment as its cursors give them, the dead left out.
pub fn read_lists(segment: &Segment<'_, MemoryPages>) -> Result<Lists, NoSuchPage> {
    let mut lists = Lists::new();
    let mut terms = segment.terms(&[])?;
    let (mut rows, mut liveness) = (segment.row_ids(), segment.liveness());
    while let Some(key) = terms.key().map(<[u8]>::to_vec) {
        let mut list = terms.postings()?.expect("a list for each key");
        let mut entries = Vec::new();
        let mut count = 0;
        while list.document() != END {
            count += 1;
            let (frequency, length) = list.frequency_and_length()?;
            let mut positions = Vec::new();
            list.positions(&mut positions)?;
            if liveness.is_live(list.document())? {
                entries.push(Entry {
                    row: rows.get(list.document())?,
                    frequency,
                    length,
                    positions,
                });
            }
            list.advance()?;
        }
        assert_eq!(count, terms.document_frequency());
        if !entries.is_empty() {
            lists.insert(key, entries);
        }
        terms.advance()?;
    }
    Ok(lists)
}

/// Documents with rows in no order, over few or many blocks of a table.
pub fn corpus(random: &mut Seeded, count: usize, words: usize) -> Vec<Document> {
    let ascending = random.below(2) == 0;
    let mut rows = BTreeSet::new();
    while rows.len() < count {
        rows.insert(RowId {
            block: random.below(count / 3 + 1) as u32,
            offset: random.below(200) as u16 + 1,
        });
    }
    let mut rows: Vec<RowId> = rows.into_iter().collect();
    if !ascending {
        for place in (1..rows.len()).rev() {
            rows.swap(place, random.below(place + 1));
        }
    }
    rows.into_iter()
        .map(|row| Document::random(random, row, words))
        .collect()
}

pub const PLENTY: WriterOptions = WriterOptions {
    positions: true,
    memory: 1 << 30,
};

/// Writes the documents as a segment.
pub fn write(pages: &mut MemoryPages, documents: &[Document], options: WriterOptions) -> u32 {
    let mut writer = SegmentWriter::new(MemoryPages::new(MIN_CAPACITY), options);
    let mut terms = Terms::default();
    for document in documents {
        document.terms(&mut terms);
        writer.add(document.row, &mut terms).expect("memory");
    }
    writer.finish(pages).expect("memory")
}
