/*
 * clone3.h - clone3(2) as vfork(2): the child shares our memory, on a stack of its own, until
 * it has called execve(2), and we wait. The C library has clone(), whose flags have no room for
 * CLONE_INTO_CGROUP, and keeps its clone3() to itself.
 */
#pragma once

#include <errno.h>
#include <linux/sched.h>
#include <stdint.h>
#include <sys/syscall.h>

/*
 * fn(arg) is what the child does; what it returns is its exit status. args->flags needs CLONE_VM
 * and CLONE_VFORK, args->stack and stack_size a stack. Returns the pid, or -1 and errno.
 */
static inline long clone3_vfork(struct clone_args *args, int (*fn)(void *arg), void *arg)
{
#if defined(__x86_64__)
	register int (*r8)(void *) __asm__("r8") = fn;
	register void *r9 __asm__("r9") = arg;
	long ret = SYS_clone3;

	__asm__ volatile("syscall\n"
			 "	test %%rax, %%rax\n"
			 "	jnz 1f\n"
			 "	xor %%ebp, %%ebp\n"
			 "	mov %%r9, %%rdi\n"
			 "	call *%%r8\n"
			 "	mov %%eax, %%edi\n"
			 "	mov %[exit], %%eax\n"
			 "	syscall\n"
			 "	hlt\n"
			 "1:"
			 : "+a"(ret)
			 : "D"(args), "S"(sizeof(*args)), "r"(r8),
			   "r"(r9), [exit] "i"(SYS_exit_group)
			 : "rcx", "r11", "memory", "cc");
#elif defined(__aarch64__)
	register long x0 __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = sizeof(*args);
	register long x8 __asm__("x8") = SYS_clone3;
	register int (*x10)(void *) __asm__("x10") = fn;
	register void *x11 __asm__("x11") = arg;
	long ret;

	__asm__ volatile("svc #0\n"
			 "	cbnz x0, 1f\n"
			 "	mov x29, #0\n"
			 "	mov x0, x11\n"
			 "	blr x10\n"
			 "	mov x8, %[exit]\n"
			 "	svc #0\n"
			 "	brk #1\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x1), "r"(x8), "r"(x10), "r"(x11), [exit] "i"(SYS_exit_group)
			 : "x30", "memory", "cc");
	ret = x0;
#else
	long ret = -ENOSYS;

	(void)args;
	(void)fn;
	(void)arg;
#endif
	if (ret < 0) {
		errno = (int)-ret;
		return -1;
	}
	return ret;
}
