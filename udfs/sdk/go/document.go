package quidditch

import "unsafe"

// Document is the row's document, during one call.
type Document int64

// Has reports whether the path leads anywhere. A JSON null counts as there.
func (doc Document) Has(path string) bool { return hasField(doc, path) != 0 }

// String answers a string field.
func (doc Document) String(path string) (string, error) {
	text, err := doc.Bytes(path)
	return string(text), err
}

// Bytes answers a string field, of any length, in the package's buffer: no allocation, but good until the next answer
// that is a []byte or a string.
func (doc Document) Bytes(path string) ([]byte, error) { return doc.BytesUpTo(path, unlimited) }

// BytesUpTo is Bytes for a string of at most so many bytes. A longer one is [ErrTooLong], and isn't copied: good where a
// long text can't match anyway.
func (doc Document) BytesUpTo(path string, most int) ([]byte, error) {
	return text(most, func(buffer unsafe.Pointer) int32 {
		return getFieldString(doc, path, buffer, &length)
	})
}

// Int64 answers an integer, exactly: a fraction, or a number beyond 64 bits, is [ErrWrongType].
func (doc Document) Int64(path string) (value int64, err error) {
	err = outcome(getFieldInt64(doc, path, &value))
	return
}

// Float64 answers any JSON number that a float64 can hold.
func (doc Document) Float64(path string) (value float64, err error) {
	err = outcome(getFieldFloat64(doc, path, &value))
	return
}

// Bool answers true or false.
func (doc Document) Bool(path string) (bool, error) {
	var value int32
	err := outcome(getFieldBool(doc, path, &value))
	return value != 0, err
}

// JSON answers any value, objects and arrays included, as JSON text in the package's buffer: see [Document.Bytes].
// encoding/json reads it, and makes the module a megabyte larger; mostly a path does as well.
func (doc Document) JSON(path string) ([]byte, error) {
	return text(unlimited, func(buffer unsafe.Pointer) int32 {
		return getFieldJSON(doc, path, buffer, &length)
	})
}

// Len answers the number of an array's elements.
func (doc Document) Len(path string) (int, error) {
	var elements int32
	err := outcome(getArrayLength(doc, path, &elements))
	return int(elements), err
}

// ID answers the document's _id, else its id, as text.
func (doc Document) ID() (string, error) {
	id, err := text(unlimited, func(buffer unsafe.Pointer) int32 {
		return getDocumentID(doc, buffer, &length)
	})
	return string(id), err
}

// Score is the text-search score where the query has one, else 0.
func (doc Document) Score() float64 { return getScore(doc) }
