//! Signatures forged in every way, and keys that open sessions stop trusting.

use p256::PublicKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::{EncodePublicKey, LineEnding};
use quidditch_pg_test::{Database, Failure, Log, Random, Session};
use serde_json::{Value, json};

/// What a forged signature ends with: it isn't one, or not of this UDF.
const REFUSED: &[&str] = &["22023", "42501"];

/// A module with two functions that answer constants.
fn module(answer: i32) -> Vec<u8> {
    let wat = format!(
        r#"(module (func (export "filter") (param i64) (result i32) i32.const {answer})
                   (func (export "other") (param i64) (result i32) i32.const {answer}))"#
    );
    wat::parse_str(wat).unwrap()
}

/// A UDF as somebody means to register it.
#[derive(Clone, Debug, PartialEq)]
struct Udf {
    name: String,
    version: String,
    module: Vec<u8>,
    metadata: Value,
}

impl Udf {
    fn new() -> Self {
        Udf {
            name: "f".into(),
            version: "1.0.0".into(),
            module: module(1),
            metadata: json!({}),
        }
    }
}

/// A session that requires signatures, and the key that it trusts.
struct Trusting {
    session: Session,
    key: SigningKey,
}

impl Trusting {
    fn new(database: &Database, random: &mut Random) -> Self {
        let mut session = database.connect();
        let key = SigningKey::from_slice(&random.bytes(32)).unwrap();
        let pem = pem(&key);
        let add = "SELECT quidditch.add_trusted_key('k', $1)";
        session.client.query(add, &[&pem]).unwrap();
        session.run("SET quidditch.require_signature = on");
        Trusting { session, key }
    }

    fn manifest(&mut self, udf: &Udf) -> String {
        let sql = "SELECT quidditch.manifest($1, $2, $3, $4::text::jsonb)";
        let metadata = udf.metadata.to_string();
        let row = self
            .session
            .client
            .query_one(sql, &[&udf.name, &udf.version, &udf.module, &metadata]);
        row.unwrap().get(0)
    }

    fn sign(&self, text: &[u8]) -> Signature {
        self.key.sign(text)
    }

    fn register(&mut self, udf: &Udf, signature: &[u8]) -> Result<(), Failure> {
        let sql = "SELECT quidditch.register_udf($1, $2, $3, $4::text::jsonb ||
            jsonb_build_object('signature', encode($5::bytea, 'base64'), 'signed_by', 'k'))";
        let metadata = udf.metadata.to_string();
        let client = &mut self.session.client;
        match client.query(
            sql,
            &[&udf.name, &udf.version, &udf.module, &metadata, &signature],
        ) {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::new(&error)),
        }
    }

    fn assert_refused(&mut self, udf: &Udf, signature: &[u8], what: &str) {
        match self.register(udf, signature) {
            Ok(()) => panic!("accepted: {what}, {udf:?}, {signature:02x?}"),
            Err(failure) => {
                let known = REFUSED.contains(&failure.state.as_str());
                assert!(known, "{what}: {failure:?}");
            }
        }
    }

    /// Registers it, compares what is signed before and after, and removes it.
    fn assert_accepted(&mut self, udf: &Udf, signature: &[u8], what: &str) {
        if let Err(failure) = self.register(udf, signature) {
            panic!("{what}: {failure:?}, {udf:?}");
        }
        let stored = format!("SELECT quidditch.udf_manifest('{}')", udf.name);
        assert_eq!(
            self.session.text(&stored),
            Some(self.manifest(udf)),
            "{what}"
        );
        let problem = format!("SELECT quidditch.signature_problem('{}')", udf.name);
        assert_eq!(self.session.text(&problem), None, "{what}");
        let removing = "SELECT quidditch.unregister_udf($1, $2)";
        let client = &mut self.session.client;
        client.query(removing, &[&udf.name, &udf.version]).unwrap();
    }
}

fn pem(key: &SigningKey) -> String {
    let key = PublicKey::from(key.verifying_key());
    key.to_public_key_pem(LineEnding::LF).unwrap()
}

