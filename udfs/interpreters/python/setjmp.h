// setjmp and longjmp for clang's -wasm-enable-sjlj, which turns both into exceptions of WebAssembly: setjmp.c.
#pragma once
typedef struct {
    void *function;
    unsigned label;
    void *environment;
    int value;
} jmp_buf[1];
__attribute__((returns_twice)) int setjmp(jmp_buf);
_Noreturn void longjmp(jmp_buf, int);
