/* stub.h - the stub's bytes, as src/stub.S has put them into hull. */
#pragma once

extern const char stub_start[], stub_end[];
