package quidditch

import "unsafe"

// Parameters are what the query passed, or the defaults of the UDF's metadata. int64 and float64 convert when that is
// exact. Numbers and bools may as well be arguments of the entry function, which costs nothing.

// ParamString answers a string parameter.
func ParamString(name string) (string, error) {
	value, err := text(unlimited, func(buffer unsafe.Pointer) int32 {
		return getParamString(name, buffer, &length)
	})
	return string(value), err
}

// ParamInt64 answers an integer parameter.
func ParamInt64(name string) (value int64, err error) {
	err = outcome(getParamInt64(name, &value))
	return
}

// ParamFloat64 answers a number parameter.
func ParamFloat64(name string) (value float64, err error) {
	err = outcome(getParamFloat64(name, &value))
	return
}

// ParamBool answers a bool parameter.
func ParamBool(name string) (bool, error) {
	var value int32
	err := outcome(getParamBool(name, &value))
	return value != 0, err
}
