#pragma once
#include <stddef.h>
#include <stdint.h>

// The entry point of libFuzzer (compiler-rt, FuzzerInterface.h): mutates inputs, follows the coverage, and ends the process.
int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*one)(const uint8_t *bytes, size_t count));
