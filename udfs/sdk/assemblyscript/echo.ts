// Tests quidditch.ts: each function answers what a getter gave, or fails in one of the ways there are. `path` says which
// field; the parameter that `parameter` answers is called `text`.

import {
  Bytes,
  Field,
  Level,
  Parameter,
  Status,
  fail,
  getDocumentId,
  getScore,
  log,
  readDocumentId,
  setResult,
  setResultBytes,
  status,
} from "./quidditch";

const path = new Parameter("path");
const text = new Parameter("text");
const answer = new Bytes(16);
let chosen: Field | null = null;

/** The field that `path` names, which is the same in all calls of an instance. */
function field_(): Field {
  let known = chosen;
  if (known === null) {
    const name = path.getString();
    if (status == Status.WRONG_TYPE) fail("parameter path must be a string");
    chosen = known = new Field(name === null ? "" : name);
  }
  return known;
}

/** What became the result, or why there was nothing: both are strings. */
function answered(found: bool): i32 {
  return found ? setResultBytes(answer) : setResult(reason());
}

function reason(): string {
  if (status == Status.NOT_FOUND) return "(not found)";
  return status == Status.WRONG_TYPE ? "(wrong type)" : "(too long)";
}

function orReason(value: string | null): i32 {
  return setResult(value === null ? reason() : value);
}

export function field(ctx: i64): i32 {
  return answered(field_().readString(ctx, answer));
}

export function json(ctx: i64): i32 {
  return answered(field_().readJson(ctx, answer));
}

export function id(ctx: i64): i32 {
  return answered(readDocumentId(ctx, answer));
}

export function parameter(ctx: i64): i32 {
  return answered(text.readString(answer));
}

// The same through strings, which are UTF-16.

export function field_string(ctx: i64): i32 {
  return orReason(field_().getString(ctx));
}

export function json_string(ctx: i64): i32 {
  return orReason(field_().getJson(ctx));
}

export function id_string(ctx: i64): i32 {
  return orReason(getDocumentId(ctx));
}

export function parameter_string(ctx: i64): i32 {
  return orReason(text.getString());
}

/** The length of a field that fits 16 bytes, the negated length of one that doesn't. */
export function fixed(ctx: i64): i64 {
  const short = new Bytes(1);
  if (field_().readString(ctx, short, 16)) return short.length;
  if (status != Status.TOO_LONG) fail("no such string");
  return -(<i64>short.wanted);
}

/** The same where no text may be copied but an empty one: a limit below 0 is none but 0. */
export function below(ctx: i64): i64 {
  const short = new Bytes(1);
  return field_().readString(ctx, short, -1) ? short.length : -(<i64>short.wanted);
}

/** Every getter of something other than text, each with what it says of the field. */
export function others(ctx: i64): i32 {
  const field = field_();
  let all = "exists " + field.exists(ctx).toString();
  all += ", i64 " + field.getI64(ctx, -1).toString() + " " + (<i32>status).toString();
  all += ", f64 " + field.getF64(ctx).toString() + " " + (<i32>status).toString();
  all += ", bool " + field.getBool(ctx, true).toString() + " " + (<i32>status).toString();
  all += ", length " + field.getArrayLength(ctx).toString() + " " + (<i32>status).toString();
  return setResult(all + ", score " + getScore(ctx).toString());
}

/** Parameters that aren't text. */
export function numbers(ctx: i64): i32 {
  const i = new Parameter("i").getI64(-1).toString();
  const f = new Parameter("f").getF64().toString();
  const b = new Parameter("b").getBool(true).toString();
  return setResult(i + ", " + f + ", " + b);
}

/** Fails as the field says. */
export function failing(ctx: i64): bool {
  const how = field_().getString(ctx)!;
  log(Level.WARNING, "how: " + how);
  if (how == "fail") fail("as asked");
  if (how == "throw") throw new Error("as asked");
  if (how == "assert") assert(false, "as asked");
  if (how == "long") throw new Error("€".repeat(3000));
  const numbers: i32[] = [1, 2];
  if (how == "index") return numbers[how.length] == 0;
  if (how == "null") return new Parameter("none").getString()!.length == 0;
  if (how == "byte") return answer[answer.length] == 0;
  if (how == "divide") return numbers[0] / (how.length - 6) == 0;
  if (how == "memory") while (numbers.length > 0) numbers.push(1);
  if (how == "stack") return deeper("") > 0;
  return true;
}

function deeper(text: string): i32 {
  return deeper(text + "x") + text.length;
}
