// Compares the values that a path selects with the parameter `value`.
//
// A string is compared as text, by code points. A number is compared with a `value` that is one. True, false and null are
// equal to their names. Whatever else there is, objects and arrays included, is not equal, not less and not greater.

import { Bytes } from "../sdk/assemblyscript/quidditch";
import { Decimal, isNumber } from "./decimal";
import { decode, skip } from "./json";

export enum Operator {
  EXISTS,
  EQ,
  NE,
  LT,
  LE,
  GT,
  GE,
  CONTAINS,
}

/** How `compare` says that there is no order. */
const NO_ORDER = 2;

let operator: Operator = Operator.EXISTS;
let value: Bytes = new Bytes(0);
/** `value`, if that is a number; and a number in a document. */
const wanted = new Decimal();
const found = new Decimal();
let isWantedNumber = false;

/** What `satisfies` is about. */
export function compareWith(by: Operator, text: Bytes): void {
  operator = by;
  value = text;
  isWantedNumber = isNumber(text.start, text.start + text.length);
  if (isWantedNumber) wanted.read(text.start, text.start + text.length);
}

/** Does the JSON value at `at` compare with `value` as the operator says? */
export function satisfies(at: usize): bool {
  switch (operator) {
    case Operator.EXISTS:
      return true;
    case Operator.CONTAINS:
      return load<u8>(at) == 0x22 && contains(decode(at), value);
    case Operator.EQ:
      return order(at) == 0;
    case Operator.NE:
      return order(at) != 0;
    case Operator.LT:
      return order(at) == -1;
    case Operator.LE:
      return order(at) <= 0;
    case Operator.GT:
      return order(at) == 1;
    default: {
      const is = order(at);
      return is == 0 || is == 1;
    }
  }
}

/** -1 when the JSON value is less than `value`, 0 when equal, 1 when greater, else NO_ORDER. */
function order(at: usize): i32 {
  switch (load<u8>(at)) {
    case 0x22: // "
      return orderOfTexts(decode(at), value);
    case 0x7b: // {
    case 0x5b: // [
      return NO_ORDER;
    case 0x74: // true
    case 0x66: // false
    case 0x6e: {
      // null
      const length = <i32>(skip(at) - at);
      return length == value.length && memory.compare(at, value.start, length) == 0 ? 0 : NO_ORDER;
    }
    default:
      if (!isWantedNumber) return NO_ORDER;
      found.read(at, skip(at));
      return found.compare(wanted);
  }
}

/** UTF-8 sorts as code points do. */
function orderOfTexts(a: Bytes, b: Bytes): i32 {
  const first = memory.compare(a.start, b.start, min(a.length, b.length));
  const difference = first != 0 ? first : a.length - b.length;
  return i32(difference > 0) - i32(difference < 0);
}

function contains(text: Bytes, part: Bytes): bool {
  for (let from = 0; from <= text.length - part.length; from++) {
    if (memory.compare(text.start + from, part.start, part.length) == 0) return true;
  }
  return false;
}
