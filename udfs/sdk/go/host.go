package quidditch

import "unsafe"

// The imports as the host defines them: status 0 success, 1 not found, 2 wrong type, 3 buffer too small. A getter of
// text reads the buffer's capacity from length and writes the text's true length there, also with status 3. A string is
// an address and a length to the host. None of these keeps a pointer.

//go:wasmimport env has_field
//go:noescape
func hasField(doc Document, path string) int32

//go:wasmimport env get_field_string
//go:noescape
func getFieldString(doc Document, path string, buffer unsafe.Pointer, length *uint32) int32

//go:wasmimport env get_field_i64
//go:noescape
func getFieldInt64(doc Document, path string, out *int64) int32

//go:wasmimport env get_field_f64
//go:noescape
func getFieldFloat64(doc Document, path string, out *float64) int32

//go:wasmimport env get_field_bool
//go:noescape
func getFieldBool(doc Document, path string, out *int32) int32

//go:wasmimport env get_field_json
//go:noescape
func getFieldJSON(doc Document, path string, buffer unsafe.Pointer, length *uint32) int32

//go:wasmimport env get_array_length
//go:noescape
func getArrayLength(doc Document, path string, out *int32) int32

//go:wasmimport env get_param_string
//go:noescape
func getParamString(name string, buffer unsafe.Pointer, length *uint32) int32

//go:wasmimport env get_param_i64
//go:noescape
func getParamInt64(name string, out *int64) int32

//go:wasmimport env get_param_f64
//go:noescape
func getParamFloat64(name string, out *float64) int32

//go:wasmimport env get_param_bool
//go:noescape
func getParamBool(name string, out *int32) int32

//go:wasmimport env get_document_id
//go:noescape
func getDocumentID(doc Document, buffer unsafe.Pointer, length *uint32) int32

//go:wasmimport env get_score
//go:noescape
func getScore(doc Document) float64

//go:wasmimport env set_result_string
//go:noescape
func setResultString(text string) int32

//go:wasmimport env log
//go:noescape
func log(level Level, message string)

//go:wasmimport wasi_snapshot_preview1 proc_exit
//go:noescape
func exit(code int32)
