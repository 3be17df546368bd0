/* QuickJS's dtoa.c includes this and uses nothing of it; wasi-libc has none. */
