// Tests the package quidditch: each function answers what a getter of strings gave. path says which field; the parameter
// that parameter answers is called text. The suite sdk of pg_test/regress calls them.
package main

import "quidditch"

// answered makes what a getter gave the result, or why there was nothing: both are strings.
func answered(text string, err error) int32 {
	if err != nil {
		text = "(" + err.Error() + ")"
	}
	return quidditch.SetResult(text)
}

func path() string {
	path, err := quidditch.ParamString("path")
	if err == quidditch.ErrWrongType {
		quidditch.Fail("parameter path must be a string")
	}
	return path
}

//go:wasmexport field
func field(doc quidditch.Document) int32 { return answered(doc.String(path())) }

//go:wasmexport json
func json(doc quidditch.Document) int32 {
	text, err := doc.JSON(path())
	return answered(string(text), err)
}

//go:wasmexport id
func id(doc quidditch.Document) int32 { return answered(doc.ID()) }

//go:wasmexport parameter
func parameter(quidditch.Document) int32 { return answered(quidditch.ParamString("text")) }

// fixed answers the length of a field that fits 16 bytes, the negated length of one that doesn't.
//
//go:wasmexport fixed
func fixed(doc quidditch.Document) int64 {
	short, err := doc.BytesUpTo(path(), 16)
	if err == nil {
		return int64(len(short))
	}
	long, otherwise := doc.Bytes(path())
	if err != quidditch.ErrTooLong || otherwise != nil {
		quidditch.Fail("no such string")
	}
	return -int64(len(long))
}

func main() {} // never called
