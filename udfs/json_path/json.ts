// Reads JSON text where it lies, in UTF-8. The text is the host's, so it is valid, and its only spaces are 0x20.
//
// A position is the address of a value's first byte. The entry of a member is the position of its key.

import { Bytes } from "../sdk/assemblyscript/quidditch";

/** Where the text ends. */
let textEnd: usize = 0;
/** Whether the string that `skipString` was at last has escapes. */
let hasEscapes = false;
/** Where the closing quote is of the key whose value was asked for last. */
let keyEnd: usize = 0;
const decoded = new Bytes();

/** Takes the text that the other functions are about. */
export function useText(text: Bytes): void {
  textEnd = text.start + text.length;
}

export function skipSpace(at: usize): usize {
  while (at < textEnd && load<u8>(at) == 0x20) at++;
  return at;
}

/** Behind the string at `at`. */
export function skipString(at: usize): usize {
  hasEscapes = false;
  at++;
  while (true) {
    while (at + 8 <= textEnd && !hasEnd(load<u64>(at))) at += 8;
    for (let byte = load<u8>(at); byte != 0x5c; byte = load<u8>(++at)) {
      if (byte == 0x22) return at + 1; // "
    }
    hasEscapes = true;
    at += 2; // a backslash and what it escapes
  }
}

/** Is one of eight bytes a quote or a backslash? Byte by byte, `x - 1 & ~x` has its highest bit where x is 0. */
// @ts-ignore: decorator
@inline
function hasEnd(bytes: u64): bool {
  const quotes = bytes ^ 0x2222222222222222;
  const backslashes = bytes ^ 0x5c5c5c5c5c5c5c5c;
  const found = ((quotes - 0x0101010101010101) & ~quotes) | ((backslashes - 0x0101010101010101) & ~backslashes);
  return (found & 0x8080808080808080) != 0;
}

/** Behind the value at `at`, without recursion however deep it is. */
export function skip(at: usize): usize {
  let depth = 0;
  do {
    switch (load<u8>(at)) {
      case 0x22: // "
        at = skipString(at);
        break;
      case 0x7b: // {
      case 0x5b: // [
        depth++;
        at++;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        at++;
        break;
      case 0x20:
      case 0x2c: // ,
      case 0x3a: // :
        at++;
        break;
      default:
        at = skipWord(at);
    }
  } while (depth > 0);
  return at;
}

/** Behind a number, true, false or null. */
function skipWord(at: usize): usize {
  while (at < textEnd) {
    const byte = load<u8>(at);
    if (byte == 0x2c || byte == 0x5d || byte == 0x7d || byte == 0x20) break; // , ] }
    at++;
  }
  return at;
}

/** The first entry of an object, the first element of an array; 0 when it is empty. */
export function firstEntry(at: usize): usize {
  at = skipSpace(at + 1);
  const byte = load<u8>(at);
  return byte == 0x7d || byte == 0x5d ? 0 : at; // } ]
}

/** The entry, or element, behind this value; 0 when it was the last. */
export function entryAfter(value: usize): usize {
  const at = skipSpace(skip(value));
  return load<u8>(at) == 0x2c ? skipSpace(at + 1) : 0; // ,
}

/** The value of an entry. Remembers where the key ends, for `isKey`. */
export function memberValue(entry: usize): usize {
  keyEnd = skipString(entry) - 1;
  return skipSpace(skipSpace(keyEnd + 1) + 1);
}

/** Whether the entry whose value was asked for last has this key. */
export function isKey(entry: usize, key: Bytes): bool {
  if (hasEscapes) {
    const text = decode(entry);
    return text.length == key.length && memory.compare(text.start, key.start, key.length) == 0;
  }
  const start = entry + 1;
  return keyEnd - start == key.length && memory.compare(start, key.start, key.length) == 0;
}

export function countElements(array: usize): i32 {
  let count = 0;
  for (let value = firstEntry(array); value != 0; value = entryAfter(value)) count++;
  return count;
}

/** What the string at `at` says; until the next one is decoded. */
export function decode(at: usize): Bytes {
  const end = skipString(at) - 1;
  decodeInto(decoded, at + 1, end);
  return decoded;
}

/** Takes text between `from` and `end`, in which escapes stand for others. It answers where one is wrong, else 0. */
export function decodeInto(into: Bytes, from: usize, end: usize): usize {
  into.reserve(<i32>(end - from)); // escapes are longer than what they stand for
  let to = into.start;
  while (from < end) {
    const byte = load<u8>(from++);
    if (byte != 0x5c) {
      store<u8>(to++, byte);
      continue;
    }
    const escape = from - 1;
    if (from == end) return escape;
    const letter = load<u8>(from++);
    if (letter != 0x75) {
      const plain = unescaped(letter);
      if (plain == 0) return escape;
      store<u8>(to++, plain);
      continue;
    }
    let code = codeUnit(from, end);
    from += 4;
    if ((code & 0xfc00) == 0xd800 && end - from >= 6 && load<u16>(from) == 0x755c) {
      // \u again: the other half of a pair
      const low = codeUnit(from + 2, end);
      if ((low & 0xfc00) != 0xdc00) return escape;
      code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
      from += 6;
    }
    if (code < 0 || (code & 0xfffff800) == 0xd800) return escape;
    to = storeCodePoint(to, code);
  }
  into.length = <i32>(to - into.start);
  return 0;
}

/** What the letter behind a backslash stands for; 0 when nothing. */
function unescaped(letter: u8): u8 {
  switch (letter) {
    case 0x22: // "
    case 0x27: // '
    case 0x2f: // /
    case 0x5c:
      return letter;
    case 0x62: // b
      return 8;
    case 0x66: // f
      return 12;
    case 0x6e: // n
      return 10;
    case 0x72: // r
      return 13;
    case 0x74: // t
      return 9;
    default:
      return 0;
  }
}

/** The number of four hexadecimal digits; -1 when that isn't what is there. */
function codeUnit(at: usize, end: usize): i32 {
  if (at + 4 > end) return -1;
  let unit = 0;
  for (let i = 0; i < 4; i++) {
    const byte = load<u8>(at + i);
    const letter = (byte | 0x20) - 0x61;
    const digit: u32 = <u8>(byte - 0x30) < 10 ? byte - 0x30 : <u8>letter < 6 ? <u8>letter + 10 : 16;
    if (digit == 16) return -1;
    unit = (unit << 4) | digit;
  }
  return unit;
}

function storeCodePoint(to: usize, code: u32): usize {
  if (code < 0x80) {
    store<u8>(to, code);
    return to + 1;
  }
  if (code < 0x800) {
    store<u8>(to, 0xc0 | (code >> 6));
    store<u8>(to, 0x80 | (code & 0x3f), 1);
    return to + 2;
  }
  if (code < 0x10000) {
    store<u8>(to, 0xe0 | (code >> 12));
    store<u8>(to, 0x80 | ((code >> 6) & 0x3f), 1);
    store<u8>(to, 0x80 | (code & 0x3f), 2);
    return to + 3;
  }
  store<u8>(to, 0xf0 | (code >> 18));
  store<u8>(to, 0x80 | ((code >> 12) & 0x3f), 1);
  store<u8>(to, 0x80 | ((code >> 6) & 0x3f), 2);
  store<u8>(to, 0x80 | (code & 0x3f), 3);
  return to + 4;
}
