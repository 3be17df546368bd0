// Decimal numbers of any size, as JSON writes them, compared exactly.

/** A number that stays text, of which this knows where the digits are. */
export class Decimal {
  /** -1, 0 or 1. */
  private sign: i32 = 0;
  /** The first digit that isn't 0 counts ten to the power of this. */
  private magnitude: i64 = 0;
  /** From that digit to behind the last one. There may be a point between them. */
  private first: usize = 0;
  private last: usize = 0;

  /** Takes the number between two addresses, which has to stay there. */
  read(at: usize, end: usize): void {
    const isNegative = load<u8>(at) == 0x2d;
    if (isNegative) at++;
    let whole = 0; // digits before the point
    let zeros = 0; // digits before the first that isn't 0
    let isBehindPoint = false;
    this.first = 0;
    for (; at < end; at++) {
      const byte = load<u8>(at);
      if (byte == 0x2e) {
        isBehindPoint = true;
        continue;
      }
      if ((byte | 0x20) == 0x65) break; // e
      if (!isBehindPoint) whole++;
      if (this.first == 0) {
        if (byte == 0x30) zeros++;
        else this.first = at;
      }
    }
    this.last = at;
    this.sign = this.first == 0 ? 0 : isNegative ? -1 : 1;
    this.magnitude = <i64>whole - zeros - 1 + (at < end ? exponent(at + 1, end) : 0);
  }

  /** -1 when this is less than the other number, 0 when equal, 1 when greater. */
  compare(other: Decimal): i32 {
    if (this.sign != other.sign) return this.sign < other.sign ? -1 : 1;
    if (this.sign == 0) return 0;
    if (this.magnitude != other.magnitude) return this.magnitude < other.magnitude ? -this.sign : this.sign;
    let a = this.first;
    let b = other.first;
    while (a < this.last || b < other.last) {
      if (a < this.last && load<u8>(a) == 0x2e) a++;
      if (b < other.last && load<u8>(b) == 0x2e) b++;
      const digit: i32 = a < this.last ? load<u8>(a++) : 0x30;
      const otherDigit: i32 = b < other.last ? load<u8>(b++) : 0x30;
      if (digit != otherDigit) return digit < otherDigit ? -this.sign : this.sign;
    }
    return 0;
  }
}

/** The number behind an `e`; one that is farther from 0 than any number in a document could need is cut off. */
function exponent(at: usize, end: usize): i64 {
  const sign = load<u8>(at);
  if (sign == 0x2d || sign == 0x2b) at++;
  let exponent: i64 = 0;
  for (; at < end; at++) exponent = min(exponent * 10 + (load<u8>(at) - 0x30), 1 << 40);
  return sign == 0x2d ? -exponent : exponent;
}

/** Is this text a number of JSON? */
export function isNumber(at: usize, end: usize): bool {
  if (at < end && load<u8>(at) == 0x2d) at++;
  const whole = at;
  at = skipDigits(at, end);
  if (at == whole || (load<u8>(whole) == 0x30 && at > whole + 1)) return false;
  if (at < end && load<u8>(at) == 0x2e) {
    const fraction = at + 1;
    at = skipDigits(fraction, end);
    if (at == fraction) return false;
  }
  if (at < end && (load<u8>(at) | 0x20) == 0x65) {
    at++;
    if (at < end && (load<u8>(at) == 0x2b || load<u8>(at) == 0x2d)) at++;
    const power = at;
    at = skipDigits(at, end);
    if (at == power) return false;
  }
  return at == end;
}

function skipDigits(at: usize, end: usize): usize {
  while (at < end && <u8>(load<u8>(at) - 0x30) < 10) at++;
  return at;
}
