// Paths: `$.a.b`, `$['k']`, `[0]`, `[-1]`, `.*`, `[*]`, `..key`, `..*`, `..[0]`.

import { Bytes, fail } from "../sdk/assemblyscript/quidditch";
import { decodeInto } from "./json";

export enum Kind {
  /** To the value of a key. */
  KEY,
  /** To one element of an array. */
  INDEX,
  /** To all values of an object or an array. */
  CHILDREN,
  /** To the value itself, and all inside it at any depth. Another kind of step follows. */
  INSIDE,
}

export class Step {
  constructor(
    public kind: Kind,
    public key: Bytes,
    public index: i32 = 0,
  ) {}
}

const NO_KEY = new Bytes(0);
/** The host finds no field by a longer path, in bytes. */
const LONGEST_FIELD_PATH = 65535;

/** Where the parser is, and where the text starts and ends. */
let at: usize = 0;
let start: usize = 0;
let end: usize = 0;

/** The steps of a path; an error when it is none. */
export function parse(path: Bytes): Step[] {
  start = at = path.start;
  end = start + path.length;
  const steps: Step[] = [];
  if (!accept("$")) wrong("it has to begin with $");
  while (at < end) {
    if (accept(".")) {
      const isInside = accept(".");
      if (isInside) steps.push(new Step(Kind.INSIDE, NO_KEY));
      steps.push(isInside && accept("[") ? bracket() : accept("*") ? new Step(Kind.CHILDREN, NO_KEY) : name());
    } else if (accept("[")) {
      steps.push(bracket());
    } else {
      wrong("expected . or [");
    }
  }
  return steps;
}

/**
 * The steps at the start that lead to one key or index each, as the host writes them: as many as its paths have room for. None
 * stand for the whole document.
 */
export function leadingFixed(steps: Step[]): string[] {
  const fixed: string[] = [];
  let bytes = 0;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i];
    if (step.kind != Kind.KEY && step.kind != Kind.INDEX) break;
    const part = "[" + (step.kind == Kind.INDEX ? step.index.toString() : quoted(step.key.toString())) + "]";
    bytes += String.UTF8.byteLength(part);
    if (bytes > LONGEST_FIELD_PATH) break;
    fixed.push(part);
  }
  return fixed;
}

function quoted(key: string): string {
  return '"' + key.replaceAll("\\", "\\\\").replaceAll('"', '\\"') + '"';
}

/** A key without quotes: letters, digits, `_`, `-` and whatever isn't ASCII. */
function name(): Step {
  const from = at;
  while (at < end && isNameByte(load<u8>(at))) at++;
  if (at == from) wrong("expected a key, or * (other characters need ['…'])");
  return keyOf(from, at);
}

function isNameByte(byte: u8): bool {
  const letter = <u8>((byte | 0x20) - 0x61) < 26;
  return letter || <u8>(byte - 0x30) < 10 || byte == 0x5f || byte == 0x2d || byte >= 0x80; // _ -
}

/** What stands in brackets, behind the opening one. */
function bracket(): Step {
  let step: Step;
  skipSpaces();
  if (accept("*")) {
    step = new Step(Kind.CHILDREN, NO_KEY);
  } else if (accept("'")) {
    step = quotedKey(0x27);
  } else if (accept('"')) {
    step = quotedKey(0x22);
  } else {
    step = new Step(Kind.INDEX, NO_KEY, index());
  }
  skipSpaces();
  if (!accept("]")) wrong("expected ]");
  return step;
}

function quotedKey(quote: u8): Step {
  const from = at;
  while (at < end && load<u8>(at) != quote) at += load<u8>(at) == 0x5c ? 2 : 1; // a backslash and what it escapes
  if (at >= end) {
    at = end;
    wrong("a quoted key has no end");
  }
  return keyOf(from, at++);
}

function keyOf(from: usize, to: usize): Step {
  const key = new Bytes(0);
  const mistake = decodeInto(key, from, to);
  if (mistake != 0) {
    at = mistake;
    wrong("unknown escape in a key");
  }
  return new Step(Kind.KEY, key);
}

function index(): i32 {
  const from = at;
  const isNegative = accept("-");
  let number: i64 = 0;
  const digits = at;
  while (at < end && <u8>(load<u8>(at) - 0x30) < 10) {
    number = min(number * 10 + (load<u8>(at) - 0x30), <i64>1 << 32);
    at++;
  }
  if (at == digits) wrong("expected an index, a quoted key or *");
  if (number > i32.MAX_VALUE) {
    at = from;
    wrong("no array is that long");
  }
  return isNegative ? -(<i32>number) : <i32>number;
}

function skipSpaces(): void {
  while (at < end && load<u8>(at) == 0x20) at++;
}

function accept(character: string): bool {
  const found = at < end && load<u8>(at) == character.charCodeAt(0);
  if (found) at++;
  return found;
}

function wrong(what: string): void {
  fail("invalid path at byte " + (at - start).toString() + ": " + what);
}
