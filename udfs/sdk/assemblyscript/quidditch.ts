/**
 * quidditch.ts - write Quidditch UDFs in AssemblyScript.
 *
 * A UDF is a WebAssembly module. PostgreSQL calls one exported function per row and hands it `ctx`, a number that names
 * the row's document. The document stays on the host's side: the function asks for the fields it needs, by path, and
 * each answer is copied into the module's own memory.
 *
 * ```ts
 * import { Field, Parameter } from "./quidditch";
 *
 * const status = new Field("status");
 * const wanted = new Parameter("wanted");
 *
 * export function filter(ctx: i64): bool {
 *   return status.getString(ctx) == wanted.getString();
 * }
 * ```
 *
 * `compile.sh`, which lies beside this file, compiles that, with the settings in `asconfig.json`.
 *
 * - **Entry function**: `(ctx: i64): bool`; false excludes the row. A result of `i64`, `f32` or `f64` is a value or a
 *   score. For a string result, the function returns `setResult(text)`, an `i32`.
 * - **`ctx`** is good during this one call only. A kept one finds nothing.
 * - **Paths**: `a.b` descends objects, `a[0].b` indexes arrays (`a[-1]` is the last), `a["k.with.dots"]` quotes a key. An
 *   array met without an index is not searched: {@link Status.WRONG_TYPE}. `[0]` is an element of a document that is an
 *   array, and the empty path is the whole document.
 * - **Make a {@link Field} once**, outside the function. Its path is turned into UTF-8 then, and a row allocates nothing
 *   for it.
 * - **What is absent** is `null` where the type has one, as a string does. A number has none, so the caller says what
 *   stands for it: `price.getF64(ctx, 0)`. Either way {@link status} tells the reason until the next getter is called.
 * - **`throw new Error("why")`** ends the query with an error that says why and where, as does an index out of bounds.
 *   There is no `catch` in AssemblyScript.
 * - **Globals** live from row to row within one statement and never longer. Garbage is collected on the way.
 * - There are no files, network, clock (`Date`) or randomness (`Math.random`), and no `console`: see {@link log}.
 */

/** Why a getter has no value. */
export enum Status {
  /** It has one. */
  OK = 0,
  /** There is no such field or parameter. */
  NOT_FOUND = 1,
  /** It is there with another type. JSON null has no type but null. */
  WRONG_TYPE = 2,
  /** The text is longer than `read…` was allowed to take: {@link Bytes.wanted} says how long. Never take it for "no match". */
  TOO_LONG = 3,
}

/** How serious a line of the log is. */
export enum Level {
  DEBUG = 0,
  INFO = 1,
  WARNING = 2,
  ERROR = 3,
}

/** How the last getter ended. */
export let status: Status = Status.OK;

// Variables come before the functions that use them: that is where the compiler wants them.

/** An error has at most so many UTF-16 units of the message, and of the file's name. UTF-8 has at most three bytes for one. */
const LONGEST_PART = 1000;
/** Room for both, what stands between them, and two numbers. */
const MESSAGE: usize = memory.data(6 * LONGEST_PART + 32);
/** Where the host writes numbers, and the length of a text. */
const NUMBER: usize = memory.data(8, 8);
const LENGTH: usize = memory.data(4, 4);
/** From this size on, a buffer gives its memory back before it takes more. */
const LARGE = 1 << 16;
const NOTHING = new StaticArray<u8>(0);
/** Where strings pass through on their way. */
const shared = new Bytes(1024);
/**
 * Text as UTF-8, in memory that grows on demand and is used again for the next row. Reading into one spares a row the
 * `string`: two bytes for each of its characters, and work for the collector.
 */
export class Bytes {
  private memory: StaticArray<u8>;
  /** How many bytes the text has; 0 when there is none. */
  length: i32 = 0;
  /** How many bytes it would have had, when it was {@link Status.TOO_LONG}. */
  wanted: i32 = 0;

  constructor(capacity: i32 = 256) {
    this.memory = new StaticArray<u8>(capacity);
  }

