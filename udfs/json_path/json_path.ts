// Keeps the documents in which a JSONPath (RFC 9535, without filters, slices and lists) selects a value; with `op`, one that
// compares with `value` as that says. A value is never built: the JSON text of the part of the document where the path's
// first keys and indexes lead is searched from its start.

import { Bytes, Field, Parameter, fail } from "../sdk/assemblyscript/quidditch";
import { Operator, compareWith, satisfies } from "./compare";
import { countElements, entryAfter, firstEntry, isKey, memberValue, skip, skipSpace, skipString, useText } from "./json";
import { Kind, Step, leadingFixed, parse } from "./path";

let steps: Step[] = [];
/** Where the path's first steps lead, those to one key or index: the host goes there. */
let field: Field | null = null;
/** How many steps these are. */
let fixed = 0;
let isExists = true;
const json = new Bytes(4096);

export function filter(ctx: i64): bool {
  // An instance has one set of parameters for life, so they are read for its first row.
  if (field === null) readParameters();
  if (isExists && fixed == steps.length) return field!.exists(ctx);
  if (!field!.readJson(ctx, json)) return false;
  useText(json);
  return selects(json.start, fixed);
}

function readParameters(): void {
  const path = new Bytes();
  if (!new Parameter("path").readString(path)) fail("parameter path must be a string");
  steps = parse(path);
  const leading = leadingFixed(steps);
  fixed = leading.length;

  const op = new Parameter("op").getString();
  const operator = op === null ? Operator.EXISTS : operatorOf(op);
  isExists = operator == Operator.EXISTS;
  const value = new Bytes();
  const hasValue = new Parameter("value").readString(value);
  if (isExists && hasValue) fail("value has no use without an op that compares with it");
  if (!isExists && !hasValue) fail("op " + op! + " needs a value");
  compareWith(operator, value);
  field = new Field(leading.join(""));
}

function operatorOf(name: string): Operator {
  if (name == "exists") return Operator.EXISTS;
  if (name == "eq") return Operator.EQ;
  if (name == "ne") return Operator.NE;
  if (name == "lt") return Operator.LT;
  if (name == "le") return Operator.LE;
  if (name == "gt") return Operator.GT;
  if (name == "ge") return Operator.GE;
  if (name != "contains") fail('there is no op "' + name + '", but exists, eq, ne, lt, le, gt, ge and contains');
  return Operator.CONTAINS;
}

/** Do the steps from this one on lead from the value at `at` to one that satisfies? As deep a recursion as there are steps. */
function selects(at: usize, step: i32): bool {
  if (step == steps.length) return satisfies(at);
  const next = unchecked(steps[step]);
  switch (next.kind) {
    case Kind.KEY:
      return selectsKey(at, next.key, step);
    case Kind.INDEX:
      return selectsIndex(at, next.index, step);
    case Kind.CHILDREN:
      return selectsChild(at, step);
    default:
      return selectsInside(at, step);
  }
}

function selectsKey(at: usize, key: Bytes, step: i32): bool {
  if (load<u8>(at) != "{".charCodeAt(0)) return false;
  for (let entry = firstEntry(at); entry != 0; ) {
    const value = memberValue(entry);
    if (isKey(entry, key)) return selects(value, step + 1);
    entry = entryAfter(value);
  }
  return false;
}

function selectsIndex(at: usize, index: i32, step: i32): bool {
  if (load<u8>(at) != "[".charCodeAt(0)) return false;
  let left = index < 0 ? index + countElements(at) : index;
  if (left < 0) return false;
  for (let value = firstEntry(at); value != 0; value = entryAfter(value)) {
    if (left-- == 0) return selects(value, step + 1);
  }
  return false;
}

function selectsChild(at: usize, step: i32): bool {
  const opening = load<u8>(at);
  const isObject = opening == "{".charCodeAt(0);
  if (!isObject && opening != "[".charCodeAt(0)) return false;
  for (let entry = firstEntry(at); entry != 0; ) {
    const value = isObject ? memberValue(entry) : entry;
    if (selects(value, step + 1)) return true;
    entry = entryAfter(value);
  }
  return false;
}

/**
 * All inside the value at any depth, and the value itself, in one pass over the text. The step behind `..` is taken on the way: a
 * key when it comes by, and the children of all these are all of them but the first.
 */
function selectsInside(at: usize, step: i32): bool {
  const first = at;
  const end = skip(at);
  const next = unchecked(steps[step + 1]);
  while (at < end) {
    switch (load<u8>(at)) {
      case 0x22: {
        // "
        const behind = skipString(at);
        const colon = skipSpace(behind);
        if (colon < end && load<u8>(colon) == ":".charCodeAt(0)) {
          if (next.kind == Kind.KEY) {
            const value = memberValue(at);
            if (isKey(at, next.key) && selects(value, step + 2)) return true;
          }
          at = colon + 1;
        } else {
          if (next.kind == Kind.CHILDREN && at != first && selects(at, step + 2)) return true;
          at = behind;
        }
        break;
      }
      case 0x7b: // {
      case 0x5b: // [
        if (next.kind == Kind.INDEX && selectsIndex(at, next.index, step + 1)) return true;
        if (next.kind == Kind.CHILDREN && at != first && selects(at, step + 2)) return true;
        at++;
        break;
      case 0x7d: // }
      case 0x5d: // ]
      case 0x2c: // ,
      case 0x20:
        at++;
        break;
      default:
        if (next.kind == Kind.CHILDREN && at != first && selects(at, step + 2)) return true;
        at = skip(at);
    }
  }
  return false;
}