#[test]
fn every_bit_of_a_signature_counts() {
    let log = Log::now();
    let mut random = Random::from_environment();
    let database = Database::new("bits");
    let mut trusting = Trusting::new(&database, &mut random);
    let udf = Udf::new();
    let signature = trusting.manifest(&udf);
    let signature = trusting.sign(signature.as_bytes());
    for (form, good) in [
        ("DER", signature.to_der().as_bytes().to_vec()),
        ("raw", signature.to_bytes().to_vec()),
    ] {
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            trusting.assert_refused(&udf, &bad, &format!("bit {bit} of {form}"));
        }
        for length in 0..good.len() {
            trusting.assert_refused(&udf, &good[..length], form);
        }
        trusting.assert_refused(&udf, &[&good[..], b"\0"].concat(), form);
        trusting.assert_refused(&udf, &[b"\0", &good[..]].concat(), form);
        trusting.assert_refused(&udf, &[&good[..], &good[..]].concat(), form);
        trusting.assert_accepted(&udf, &good, form);
    }
    // Numbers that no signature has, or that would make any check pass if they weren't looked at.
    let order = p256_order();
    let number = |last: u8| [&[0; 31][..], &[last]].concat();
    for r in [number(0), number(1), order.to_vec(), vec![0xff; 32]] {
        for s in [number(0), number(1), order.to_vec(), vec![0xff; 32]] {
            trusting.assert_refused(&udf, &[&r[..], &s].concat(), "extreme numbers");
        }
    }
    for _ in 0..500 {
        let length = *random.pick(&[0, 1, 8, 63, 64, 65, 70, 71, 72, 1000]);
        let mut bytes = random.bytes(length);
        if let [tag, size, ..] = &mut bytes[..] {
            (*tag, *size) = (0x30, length.saturating_sub(2) as u8);
        }
        trusting.assert_refused(&udf, &bytes, "random bytes");
    }
    // Somebody else's.
    let other = SigningKey::from_slice(&random.bytes(32)).unwrap();
    let forged: Signature = other.sign(trusting.manifest(&udf).as_bytes());
    trusting.assert_refused(&udf, forged.to_der().as_bytes(), "another key");
    log.assert_no_crash();
}

/// The order of the curve's group, big-endian.
fn p256_order() -> [u8; 32] {
    let mut order = [0xff; 32];
    order[4..8].fill(0);
    order[16..].copy_from_slice(&[
        0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25,
        0x51,
    ]);
    order
}

#[test]
fn every_byte_of_a_manifest_counts() {
    let mut random = Random::from_environment();
    let database = Database::new("bytes");
    let mut trusting = Trusting::new(&database, &mut random);
    let udf = Udf::new();
    let manifest = trusting.manifest(&udf).into_bytes();
    for at in 0..manifest.len() {
        let mut other = manifest.clone();
        other[at] ^= 1 << random.below(7);
        let signature = trusting.sign(&other);
        trusting.assert_refused(&udf, signature.to_der().as_bytes(), "another manifest");
    }
    for (before, after, good) in [
        ("", "", true),
        ("", "\n", true),
        ("", "\n\n", false),
        ("", "\r\n", false),
        ("", " ", false),
        (" ", "", false),
        ("\n", "", false),
        ("\u{feff}", "", false),
    ] {
        let text = [before.as_bytes(), &manifest[..], after.as_bytes()].concat();
        let signature = trusting.sign(&text).to_der();
        let what = format!("{before:?} before and {after:?} behind");
        match good {
            true => trusting.assert_accepted(&udf, signature.as_bytes(), &what),
            false => trusting.assert_refused(&udf, signature.as_bytes(), &what),
        }
    }
}

/// Changes something that is signed, or something that isn't.
fn change(udf: &mut Udf, random: &mut Random) {
    let bytes = |random: &mut Random| (64 << 10) + random.below(1 << 20);
    let mut metadata = std::mem::take(&mut udf.metadata);
    match random.below(13) {
        0 => udf.name = (*random.pick(&["f", "g", "F", "f.g", "_f-1"])).into(),
        1 => udf.version = (*random.pick(&["1.0.0", "1.0.1", "2.0.0-rc.1", "1.0.0+b"])).into(),
        2 => udf.module = module(random.below(3) as i32),
        3 => metadata["function_name"] = (*random.pick(&["filter", "other"])).into(),
        4 => metadata["limits"]["max_memory"] = bytes(random).into(),
        5 => metadata["limits"]["max_execution_time"] = (1 + random.below(5000)).into(),
        6 => metadata["limits"]["max_stack"] = ((16 << 10) + random.below(100_000)).into(),
        7 => metadata["limits"] = json!({}),
        8 => {
            let some = [
                json!([]),
                json!(["write_log"]),
                json!(["write_log", "read_document"]),
            ];
            metadata["permissions"] = random.pick(&some).clone();
        }
        9 => {
            let some = [
                json!([]),
                json!([{"type": "bool"}]),
                json!([{"type": "i32", "name": "n"}]),
            ];
            metadata["returns"] = random.pick(&some).clone();
        }
        10 => metadata["description"] = format!("text {}", random.number()).into(),
        11 => metadata["tags"] = json!([random.number().to_string()]),
        _ => {
            let count = random.below(4);
            let parameters = (0..count).map(|i| parameter(i, random));
            metadata["parameters"] = Value::Array(parameters.collect());
        }
    }
    udf.metadata = metadata;
}