  /** Where the text starts in memory; until something is read into it again. */
  get start(): usize {
    return changetype<usize>(this.memory);
  }

  get capacity(): i32 {
    return this.memory.length;
  }

  /** One of its bytes. */
  @operator("[]")
  at(index: i32): u8 {
    if (<u32>index >= <u32>this.length) throw new RangeError("byte " + index.toString() + " of " + this.length.toString());
    return load<u8>(this.start + index);
  }

  /** Makes room for so many bytes; what was there is lost. */
  reserve(bytes: i32): void {
    const now = this.capacity;
    if (bytes <= now) return;
    if (bytes < LARGE) {
      // Twice as much as before, so that texts that grow don't grow it at each row.
      this.memory = new StaticArray<u8>(max(bytes, 2 * now));
    } else {
      // The old memory and the new one beside each other might be more than there may be.
      this.memory = NOTHING;
      __collect();
      this.memory = new StaticArray<u8>(bytes);
    }
  }

  /** Takes a string's UTF-8. Half of a surrogate pair becomes U+FFFD. */
  set(text: string): void {
    this.length = String.UTF8.byteLength(text);
    this.reserve(this.length);
    String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, this.start, false, String.UTF8.ErrorMode.REPLACE);
  }

  toString(): string {
    return String.UTF8.decodeUnsafe(this.start, this.length);
  }
}

/** A field of the documents, by its path. */
export class Field {
  private name: Bytes = new Bytes(0);

  constructor(path: string) {
    this.name.set(path);
  }

  /** Does the path lead anywhere? A JSON null counts as there. */
  exists(ctx: i64): bool {
    return host.has_field(ctx, this.name.start, this.name.length) != 0;
  }

  /** A string, or null. */
  getString(ctx: i64): string | null {
    return this.readString(ctx, shared) ? shared.toString() : null;
  }

  /** A string as UTF-8. A longer one than `longest` bytes is not copied: {@link Status.TOO_LONG}. */
  readString(ctx: i64, into: Bytes, longest: i32 = i32.MAX_VALUE): bool {
    offer(into, longest);
    let answer = host.get_field_string(ctx, this.name.start, this.name.length, into.start, LENGTH);
    if (grown(answer, into, longest)) {
      answer = host.get_field_string(ctx, this.name.start, this.name.length, into.start, LENGTH);
    }
    return taken(answer, into);
  }

  /** Any value as JSON text, objects and arrays included; or null. */
  getJson(ctx: i64): string | null {
    return this.readJson(ctx, shared) ? shared.toString() : null;
  }

  /** Any value as JSON text in UTF-8. A longer one than `longest` bytes is not copied: {@link Status.TOO_LONG}. */
  readJson(ctx: i64, into: Bytes, longest: i32 = i32.MAX_VALUE): bool {
    offer(into, longest);
    let answer = host.get_field_json(ctx, this.name.start, this.name.length, into.start, LENGTH);
    if (grown(answer, into, longest)) {
      answer = host.get_field_json(ctx, this.name.start, this.name.length, into.start, LENGTH);
    }
    return taken(answer, into);
  }

  /** An integer, exactly: a fraction, or a number beyond 64 bits, is {@link Status.WRONG_TYPE}. */
  getI64(ctx: i64, absent: i64 = 0): i64 {
    return got(host.get_field_i64(ctx, this.name.start, this.name.length, NUMBER)) ? load<i64>(NUMBER) : absent;
  }

  /** Any JSON number within the range of an f64; another is {@link Status.WRONG_TYPE}. */
  getF64(ctx: i64, absent: f64 = NaN): f64 {
    return got(host.get_field_f64(ctx, this.name.start, this.name.length, NUMBER)) ? load<f64>(NUMBER) : absent;
  }

  getBool(ctx: i64, absent: bool = false): bool {
    return got(host.get_field_bool(ctx, this.name.start, this.name.length, NUMBER)) ? load<i32>(NUMBER) != 0 : absent;
  }

  /** How many elements the array has; -1 when there is none. */
  getArrayLength(ctx: i64): i32 {
    return got(host.get_array_length(ctx, this.name.start, this.name.length, NUMBER)) ? load<i32>(NUMBER) : -1;
  }
}

