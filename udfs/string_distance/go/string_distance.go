// Keeps the documents whose string field is at most max_distance edits (Levenshtein: insert, delete or replace one code
// point) away from target, as ../string_distance.rs does, with a simpler algorithm.
package main

import (
	"unicode/utf8"

	"quidditch"
)

// The parameters. An instance has one set of them for life, so they are read for its first row.
var (
	ready  bool
	field  string
	target []rune
	limit  int
)

// The row's text, and a row of the distance matrix: kept for the next row, so that nothing is allocated for it.
var (
	text  []rune
	cells []int
)

//go:wasmexport filter
func filter(doc quidditch.Document) bool {
	if !ready {
		readParameters()
		ready = true
	}
	if limit < 0 {
		return false
	}
	// A code point takes at most four bytes, so a text with more than this is too long to be near enough.
	bytes, err := doc.BytesUpTo(field, 4*(len(target)+limit))
	if err != nil || !utf8.Valid(bytes) {
		return false
	}
	text = text[:0]
	for len(bytes) > 0 {
		char, size := utf8.DecodeRune(bytes)
		text = append(text, char)
		bytes = bytes[size:]
	}
	return isNear()
}

func readParameters() {
	distance, err := quidditch.ParamInt64("max_distance")
	if err == quidditch.ErrNotFound {
		distance = 2
	} else if err != nil {
		quidditch.Fail("parameter max_distance must be an integer")
	}
	limit = int(min(distance, 1<<30))
	if field, err = quidditch.ParamString("field"); err != nil {
		quidditch.Fail("parameter field must be a string")
	}
	chars, err := quidditch.ParamString("target")
	if err != nil {
		quidditch.Fail("parameter target must be a string")
	}
	target = []rune(chars)
	cells = make([]int, len(target)+1)
}

// isNear computes the distance matrix row by row, a row for each code point of the text and a column for each of the
// target. The distance to the main diagonal is the least a cell can be, so only the cells within limit of it are computed.
func isNear() bool {
	if max(len(text), len(target))-min(len(text), len(target)) > limit {
		return false
	}
	if limit >= max(len(text), len(target)) {
		return true
	}
	far := limit + 1
	for column := range cells {
		cells[column] = min(column, far)
	}
	for above, char := range text {
		row := above + 1
		first, last := max(row-limit, 1), min(row+limit, len(target))
		diagonal, left := cells[first-1], far
		if first == 1 {
			left = min(row, far)
		}
		cells[first-1] = left
		least := left
		for column := first; column <= last; column++ {
			value := min(left, cells[column]) + 1
			if char == target[column-1] {
				value = min(value, diagonal)
			} else {
				value = min(value, diagonal+1)
			}
			diagonal, left = cells[column], value
			cells[column] = value
			least = min(least, value)
		}
		if least > limit {
			return false
		}
	}
	return cells[len(target)] <= limit
}

func main() {} // never called
