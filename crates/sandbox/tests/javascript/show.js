// What an expression comes to, in a line: its value, or the name of the error.
function show(expression) {
    const text = (value) => {
        if (typeof value === 'string') return JSON.stringify(value);
        if (typeof value === 'bigint') return `${value}n`;
        if (Object.is(value, -0)) return '-0';
        if (value === null || typeof value !== 'object') return String(value);
        if (value instanceof Map || value instanceof Set) return `${value.constructor.name}${text([...value])}`;
        if (ArrayBuffer.isView(value)) return `${value.constructor.name}${text([...value])}`;
        if (Array.isArray(value)) return `[${Array.from(value, text).join()}]`;
        return `{${Object.keys(value).map((key) => `${key}:${text(value[key])}`).join()}}`;
    };
    try {
        return text(expression());
    } catch (error) {
        return error.name;
    }
}
