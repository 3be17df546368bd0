// Multiplies a numeric field by a boost, as ../custom_score.wat does. The parameters boost and min_score are arguments of
// the two exported functions; score_field is a string, so it is asked for.
package main

import "quidditch"

// A path is no longer than this.
const longest = 1024

// The path of the field. An instance has one set of parameters for life, so it is asked for once.
var path string

func scoreField() string {
	if path == "" {
		field, err := quidditch.ParamString("score_field")
		if err != nil {
			quidditch.Fail("score_field must be a string")
		}
		if len(field) > longest {
			panic("score_field is too long")
		}
		path = field
	}
	return path
}

// filter keeps a document whose product is at least minScore. One without the field, or where it is no number, is
// excluded, whatever minScore is.
//
//go:wasmexport filter
func filter(doc quidditch.Document, boost, minScore float64) bool {
	score, err := doc.Float64(scoreField())
	return err == nil && score*boost >= minScore
}

// score is the product itself; 0 for a document without the field.
//
//go:wasmexport score
func score(doc quidditch.Document, boost, _ float64) float64 {
	score, err := doc.Float64(scoreField())
	if err != nil {
		return 0
	}
	return score * boost
}

func main() {} // never called
