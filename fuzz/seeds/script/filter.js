/**
 * Filter
 * @udf name=a version=1.0.0 entry
 * @param {string} x - Text
 * @param {?integer} [y=-2] - Number
 * @returns {boolean} True
 */
const filter = ({x, y = -2, 'z': w = `a\u{41}`, v = 0xffn} = {}) => true;
// @udf: license=MIT
function score(x, y = '\ud83d') { return /[/*]/ }
