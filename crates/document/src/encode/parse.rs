//! JSON text to [`Json`], for documents that `serde_json::Value` can't hold: exact numbers, repeated keys.

use super::Json;
use std::str::FromStr;

/// Panics never; text that is not JSON gives the offset at which that shows.
impl FromStr for Json {
    type Err = usize;

    fn from_str(text: &str) -> Result<Json, usize> {
        let mut parser = Parser { text, offset: 0 };
        let value = parser.value()?;
        parser.skip_space();
        if parser.rest().is_empty() {
            Ok(value)
        } else {
            Err(parser.offset)
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    offset: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.offset..]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.offset += rest.len() - rest.trim_ascii_start().len();
    }

    fn accept(&mut self, wanted: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(wanted);
        if found {
            self.offset += wanted.len();
        }
        found
    }

    fn expect(&mut self, wanted: &str) -> Result<(), usize> {
        if self.accept(wanted) {
            Ok(())
        } else {
            Err(self.offset)
        }
    }

    fn value(&mut self) -> Result<Json, usize> {
        for (word, value) in [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
        ] {
            if self.accept(word) {
                return Ok(value);
            }
        }
        if self.accept("[") {
            let mut elements = Vec::new();
            while !self.accept("]") {
                if !elements.is_empty() {
                    self.expect(",")?;
                }
                elements.push(self.value()?);
            }
            return Ok(Json::Array(elements));
        }
        if self.accept("{") {
            let mut pairs = Vec::new();
            while !self.accept("}") {
                if !pairs.is_empty() {
                    self.expect(",")?;
                }
                let key = self.string()?;
                self.expect(":")?;
                pairs.push((key, self.value()?));
            }
            return Ok(Json::Object(pairs));
        }
        if self.rest().starts_with('"') {
            return self.string().map(Json::String);
        }
        let rest = self.rest();
        let number = rest.trim_start_matches(|c: char| {
            c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E')
        });
        let number = &rest[..rest.len() - number.len()];
        let value = number.parse().map(Json::Number).map_err(|_| self.offset)?;
        self.offset += number.len();
        Ok(value)
    }

    fn string(&mut self) -> Result<Vec<u8>, usize> {
        self.skip_space();
        let mut strings = serde_json::Deserializer::from_str(self.rest()).into_iter::<String>();
        let string = strings.next().and_then(Result::ok).ok_or(self.offset)?;
        self.offset += strings.byte_offset();
        Ok(string.into_bytes())
    }
}
