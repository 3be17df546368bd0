// Floats to text and back, exactly: the C library's conversions in the place of MicroPython's own, which are a few
// digits off. Installed as py/formatfloat.c.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "float.h"
#include "py/formatfloat.h"
#include "py/runtime.h"

void float_repr(double number, char *buffer) {
    if (number != number || number - number != 0) {
        strcpy(buffer, number != number ? "nan" : number < 0 ? "-inf" : "inf");
        return;
    }
    char scientific[32]; // -d.ddde-ddd
    // Fifteen digits come back whatever they are, if the number is a normal one; seventeen distinguish all.
    double size = number < 0 ? -number : number;
    for (int digits = size < 1e-300 ? 1 : 15; digits <= 17; digits++) {
        snprintf(scientific, sizeof scientific, "%.*e", digits - 1, number);
        if (strtod(scientific, NULL) == number) {
            break;
        }
    }
    char digits[20];
    int count = 0;
    const char *c = scientific;
    if (*c == '-') {
        *buffer++ = *c++;
    }
    for (; *c != 'e'; c++) {
        if (*c != '.') {
            digits[count++] = *c;
        }
    }
    int exponent = atoi(c + 1);
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    if (exponent < -4 || exponent >= 16) {
        *buffer++ = digits[0];
        if (count > 1) {
            *buffer++ = '.';
            memcpy(buffer, digits + 1, count - 1);
            buffer += count - 1;
        }
        snprintf(buffer, 6, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
    for (int place = exponent < 0 ? exponent : 0; place < count || place <= exponent + 1; place++) {
        if (place == exponent + 1) {
            *buffer++ = '.';
            if (place >= count) {
                *buffer++ = '0';
            }
        }
        if (place < count || place <= exponent) {
            *buffer++ = place < 0 ? '0' : place < count ? digits[place] : '0';
        }
    }
    *buffer = 0;
}

double float_parse(const char *text, const char *end) {
    char near[64];
    char *copy = end - text < (ptrdiff_t)sizeof near ? near : m_new(char, end - text + 1);
    char *to = copy;
    for (; text < end; text++) {
        if (*text != '_') {
            *to++ = *text;
        }
    }
    *to = 0;
    return strtod(copy, NULL);
}

int mp_format_float(double number, char *buffer, size_t size, char format, int precision, char sign) {
    char with_sign[] = { '%', sign, '.', '*', format, 0 };
    char without[] = { '%', '.', '*', format, 0 };
    int length = snprintf(buffer, size, sign ? with_sign : without, precision < 0 ? 6 : precision, number);
    if (length >= (int)size) {
        mp_raise_ValueError(MP_ERROR_TEXT("too many digits"));
    }
    return length;
}
