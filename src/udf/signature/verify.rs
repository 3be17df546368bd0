//! ECDSA over P-256 and SHA-256. Signatures are what `openssl dgst -sha256 -sign` writes (DER), or the two numbers
//! in 64 bytes. A signature has a twin that is good as well (with `s` negated modulo the order); that is let be,
//! because nothing takes a signature for a name of what is signed.

use p256::PublicKey;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::{DecodePublicKey, EncodePublicKey, LineEnding};

/// The key of a PEM text (`-----BEGIN PUBLIC KEY-----`), if it is one on P-256.
pub fn public_key(pem: &str) -> Option<PublicKey> {
    PublicKey::from_public_key_pem(pem.trim()).ok()
}

/// A key as the one text that stands for it, whatever it was read from.
pub fn to_pem(key: &PublicKey) -> Option<String> {
    key.to_public_key_pem(LineEnding::LF).ok()
}

/// Whether the bytes could be a signature at all.
pub fn is_well_formed(signature: &[u8]) -> bool {
    readings(signature).next().is_some()
}

/// Whether the key signed the manifest. A newline behind it is no part of it, but programs that print it
/// into the file that is then signed add one.
pub fn verifies(key: &PublicKey, manifest: &str, signature: &[u8]) -> bool {
    let key = VerifyingKey::from(key);
    let line = format!("{manifest}\n");
    readings(signature).any(|signature| {
        [manifest, &line]
            .iter()
            .any(|text| key.verify(text.as_bytes(), &signature).is_ok())
    })
}

/// The signatures that the bytes may stand for; 64 of them could be either form.
fn readings(signature: &[u8]) -> impl Iterator<Item = Signature> {
    let der = Signature::from_der(signature).ok();
    let raw = Signature::from_slice(signature).ok();
    der.into_iter().chain(raw)
}
