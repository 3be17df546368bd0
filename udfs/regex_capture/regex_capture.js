/**
 * Keeps documents in whose text field a regular expression matches and captures something, or captures just what is
 * expected.
 *
 * @udf name=regex_capture version=1.0.0 category=text tags=regex,capture
 *   author="Quidditch contributors" license=PostgreSQL
 * @param {string} pattern - A regular expression of JavaScript
 * @param {string} [expected] - What the group has to capture; without it, anything but nothing
 * @param {integer} [group=1] - Which group; 0 is the whole match
 * @param {string} [field=title] - Path of the text field; documents without it, or where it is no string, are excluded
 * @param {string} [flags=u] - Flags of the regular expression, such as iu
 * @returns {boolean} Whether the group captured it
 */
function filter({pattern, expected, group, field, flags}) {
  const text = udf.getFieldString(field);
  if (text == null) return false;
  const match = text.match(compiled(pattern, flags));
  if (match === null) return false;
  if (!(group in match)) throw new RangeError(`the pattern has no group ${group}`);
  const captured = match[group];
  return expected === undefined ? Boolean(captured) : captured === expected;
}

// The regular expression of the row before, as it is mostly the same.
let last;

function compiled(pattern, flags) {
  if (last === undefined || last.pattern !== pattern || last.flags !== flags) {
    // A match of all occurrences would have no groups.
    if (/[gy]/.test(flags)) throw new SyntaxError("the flags g and y have no meaning here");
    last = {pattern, flags, expression: new RegExp(pattern, flags)};
  }
  return last.expression;
}
