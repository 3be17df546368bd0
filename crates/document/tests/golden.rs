//! Bytes that a server made (`golden.sql` on PostgreSQL 15.20, x86-64) against the encoder and the reader.

use quidditch_document::Document;
use quidditch_document::encode::Json;

/// `source` text, its `jsonb::text`, and the stored bytes.
fn golden() -> impl Iterator<Item = (&'static str, &'static str, Vec<u8>)> {
    include_str!("golden.tsv").lines().map(|line| {
        let mut columns = line.split('\t');
        let mut column = || columns.next().expect("three columns");
        let (source, text, hex) = (column(), column(), column());
        let byte =
            |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        (
            source,
            text,
            hex.as_bytes().as_chunks().0.iter().map(byte).collect(),
        )
    })
}

#[test]
#[cfg(target_endian = "little")]
fn encoder_writes_the_servers_bytes() {
    for (source, _, bytes) in golden() {
        let json: Json = source.parse().expect("valid JSON");
        assert_eq!(json.encode(), bytes, "{source}");
    }
}

#[test]
#[cfg(target_endian = "little")]
fn text_is_the_servers_text() {
    for (source, text, bytes) in golden() {
        let mut written = String::new();
        let root = Document::new(&bytes)
            .and_then(|document| document.root())
            .expect("undamaged");
        root.write_json(&mut written).expect("written");
        assert_eq!(written, text, "{source}");
    }
}
