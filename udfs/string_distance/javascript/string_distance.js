/**
 * Keeps documents whose string field is at most max_distance edits (Levenshtein, by code points) away from a target.
 * The UDF string_distance, in JavaScript.
 *
 * @udf name=string_distance_javascript version=1.0.0 category=text tags=levenshtein,fuzzy,similarity,filter
 *   author="Quidditch contributors" license=PostgreSQL
 * @param {string} field - Path of the string field; documents without it, or where it is no string, are excluded
 * @param {string} target - The text to compare with
 * @param {integer} [max_distance=2] - The most insertions, deletions and replacements; negative excludes everything
 * @returns {boolean} Whether the distance is at most max_distance
 */
function filter(field, target, max_distance) {
  const text = udf.getFieldString(field);
  if (text === null || max_distance < 0) return false;
  return within([...text], [...target], max_distance);
}

/** Whether two lists are at most limit edits apart: row by row of the table of distances between their beginnings,
 * computing only the cells within limit of its diagonal. */
function within(a, b, limit) {
  if (a.length > b.length) [a, b] = [b, a];
  if (b.length - a.length > limit) return false;
  // What both begin with needs no edit.
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  if (start > 0) [a, b] = [a.slice(start), b.slice(start)];
  const width = a.length, height = b.length;
  if (width === 0) return true;
  limit = Math.min(limit, height);
  const far = limit + 1, row = [];
  for (let j = 0; j <= width; j++) row.push(j < far ? j : far);
  for (let i = 1; i <= height; i++) {
    const character = b[i - 1];
    const first = i > limit ? i - limit : 1, last = i + limit < width ? i + limit : width;
    let diagonal = row[first - 1], left = first === 1 ? i : far, least = far;
    row[first - 1] = left;
    // The cell above the band's last one is as far as it was in the beginning.
    for (let j = first; j <= last; j++) {
      const above = row[j];
      let value = diagonal;
      if (a[j - 1] !== character) {
        if (left < value) value = left;
        if (above < value) value = above;
        value++;
      }
      diagonal = above;
      row[j] = left = value;
      if (value < least) least = value;
    }
    if (least > limit) return false;
  }
  return row[width] <= limit;
}
