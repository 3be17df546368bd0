//! Sends bytes through everything that reads them. Whatever the bytes are, it has to come back, and soon.
//! The mutation test and the fuzz target share it.

use quidditch_document::{Document, Numeric, Path, Value, lookup_key};
use std::cell::Cell;
use std::fmt;
use std::ops::ControlFlow;

/// An output that refuses to grow beyond this many bytes: a number may print as 131,072 digits.
struct Bounded(usize);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.checked_sub(text.len()).ok_or(fmt::Error)?;
        Ok(())
    }
}

pub fn read(bytes: &[u8]) {
    if let Ok(number) = Numeric::from_bytes(bytes) {
        read_number(number, number);
    }
    let Ok(root) = Document::new(bytes).and_then(|document| document.root()) else {
        return;
    };
    let _ = root.write_json(&mut Bounded(1 << 20));
    let _ = lookup_key(root, b"key", &Cell::new(3));
    for path in [
        "a",
        "key1",
        "a.b",
        "a[0].b",
        "[-1]",
        "key1[2].key1[0]",
        "[0][0][0].a.key1",
    ] {
        let path = Path::parse(path).expect("a valid path");
        let _ = path.lookup(root);
        let mut numbers = None;
        let _ = path.visit(root, &mut |value| {
            read_shallow(value, &mut numbers);
            ControlFlow::<()>::Continue(())
        });
    }
    let mut numbers = None;
    let _ = root.visit(&mut |value| {
        read_shallow(value, &mut numbers);
        ControlFlow::<()>::Continue(())
    });
}

/// One level, since the callers come by all levels.
fn read_shallow<'a>(value: Value<'a>, last_number: &mut Option<Numeric<'a>>) {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => {}
        Value::Number(number) => {
            read_number(number, last_number.unwrap_or(number));
            *last_number = Some(number);
        }
        Value::Array(array) => {
            let last = array.len() as i64;
            for index in [
                i64::MIN,
                -last - 1,
                -last,
                -1,
                0,
                1,
                31,
                32,
                33,
                last - 1,
                last,
                i64::MAX,
            ] {
                let _ = array.get(index);
            }
            array.iter().for_each(drop);
        }
        Value::Object(object) => {
            let guess = Cell::new(u32::MAX);
            for (key, _) in object.iter().take(100).flatten() {
                let _ = object.get(key, &guess);
            }
            let _ = object.get(b"", &guess);
        }
    }
}

fn read_number(number: Numeric<'_>, other: Numeric<'_>) {
    let _ = (number.to_f64(), number.to_i64(), number.is_finite());
    assert_eq!(number.cmp(&other), other.cmp(&number).reverse());
    let _ = fmt::write(&mut Bounded(1 << 10), format_args!("{number}"));
}
