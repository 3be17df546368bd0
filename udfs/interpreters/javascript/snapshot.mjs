// Runs the `prepare` of a module and writes the module again with the memory that this left, so that an instance
// starts with everything that doesn't depend on its script.
//
//   node snapshot.mjs IN.wasm OUT.wasm
//
// What runs before the snapshot calls no host function. Of a module's state that leaves the memory, if globals and
// tables are as they were: the only global that changes is the stack pointer, which is back where it began.
import { readFileSync, writeFileSync } from 'node:fs';

const [input, output] = process.argv.slice(2);
const bytes = readFileSync(input);
const section = { import: 2, memory: 5, global: 6, export: 7, data: 11, dataCount: 12 };
const PAGE = 1 << 16;
/// A gap of so many zeros ends a segment: a new one takes some bytes, too.
const GAP = 16;

function leb(number) {
    const encoded = [];
    do {
        encoded.push((number & 0x7f) | (number > 0x7f ? 0x80 : 0));
        number >>>= 7;
    } while (number);
    return encoded;
}

/// A signed one, as `i32.const` takes it.
function sleb(number) {
    const encoded = [];
    for (;;) {
        const low = number & 0x7f;
        number >>= 7;
        if ((number === 0 && !(low & 0x40)) || (number === -1 && low & 0x40)) return [...encoded, low];
        encoded.push(low | 0x80);
    }
}

function* sections() {
    for (let at = 8; at < bytes.length; ) {
        const id = bytes[at++];
        const [length, start] = readLeb(at);
        yield { id, content: bytes.subarray(start, start + length) };
        at = start + length;
    }
}

function readLeb(at, from = bytes) {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
        const byte = from[at++];
        number |= (byte & 0x7f) << shift;
        if (!(byte & 0x80)) return [number >>> 0, at];
    }
}

function run() {
    const module = new WebAssembly.Module(bytes);
    const imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
        (imports[from] ??= {})[name] = () => {
            throw new Error(`${name} was called while preparing`);
        };
    }
    const { exports } = new WebAssembly.Instance(module, imports);
    exports._initialize();
    exports.prepare();
    return new Uint8Array(exports.memory.buffer);
}

/// The parts of the memory that aren't zero, as active data segments.
function dataSection(memory) {
    const segments = [];
    for (let at = 0; at < memory.length; at++) {
        if (!memory[at]) continue;
        let end = at + 1;
        for (let zeros = 0; end + zeros < memory.length && zeros < GAP; ) {
            if (memory[end + zeros]) {
                end += zeros + 1;
                zeros = 0;
            } else zeros++;
        }
        segments.push(Buffer.from([0, 0x41, ...sleb(at), 0x0b, ...leb(end - at)]), memory.subarray(at, end));
        at = end;
    }
    return Buffer.concat([Buffer.from(leb(segments.length / 2)), ...segments]);
}

function memorySection(memory) {
    return Buffer.from([1, 0, ...leb(memory.length / PAGE)]);
}

/// The exports without those that have done their work.
function exportSection(content) {
    let [count, at] = readLeb(0, content);
    const kept = [];
    for (; count; count--) {
        const start = at;
        const [length, name] = readLeb(at, content);
        const text = content.toString('utf8', name, name + length);
        [, at] = readLeb(name + length + 1, content);
        if (text !== '_initialize' && text !== 'prepare') kept.push(content.subarray(start, at));
    }
    return Buffer.concat([Buffer.from(leb(kept.length)), ...kept]);
}

const memory = run();
const parts = [bytes.subarray(0, 8)];
for (let { id, content } of sections()) {
    if (id === section.dataCount) continue;
    if (id === section.memory) content = memorySection(memory);
    if (id === section.export) content = exportSection(content);
    if (id === section.data) content = dataSection(memory);
    parts.push(Buffer.from([id, ...leb(content.length)]), content);
}
writeFileSync(output, Buffer.concat(parts));
