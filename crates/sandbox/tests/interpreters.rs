//! The interpreters that are committed are those that their sources make: udfs/interpreters/build.sh writes a digest of
//! the sources into a module, and here it is computed again, which takes no compiler.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmparser::{Parser, Payload};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../udfs/interpreters")
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// The files below a folder, relative to where the interpreters are.
fn files(relative: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder().join(relative)).expect(relative) {
        let entry = entry.expect(relative);
        let path = format!("{relative}/{}", entry.file_name().to_string_lossy());
        match entry.file_type().expect(relative).is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

/// As `sha256sum FILES | sha256sum` has it, the files sorted by their bytes.
fn digest_of_sources(language: &str) -> String {
    let mut paths = vec!["build.sh".to_owned()];
    files(language, &mut paths);
    paths.sort();
    let mut list = String::new();
    for path in paths {
        let bytes = fs::read(folder().join(&path)).expect(&path);
        let _ = writeln!(list, "{}  {path}", hex(&bytes));
    }
    hex(list.as_bytes())
}

/// What the module says of what it was made from.
fn digest_in_module(language: &str) -> String {
    let module = fs::read(folder().join(format!("{language}.wasm"))).expect(language);
    for payload in Parser::new(0).parse_all(&module) {
        if let Payload::CustomSection(section) = payload.expect(language)
            && section.name() == "quidditch.sources"
        {
            return String::from_utf8_lossy(section.data()).into_owned();
        }
    }
    panic!("{language}.wasm has no section quidditch.sources");
}

#[test]
fn committed_modules_are_what_their_sources_make() {
    for language in ["python", "javascript"] {
        assert_eq!(
            digest_in_module(language),
            digest_of_sources(language),
            "udfs/interpreters/build.sh {language} makes {language}.wasm again"
        );
    }
}