/**
 * A parameter: what the query passed, or the default of the UDF's metadata. An instance may keep what it got at its first
 * row for all the others.
 */
export class Parameter {
  private name: Bytes = new Bytes(0);

  constructor(name: string) {
    this.name.set(name);
  }

  /** A string, or null. */
  getString(): string | null {
    return this.readString(shared) ? shared.toString() : null;
  }

  /** A string as UTF-8. */
  readString(into: Bytes): bool {
    offer(into, i32.MAX_VALUE);
    let answer = host.get_param_string(this.name.start, this.name.length, into.start, LENGTH);
    if (grown(answer, into, i32.MAX_VALUE)) {
      answer = host.get_param_string(this.name.start, this.name.length, into.start, LENGTH);
    }
    return taken(answer, into);
  }

  /** Numbers convert between i64 and f64 when that is exact. */
  getI64(absent: i64 = 0): i64 {
    return got(host.get_param_i64(this.name.start, this.name.length, NUMBER)) ? load<i64>(NUMBER) : absent;
  }

  getF64(absent: f64 = NaN): f64 {
    return got(host.get_param_f64(this.name.start, this.name.length, NUMBER)) ? load<f64>(NUMBER) : absent;
  }

  getBool(absent: bool = false): bool {
    return got(host.get_param_bool(this.name.start, this.name.length, NUMBER)) ? load<i32>(NUMBER) != 0 : absent;
  }
}

/** The document's `_id`, else its `id`, as text; or null. */
export function getDocumentId(ctx: i64): string | null {
  return readDocumentId(ctx, shared) ? shared.toString() : null;
}

/** The same as UTF-8. */
export function readDocumentId(ctx: i64, into: Bytes): bool {
  offer(into, i32.MAX_VALUE);
  let answer = host.get_document_id(ctx, into.start, LENGTH);
  if (grown(answer, into, i32.MAX_VALUE)) answer = host.get_document_id(ctx, into.start, LENGTH);
  return taken(answer, into);
}

/** The text-search score where the query has one, else 0. */
export function getScore(ctx: i64): f64 {
  return host.get_score(ctx);
}

/** The result of a UDF that returns a string. What it answers is what the entry function returns: `return setResult(text)`. */
export function setResult(text: string): i32 {
  shared.set(text);
  return setResultBytes(shared);
}

/** The same with text that is UTF-8 already. */
export function setResultBytes(text: Bytes): i32 {
  return host.set_result_string(text.start, text.length);
}

/** A line for the log: `test_udf` answers it, a query shows it at `quidditch.log_level`. */
export function log(level: Level, message: string): void {
  shared.set(message);
  host.log(level, shared.start, shared.length);
}

/**
 * Ends the query with an error, after logging why. For what the caller got wrong, not for odd rows. Unlike `throw`, it leaves out
 * where that is in the source, and the compiler doesn't see that nothing behind it runs.
 */
// @ts-ignore: decorator
@inline
export function fail(why: string): void {
  log(Level.ERROR, why);
  unreachable();
}

/**
 * What `throw`, `assert` and the checks of the standard library call, because `asconfig.json` says so. It allocates nothing: there
 * may be no memory left.
 */
// @ts-ignore: decorator
@global
export function quidditch_abort(message: string | null, file: string | null, line: u32, column: u32): void {
  let end = MESSAGE;
  end = appendText(end, message === null ? "aborted" : message);
  end = appendText(end, " at ");
  end = appendText(end, file === null ? "?" : file);
  end = appendNumber(appendText(end, ":"), line);
  end = appendNumber(appendText(end, ":"), column);
  host.log(Level.ERROR, MESSAGE, <i32>(end - MESSAGE));
  unreachable();
}

function appendText(at: usize, text: string): usize {
  const length = min(text.length, LONGEST_PART);
  return at + String.UTF8.encodeUnsafe(changetype<usize>(text), length, at, false, String.UTF8.ErrorMode.REPLACE);
}

