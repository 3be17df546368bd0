// Writes what Node makes of the expressions in node.txt below each of them: `node node.mjs` (Node 20).
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('node.txt', import.meta.url);
const show = new Function(readFileSync(new URL('show.js', import.meta.url), 'utf8') + '\nreturn show;')();
const expressions = readFileSync(file, 'utf8').split('\n').filter((line) => line.startsWith('> '));
writeFileSync(file, expressions.map((line) => `${line}\n${show(new Function(`return (${line.slice(2)});`))}\n`).join(''));
