// Package quidditch is for writing Quidditch UDFs in Go. It needs Go 1.24 and nothing else.
//
// A UDF is a WebAssembly module. PostgreSQL calls one exported function per row and hands it a [Document], a number that
// names the row's document. The document stays on the host's side: the function asks for the fields it needs, by path,
// and each answer is copied into the module's own memory.
//
//	package main
//
//	import "quidditch"
//
//	//go:wasmexport filter
//	func filter(doc quidditch.Document) bool {
//		price, err := doc.Float64("price")
//		return err == nil && price < 100
//	}
//
//	func main() {} // never called
//
// go.mod says where this package lies, so that no network is needed:
//
//	module price_below
//	go 1.24
//	require quidditch v0.0.0
//	replace quidditch => ../sdk/go
//
// compile.sh, which lies beside this file, builds it. What it runs is
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -buildvcs=false -ldflags='-s -w' -o price_below.wasm .
//
// # Rules
//
//   - An entry function is exported with //go:wasmexport. It takes a Document and answers bool or int32 (false and 0
//     exclude the row), or an int64, float32 or float64, which is a value or a score. Parameters that are numbers or
//     bools may be further arguments. For a string result, return [SetResult].
//   - A Document is good during this one call only. A kept one finds nothing.
//   - Paths: a.b descends objects, a[0].b indexes arrays (a[-1] is the last), a["k.with.dots"] quotes a key. An array met
//     without an index is not searched: [ErrWrongType].
//   - Getters answer (value, error), because there are three outcomes: a value, no such thing ([ErrNotFound]) and
//     another type ([ErrWrongType]). For a field mostly only err == nil matters; a parameter of the wrong type had better
//     end the query with [Fail]. The errors are always these variables themselves, so == compares them.
//   - What answers a []byte answers the package's own buffer: good until the next such answer. A string is a copy, and
//     the caller's for good; it costs an allocation.
//   - Package variables live from row to row within one statement and never longer.
//   - A panic ends the query with an error that shows the panic's message and where it was; [Fail] shows the reason alone.
//   - There are no files, network, clock or randomness. Goroutines work. One that sleeps is woken at once.
package quidditch

import "errors"

// Why a getter has no value.
var (
	// ErrNotFound: there is no such field or parameter.
	ErrNotFound = errors.New("not found")
	// ErrWrongType: it is there with another type. JSON null has no type but null.
	ErrWrongType = errors.New("wrong type")
	// ErrTooLong: the text has more bytes than the caller wants. Only [Document.BytesUpTo] answers it.
	ErrTooLong = errors.New("too long")
)

// outcome is the error for a status of the host.
func outcome(status int32) error {
	switch status {
	case 0:
		return nil
	case 1:
		return ErrNotFound
	case 2:
		return ErrWrongType
	}
	// A text that outgrew the buffer is asked for again, so what is left are bad addresses.
	panic("quidditch: the host refused an address")
}
