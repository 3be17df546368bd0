// Keeps the documents whose string field is at most `max_distance` edits (Levenshtein: insert, delete or replace one code
// point) away from `target`. Does what ../string_distance.rs does, in AssemblyScript.

import { Bytes, Field, Parameter, Status, fail, status } from "../../sdk/assemblyscript/quidditch";

let field: Field | null = null;
let limit: i64 = 2;
/** The target's code points. */
let target = new StaticArray<u32>(0);
/** The field's text in this row. */
const row = new Bytes();

export function filter(ctx: i64): bool {
  // An instance has one set of parameters for life, so they are read for its first row.
  if (field === null) readParameters();
  return limit >= 0 && matches(field!, ctx);
}

function readParameters(): void {
  limit = min(new Parameter("max_distance").getI64(2), 1 << 30);
  if (status == Status.WRONG_TYPE) fail("parameter max_distance must be an integer");
  const path = new Parameter("field").getString();
  if (path === null) fail("parameter field must be a string");
  if (!new Parameter("target").readString(row)) fail("parameter target must be a string");
  const length = countCodePoints(row.start, row.length);
  if (length < 0) fail("parameter target must be UTF-8");
  prepare(length);
  field = new Field(path!);
}

function matches(field: Field, ctx: i64): bool {
  // A code point takes at most four bytes, so a text with more than this is too long to be near enough: the host
  // need not even copy it.
  const longest = min((<i64>target.length + limit) * 4, i32.MAX_VALUE);
  if (!field.readString(ctx, row, <i32>longest)) return false;
  const length = countCodePoints(row.start, row.length);
  if (length < 0) return false;

  const longer = max(length, target.length);
  const shorter = min(length, target.length);
  if (longer - shorter > limit) return false;
  if (shorter == 0) return true;
  cursor = row.start;
  return target.length <= 64 ? bitParallel(<i32>limit, length) : banded(<i32>min(limit, <i64>longer), length);
}

/** Where the text is read next. */
let cursor: usize = 0;

/** The code point there, of text that is UTF-8; steps behind it. */
function next(): u32 {
  const first: u32 = load<u8>(cursor++);
  if (first < 0x80) return first;
  const second: u32 = load<u8>(cursor++) & 0x3f;
  if (first < 0xe0) return ((first & 0x1f) << 6) | second;
  const third: u32 = load<u8>(cursor++) & 0x3f;
  if (first < 0xf0) return ((first & 0xf) << 12) | (second << 6) | third;
  const fourth: u32 = load<u8>(cursor++) & 0x3f;
  return ((first & 7) << 18) | (second << 12) | (third << 6) | fourth;
}

/** How many code points a text has; -1 for what isn't UTF-8, which a database with encoding SQL_ASCII may hold. */
function countCodePoints(start: usize, bytes: i32): i32 {
  const end = start + bytes;
  let count = 0;
  cursor = start;
  while (cursor < end) {
    const first: u32 = load<u8>(cursor);
    count++;
    if (first < 0x80) {
      cursor++;
      continue;
    }
    const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (first < 0xc2 || first > 0xf4 || cursor + more >= end) return -1;
    for (let i = 1; i <= more; i++) {
      if ((load<u8>(cursor + i) & 0xc0) != 0x80) return -1;
    }
    const code = next();
    if (more > 1 && code < (more == 2 ? 0x800 : 0x10000)) return -1;
    if ((code >= 0xd800 && code < 0xe000) || code > 0x10ffff) return -1;
  }
  return count;
}

/** For targets of at most 64 code points: a set of positions, as bits, for each code point that occurs. */
const ascii = new StaticArray<u64>(128);
/** The same for code points that aren't ASCII, which stand at the first free place from `code % 128` on. */
const otherCodes = new StaticArray<u32>(128);
const others = new StaticArray<u64>(128);
/** For longer targets: one row of the distance matrix. */
let cells = new StaticArray<u32>(0);

/** Takes the target, so many code points, from `row`. */
function prepare(length: i32): void {
  target = new StaticArray<u32>(length);
  cursor = row.start;
  for (let i = 0; i < length; i++) target[i] = next();
  if (length > 64) {
    cells = new StaticArray<u32>(length + 1);
    return;
  }
  for (let i = 0; i < length; i++) {
    const code = target[i];
    const bit = (<u64>1) << i;
    if (code < 128) {
      ascii[code] |= bit;
    } else {
      const place = placeOf(code);
      otherCodes[place] = code;
      others[place] |= bit;
    }
  }
}

/** At most 64 of the 128 places are taken. */
function placeOf(code: u32): u32 {
  let place = code % 128;
  while (unchecked(otherCodes[place]) != code && unchecked(otherCodes[place]) != 0) place = (place + 1) % 128;
  return place;
}

// @ts-ignore: decorator
@inline
function positions(code: u32): u64 {
  return code < 128 ? unchecked(ascii[code]) : unchecked(others[placeOf(code)]);
}

/**
 * Myers' and Hyyrö's bit-parallel algorithm. Bit i of the vectors is row i of one column of the distance matrix: `plus` and
 * `minus` say where the value is one more or one less than in the row above, `same` where it equals its upper left
 * neighbour. The values along the diagonal that ends in the last cell never fall and end with the distance, so they are
 * followed and most texts are done with after a few code points.
 */
function bitParallel(limit: i32, length: i32): bool {
  const height = target.length;
  let plus = ~(<u64>0);
  let minus: u64 = 0;
  let distance = abs(height - length);
  let before = max(length - height, 0); // columns before the diagonal starts
  let diagonal = max(height - length, 0);
  for (let column = 0; column < length; column++) {
    const equal = positions(next());
    const same = (((equal & plus) + plus) ^ plus) | equal | minus;
    if (before > 0) {
      before--;
    } else {
      distance += <i32>(((same >> (diagonal & 63)) & 1) ^ 1);
      if (distance > limit) return false;
      diagonal++;
    }
    const rightPlus = ((minus | ~(same | plus)) << 1) | 1;
    const rightMinus = (plus & same) << 1;
    plus = rightMinus | ~(same | rightPlus);
    minus = rightPlus & same;
  }
  return true;
}

/** Row by row, computing only the cells within `limit` of the main diagonal. */
function banded(limit: i32, length: i32): bool {
  const FAR: u32 = 1 << 31;
  const width = target.length;
  for (let column = 0; column <= width; column++) unchecked((cells[column] = column <= limit ? column : FAR));
  for (let line = 1; line <= length; line++) {
    const code = next();
    const first = max(line - limit, 1);
    const last = min(<i64>line + limit, width);
    let diagonal = unchecked(cells[first - 1]);
    let left: u32 = first == 1 ? line : FAR;
    unchecked((cells[first - 1] = left));
    let least = FAR;
    for (let column = first; column <= last; column++) {
      // The cell above the band's last one still has its FAR from the start.
      const above = unchecked(cells[column]);
      const value = min(diagonal + u32(unchecked(target[column - 1]) != code), min(left, above) + 1);
      diagonal = above;
      unchecked((cells[column] = value));
      left = value;
      least = min(least, value);
    }
    if (least > <u32>limit) return false;
  }
  return unchecked(cells[width]) <= <u32>limit;
}