fn parameter(place: usize, random: &mut Random) -> Value {
    let number = f64::from_bits(random.number());
    let number = if number.is_finite() { number } else { 0.5 };
    let (ty, default) = match random.below(6) {
        0 => ("i32", json!(random.number() as i32)),
        1 => ("i64", json!(random.number() as i64)),
        2 => ("f64", json!(number)),
        3 if (number as f32).is_finite() => ("f32", json!(number)),
        4 => ("bool", json!(random.one_in(2))),
        _ => (
            "string",
            json!(random.pick(&["", "a\"b", "\\", "\u{1}\n", "é𝄞", "null", "\u{7f}/"])),
        ),
    };
    let mut parameter = json!({"name": format!("p{place}"), "type": ty});
    match random.below(4) {
        0 => {}
        1 => parameter["required"] = false.into(),
        2 => parameter["default"] = default,
        _ => {
            parameter["description"] = "what it is".into();
            parameter["default"] = default;
        }
    }
    parameter
}

#[test]
fn signatures_of_other_udfs() {
    let mut random = Random::from_environment();
    let database = Database::new("others");
    let mut trusting = Trusting::new(&database, &mut random);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..150 {
        let mut udf = Udf::new();
        for _ in 0..random.below(6) {
            change(&mut udf, &mut random);
        }
        let manifest = trusting.manifest(&udf);
        // What PostgreSQL reads as JSON, and what another program would write.
        let value: Value = serde_json::from_str(&manifest).unwrap();
        assert_eq!(value["name"], udf.name.as_str());
        let signature = trusting.sign(manifest.as_bytes()).to_der();
        trusting.assert_accepted(&udf, signature.as_bytes(), &manifest);
        for _ in 0..5 {
            let mut other = udf.clone();
            change(&mut other, &mut random);
            if trusting.manifest(&other) == manifest {
                accepted += 1;
                trusting.assert_accepted(&other, signature.as_bytes(), &manifest);
            } else {
                refused += 1;
                trusting.assert_refused(&other, signature.as_bytes(), &manifest);
            }
        }
    }
    println!("{accepted} accepted, {refused} refused");
    assert!(accepted > 50 && refused > 200);
}

/// Keys of any bytes are refused, if they aren't the one they were made of: never more than an error.
#[test]
fn keys_of_any_text() {
    let log = Log::now();
    let mut random = Random::from_environment();
    let database = Database::new("keys");
    let mut session = database.connect();
    let add = "SELECT quidditch.add_trusted_key($1, $2)";
    let mut key = 0;
    let mut outcomes = [0, 0];
    for _ in 0..1000 {
        let good = pem(&SigningKey::from_slice(&random.bytes(32)).unwrap());
        let mut text = good.clone().into_bytes();
        for _ in 0..1 + random.below(3) {
            let at = random.below(text.len());
            match random.below(4) {
                0 => text[at] = b'!' + random.below(94) as u8,
                1 => drop(text.remove(at)),
                2 => text.insert(at, *random.pick(b" \n\r\tA=-")),
                _ => text.truncate(at.max(10)),
            }
        }
        let text = String::from_utf8(text).unwrap();
        key += 1;
        match session.client.query(add, &[&format!("k{key}"), &text]) {
            Ok(_) => {
                outcomes[0] += 1;
                let stored = "SELECT public_key FROM quidditch.trusted_key WHERE name = $1";
                let stored = session
                    .client
                    .query_one(stored, &[&format!("k{key}")])
                    .unwrap();
                assert_eq!(stored.get::<_, String>(0), good, "{text:?}");
            }
            Err(error) => {
                outcomes[1] += 1;
                assert_eq!(Failure::new(&error).state, "22023", "{text:?}");
            }
        }
    }
    println!("{outcomes:?} accepted and refused");
    assert!(outcomes[1] > 500);
    log.assert_no_crash();
}

