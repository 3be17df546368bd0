// Writes the second column of javascript.tsv: what the literal in the first, a JSON string, evaluates to in sloppy mode.
// Run with node (20 made the file). To add a literal, add a line with it. "none" stands for lone surrogates.
const fs = require('fs');
const table = `${__dirname}/javascript.tsv`;

function shown(value) {
  if (typeof value === 'bigint') return `int ${value}`;
  if (typeof value === 'number') return `float ${Object.is(value, -0) ? '-0' : value}`;
  if (value === undefined) return 'null';
  if (typeof value === 'string' && !value.isWellFormed()) return 'none';
  return JSON.stringify(value);
}

const literals = fs.readFileSync(table, 'utf8').trimEnd().split('\n').map((line) => line.split('\t')[0]);
fs.writeFileSync(table, literals.map((l) => `${l}\t${shown((0, eval)(`(${JSON.parse(l)})`))}\n`).join(''));
