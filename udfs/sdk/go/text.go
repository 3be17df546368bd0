package quidditch

import (
	"math"
	"unsafe"
)

const unlimited = math.MaxInt32

var (
	// buffer takes every text that the host answers. It grows when one doesn't fit, and is kept for the next.
	buffer = make([]byte, 256)
	// length says how much of the buffer the host may fill, and then how long the text is. A local variable, whose
	// address goes to a function value, would be allocated anew for each text.
	length uint32
)

// text asks the host for a text of at most so many bytes, into the buffer.
func text(most int, ask func(buffer unsafe.Pointer) int32) ([]byte, error) {
	for {
		room := min(len(buffer), max(most, 0))
		length = uint32(room)
		status := ask(unsafe.Pointer(unsafe.SliceData(buffer)))
		switch {
		case status == 0:
			return buffer[:length], nil
		case status != 3 || int(length) <= room:
			return nil, outcome(status)
		case most >= unlimited && int(length) > most:
			// JSON that no instance could hold has a length that no memory has.
			Fail("out of memory: the text does not fit the UDF's memory limit")
		case int(length) > most:
			return nil, ErrTooLong
		}
		// A new one, as nobody needs what is in it.
		buffer = make([]byte, max(int(length), min(2*len(buffer), most)))
	}
}