const CALL: &str = "SELECT quidditch.call_udf('f', '{}')";

#[test]
fn open_sessions_stop_trusting() {
    let mut random = Random::from_environment();
    let database = Database::new("trust");
    let mut trusting = Trusting::new(&database, &mut random);
    let udf = Udf::new();
    let signature = trusting.manifest(&udf);
    let signature = trusting.sign(signature.as_bytes()).to_der();
    trusting.register(&udf, signature.as_bytes()).unwrap();
    let mut owner = database.connect();
    let mut other = database.connect();
    other.run("SET quidditch.require_signature = on");
    let prepared = other.client.prepare(CALL).unwrap();
    let mut seen = |expected: Option<&str>, what: &str| {
        for answer in [
            other.client.batch_execute(CALL).err(),
            other.client.query(&prepared, &[]).err(),
        ] {
            let failure = answer.map(|error| Failure::new(&error));
            match (expected, &failure) {
                (None, None) => {}
                (Some(part), Some(failure)) if failure.message.contains(part) => {
                    assert_eq!(failure.state, "42501", "{what}")
                }
                _ => panic!("{what}: {failure:?}"),
            }
        }
    };
    seen(None, "trusted");
    owner.run("BEGIN; SELECT quidditch.revoke_trusted_key('k')");
    seen(None, "not committed");
    owner.run("ROLLBACK");
    seen(None, "rolled back");
    owner.run("SELECT quidditch.revoke_trusted_key('k')");
    seen(Some("was revoked"), "revoked");
    owner.run("UPDATE quidditch.trusted_key SET revoked_at = NULL");
    seen(None, "trusted again");
    owner.run("UPDATE quidditch.udf SET max_memory = 1000000");
    seen(Some("signature of UDF f@1.0.0 is wrong"), "another limit");
    owner.run("UPDATE quidditch.udf SET max_memory = NULL");
    seen(None, "the old limit");
    owner.run("DELETE FROM quidditch.trusted_key");
    seen(Some("not a trusted one"), "no such key");
    // A transaction with an old snapshot doesn't keep it, either.
    owner
        .client
        .query(
            "SELECT quidditch.add_trusted_key('k', $1)",
            &[&pem(&trusting.key)],
        )
        .unwrap();
    let mut third = database.connect();
    third.run(&format!(
        "SET quidditch.require_signature = on; BEGIN ISOLATION LEVEL REPEATABLE READ; {CALL}"
    ));
    owner.run("SELECT quidditch.revoke_trusted_key('k')");
    assert_eq!(third.failure(CALL).state, "42501");
}

/// The setting of a database, before any library knows it, for whoever connects.
#[test]
fn a_setting_of_the_database() {
    let database = Database::new("setting");
    let mut owner = database.connect();
    owner.register(
        "f",
        r#"(module (func (export "filter") (param i64) (result i32) i32.const 1))"#,
        "{}",
    );
    let name = owner.text("SELECT current_database()").unwrap();
    let role = format!("quidditch_setting_{}", std::process::id());
    owner.run(&format!(
        "ALTER DATABASE {name} SET quidditch.require_signature = on; CREATE ROLE {role} LOGIN"
    ));
    let mut session = database.connect_as(&role, "-c quidditch.require_signature=off");
    assert_eq!(session.failure(CALL).state, "42501");
    let mut session = database.connect_as(&role, "");
    session.run("SET quidditch.require_signature = off");
    assert_eq!(
        session.failure(CALL).message,
        "UDF f@1.0.0 has no signature"
    );
    assert_eq!(
        session
            .failure("SET quidditch.require_signature = off")
            .state,
        "42501"
    );
    assert_eq!(
        session.failure("RESET quidditch.require_signature").state,
        "42501"
    );
    session.run("RESET ALL");
    session.run("DISCARD ALL");
    assert_eq!(session.failure(CALL).state, "42501");
    // What is registered under it needs one, whoever registers.
    let mut superuser = database.connect();
    let module = module(7);
    let refused = superuser.try_register("g", "1.0.0", &module, "{}");
    assert_eq!(refused.unwrap_err().state, "42501");
    owner.run(&format!("DROP ROLE {role}"));
}
