// Floats to text and back: float.c. Included by patched files of MicroPython.
#pragma once

// The longest are 1.8e308 with 100 digits behind the point.
#define FLOAT_TEXT 420

// The shortest text that reads as the same number; room for 32 bytes.
void float_repr(double number, char *buffer);
// Reads digits, with underscores among them, to the nearest number.
double float_parse(const char *text, const char *end);
