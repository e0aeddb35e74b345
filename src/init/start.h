/*
 * start.h - how a program begins and how it calls the kernel, on the processors that the
 * stub brings its own libc for. A processor costs a few lines here and one in configure.ac.
 */
#pragma once

#if defined(__x86_64__)

__asm__(".text\n"
	".globl _start\n"
	".type _start, @function\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call stub_begin\n"
	"	hlt\n"
	".globl stub_sigreturn\n"
	"stub_sigreturn:\n"
	"	mov $15, %eax\n"
	"	syscall\n");

static inline long raw_syscall(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
#define STUB_SA_RESTORER 0x04000000

#elif defined(__aarch64__)

__asm__(".text\n"
	".globl _start\n"
	".type _start, %function\n"
	"_start:\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, sp\n"
	"	and sp, x0, #-16\n"
	"	bl stub_begin\n"
	"	brk #1\n"
	".globl stub_sigreturn\n"
	"stub_sigreturn:\n"
	"	mov x8, #139\n"
	"	svc #0\n");

static inline long raw_syscall(long n, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#define STUB_SA_RESTORER 0

#else
#error "configure should have chosen the C library for this processor"
#endif
