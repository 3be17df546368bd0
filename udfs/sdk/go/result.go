package quidditch

// SetResult sets the result of a UDF that returns a string, and answers what its entry function must return then:
//
//	//go:wasmexport host
//	func host(doc quidditch.Document) int32 { return quidditch.SetResult("www.gnu.org") }
func SetResult(text string) int32 { return setResultString(text) }

// Level says how serious a logged line is.
type Level int32

// The levels.
const (
	Debug Level = iota
	Info
	Warning
	Error
)

// Log logs a line. What is printed with print, fmt or log is logged as well, line by line.
func Log(level Level, message string) { log(level, message) }

// Fail ends the query with an error, after logging why. For what the caller got wrong, not for odd rows.
func Fail(why string) {
	log(Error, why)
	exit(1)
	panic("unreachable")
}
