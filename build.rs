//! The SHA-256 of each interpreter, by which its compiled code is found: a backend need not read a megabyte to know it.

use std::path::Path;
use std::{env, fs};

use sha2::{Digest, Sha256};

fn main() {
    let out = env::var("OUT_DIR").expect("cargo sets it");
    for language in ["python", "javascript"] {
        let module = format!("udfs/interpreters/{language}.wasm");
        println!("cargo::rerun-if-changed={module}");
        let digest = Sha256::digest(fs::read(&module).expect(&module));
        let file = Path::new(&out).join(format!("{language}.sha256"));
        fs::write(file, digest).expect(&out);
    }
}
