// Makes javascript.tsv: JavaScript's literals and what they evaluate to in sloppy mode, both as JSON. Run with node
// (20 made the file).
const literals = [
  `''`, `""`, `'"'`, `"it's"`, "`a`", "`a\nb`", "`'\"`", `'é 日本 😀'`, `'a\\\nb'`, "`a\\\nb`", `'\\\u2028x'`,
  `'\\b\\f\\n\\r\\t\\v'`, `'\\'\\"\\\\'`, `'\\q\\d\\.'`, `'\\8\\9'`, `'\\0'`, `'\\0x'`, `'\\08'`, `'\\00'`, `'\\1'`, `'\\12'`, `'\\123'`,
  `'\\377'`, `'\\400'`, `'\\477'`, `'\\1234'`, `'\\x41\\xe9'`, `'\\u00e9'`, `'\\u{1F600}'`, `'\\u{000041}'`, `'\\ud83d\\ude00'`, `'\\ud83d'`,
  `'\\ude00\\ud83d'`, `'\\u{d83d}\\u{de00}'`, "`\\u{41}\\x41\\0`", "`\\``", "`$`", "`$a {b}`", "`\\${a}`", `'\\x4'`, `'\\u12'`, "`\\1`", "`\\8`", `('a')`, `(("a"))`,
  `0`, `1`, `-1`, `+1`, `-0`, `0.5`, `.5`, `5.`, `1e3`, `1E-3`, `1_000.5`, `0xff`, `0XFF`, `0x_f`, `0b101`, `0O17`, `9007199254740993`,
  `-9007199254740993`, `0x20000000000001`, `0xffffffffffffffffffffffff`, `123456789012345678901234567890`, `5e-324`, `1e308`, `1.7976931348623157e308`,
  `0n`, `2n`, `-2n`, `0xffn`, `9223372036854775807n`, `-9223372036854775808n`, `true`, `false`, `null`, `undefined`, `(1)`, `-(1)`,
];
const shown = [];
for (const literal of literals) {
  let value;
  try { value = (0, eval)(`(${literal})`); } catch { continue; }
  const result = typeof value === 'bigint' ? `int ${value}`
    : typeof value === 'number' ? `float ${Object.is(value, -0) ? '-0' : value}`
    : value === undefined ? 'null'
    : typeof value === 'string' && !value.isWellFormed() ? 'none'
    : JSON.stringify(value);
  shown.push(`${JSON.stringify(literal)}\t${result}\n`);
}
require('fs').writeFileSync(`${__dirname}/javascript.tsv`, shown.join(''));
