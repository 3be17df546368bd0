// Walks through `doc` and through the same document as an object, `text` parsed, and compares what each step finds.
// Which steps, `seed` says. jsonb has an order of keys of its own, so that counts for nothing.
function filter({ text, seed }) {
    let state = seed;
    const below = (bound) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 2 ** 32) * bound);
    };
    const sorted = (_, value) =>
        value && typeof value === 'object' && !Array.isArray(value)
            ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, value[key]]))
            : value;
    const shown = (value) => (value === undefined ? 'undefined' : JSON.stringify(value, sorted));
    const keys = (value) => Object.keys(value).sort();
    const steps = [
        (value) => Array.isArray(value),
        (value) => value.length,
        (value) => keys(value),
        (value) => shown(value),
        (value) => { const found = []; for (const key in value) found.push(key); return found.sort(); },
        (value) => shown(Array.isArray(value) ? [...value] : { ...value }),
        (value) => Array.isArray(value) && value.map(shown),
        (value) => Array.isArray(value) && shown(value.at(-1)),
        (value) => Array.isArray(value) && shown(value.concat(value).slice(1)),
        (value) => Object.prototype.toString.call(value),
        (value) => keys(Object.getOwnPropertyDescriptors(value)),
        (value) => (Array.isArray(value) ? value.includes('a') : 'a' in value),
    ];
    const pairs = [[doc, JSON.parse(text)]];
    for (let step = 0; step < 60; step++) {
        const [ours, plain] = pairs[below(pairs.length)];
        const all = [...keys(plain), 'missing', '0', '7', 'length', '-1', 'toString', ''];
        const key = all[below(all.length)];
        const compared = below(3) ? [ours[key], plain[key]] : [0, 1].map(((run) => (i) => run([ours, plain][i]))(steps[below(steps.length)]));
        const has = [key in ours, key in plain, Object.hasOwn(ours, key), Object.hasOwn(plain, key)];
        if (has[0] !== has[1] || has[2] !== has[3]) return `${step}: ${key} in ${shown(plain)}: ${has}`;
        const [a, b] = compared;
        if (typeof b === 'function') continue;
        if (b && typeof b === 'object' && plain[key] === b) pairs.push([a, b]);
        if (ours[key] !== ours[key]) return `${step}: ${key} is another one each time`;
        else if (below(4) && !(b && typeof b === 'object')) {
            if (a !== b) return `${step}: ${key}: ${shown(a)} instead of ${shown(b)}`;
        } else if (shown(a) !== shown(b)) return `${step}: ${key}: ${shown(a)} instead of ${shown(b)}`;
    }
    return 'same';
}
