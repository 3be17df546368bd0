// What clang's -wasm-enable-sjlj calls: https://github.com/WebAssembly/tool-conventions/blob/main/SetjmpLongjmp.md.
struct buffer {
    void *function;
    unsigned label;
    struct {
        void *environment;
        int value;
    } thrown;
};

void __wasm_setjmp(struct buffer *buffer, unsigned label, void *function) {
    buffer->function = function;
    buffer->label = label;
}

unsigned __wasm_setjmp_test(struct buffer *buffer, void *function) {
    return buffer->function == function ? buffer->label : 0;
}

void __wasm_longjmp(struct buffer *buffer, int value) {
    buffer->thrown.environment = buffer;
    buffer->thrown.value = value ? value : 1;
    __builtin_wasm_throw(1, &buffer->thrown); // 1 is the tag __c_longjmp
}

__asm__(".globl __c_longjmp\n.tagtype __c_longjmp i32\n__c_longjmp:\n");