function appendNumber(at: usize, number: u32): usize {
  if (number >= 10) at = appendNumber(at, number / 10);
  store<u8>(at, 48 + number % 10);
  return at + 1;
}

/** Tells the host how much of the buffer it may fill. */
// @ts-ignore: decorator
@inline
function offer(into: Bytes, longest: i32): void {
  store<i32>(LENGTH, min(into.capacity, max(longest, 0)));
}

/** Was the buffer too small, and is it large enough now? */
// @ts-ignore: decorator
@inline
function grown(answer: i32, into: Bytes, longest: i32): bool {
  return answer == Status.TOO_LONG && grow(into, longest);
}

function grow(into: Bytes, longest: i32): bool {
  const needed = load<u32>(LENGTH);
  if (needed > <u32>max(longest, 0)) {
    // JSON that no instance could hold has a length that no memory has.
    if (longest == i32.MAX_VALUE) fail("out of memory: the text does not fit the UDF's memory limit");
    return false;
  }
  into.reserve(<i32>needed);
  store<u32>(LENGTH, needed);
  return true;
}

// @ts-ignore: decorator
@inline
function taken(answer: i32, into: Bytes): bool {
  into.wanted = <i32>min<u32>(load<u32>(LENGTH), i32.MAX_VALUE);
  into.length = answer == Status.OK ? into.wanted : 0;
  return got(answer);
}

// @ts-ignore: decorator
@inline
function got(answer: i32): bool {
  status = <Status>answer;
  return answer == Status.OK;
}

/**
 * The imports as the host defines them. A getter of text reads the buffer's capacity from `length` and writes the text's
 * true length there, also with status 3.
 */
namespace host {
  // @ts-ignore: decorator
  @external("env", "has_field")
  export declare function has_field(ctx: i64, path: usize, pathLength: i32): i32;
  // @ts-ignore: decorator
  @external("env", "get_field_string")
  export declare function get_field_string(ctx: i64, path: usize, pathLength: i32, buffer: usize, length: usize): i32;
  // @ts-ignore: decorator
  @external("env", "get_field_i64")
  export declare function get_field_i64(ctx: i64, path: usize, pathLength: i32, out: usize): i32;
  // @ts-ignore: decorator
  @external("env", "get_field_f64")
  export declare function get_field_f64(ctx: i64, path: usize, pathLength: i32, out: usize): i32;
  // @ts-ignore: decorator
  @external("env", "get_field_bool")
  export declare function get_field_bool(ctx: i64, path: usize, pathLength: i32, out: usize): i32;
  // @ts-ignore: decorator
  @external("env", "get_field_json")
  export declare function get_field_json(ctx: i64, path: usize, pathLength: i32, buffer: usize, length: usize): i32;
  // @ts-ignore: decorator
  @external("env", "get_array_length")
  export declare function get_array_length(ctx: i64, path: usize, pathLength: i32, out: usize): i32;
  // @ts-ignore: decorator
  @external("env", "get_param_string")
  export declare function get_param_string(name: usize, nameLength: i32, buffer: usize, length: usize): i32;
  // @ts-ignore: decorator
  @external("env", "get_param_i64")
  export declare function get_param_i64(name: usize, nameLength: i32, out: usize): i32;
  // @ts-ignore: decorator
  @external("env", "get_param_f64")
  export declare function get_param_f64(name: usize, nameLength: i32, out: usize): i32;
  // @ts-ignore: decorator
  @external("env", "get_param_bool")
  export declare function get_param_bool(name: usize, nameLength: i32, out: usize): i32;
  // @ts-ignore: decorator
  @external("env", "get_document_id")
  export declare function get_document_id(ctx: i64, buffer: usize, length: usize): i32;
  // @ts-ignore: decorator
  @external("env", "get_score")
  export declare function get_score(ctx: i64): f64;
  // @ts-ignore: decorator
  @external("env", "set_result_string")
  export declare function set_result_string(text: usize, length: i32): i32;
  // @ts-ignore: decorator
  @external("env", "log")
  export declare function log(level: i32, text: usize, length: i32): void;
}
