/*
 * libc.c - the few functions of a C library that INIT's side uses.
 *
 * The headers are the system's; only what is linked differs. A function that is missing here is
 * an error of the linker, and is added here or, better, not used. No memory is allocated,
 * no locale, no thread, no buffer: each call is one system call or a loop.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init/start.h"

int main(int argc, char **argv);
void stub_begin(long *stack) __attribute__((noreturn, used));
void stub_sigreturn(void);

static int errno_value;

int *__errno_location(void)
{
	return &errno_value;
}

void _exit(int status)
{
	for (;;)
		raw_syscall(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

/* The kernel leaves argc, argv, environment on the stack (elf(5)). */
void stub_begin(long *stack)
{
	_exit(main((int)stack[0], (char **)(stack + 1)));
}

/* <sys/sysmacros.h> has it inline only where the compiler optimises: 12 + 20 bits, split up. */
unsigned long gnu_dev_makedev(unsigned major, unsigned minor);

unsigned long gnu_dev_makedev(unsigned major, unsigned minor)
{
	return (major & 0xffffful << 12) << 32 | (major & 0xffful) << 8 |
	       (minor & 0xffffful << 8) << 12 | (minor & 0xff);
}

static long result(long r)
{
	if (r < 0 && r > -4096) {
		errno_value = (int)-r;
		return -1;
	}
	return r;
}

#define CALL(n, a, b, c, d, e, f)                                                                  \
	result(raw_syscall(SYS_##n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e),         \
			   (long)(f)))

long syscall(long n, ...)
{
	long a[6];
	va_list ap;

	va_start(ap, n);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	return result(raw_syscall(n, a[0], a[1], a[2], a[3], a[4], a[5]));
}

/* Memory and strings. The compiler calls the first four by itself. */

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	char *t = to;
	const char *f = from;

	while (n--)
		*t++ = *f++;
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	char *t = to;
	const char *f = from;

	if (t < f)
		return memcpy(to, from, n);
	while (n--)
		t[n] = f[n];
	return to;
}

void *memset(void *p, int c, size_t n)
{
	char *t = p;

	while (n--)
		*t++ = (char)c;
	return p;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *found = NULL;

	for (;; s++) {
		if (*s == (char)c)
			found = s;
		if (!*s)
			return (char *)found;
	}
}

size_t strcspn(const char *s, const char *stop)
{
	size_t n = 0;

	while (s[n] && !strchr(stop, s[n]))
		n++;
	return n;
}

char *strncpy(char *restrict to, const char *restrict from, size_t n)
{
	size_t i = 0;

	for (; i < n && from[i]; i++)
		to[i] = from[i];
	for (; i < n; i++)
		to[i] = '\0';
	return to;
}

/* hull has the words: an error goes there as a number. These are for INIT's own few sentences. */
char *strerror(int num)
{
	static char text[24];

	switch (num) {
	case EPERM:
		return "operation not permitted";
	case ENOENT:
		return "no such file or directory";
	case EACCES:
		return "permission denied";
	case ENOEXEC:
		return "exec format error";
	case ENOMEM:
		return "cannot allocate memory";
	case E2BIG:
		return "argument list too long";
	case ELOOP:
		return "too many levels of symbolic links";
	case ENAMETOOLONG:
		return "file name too long";
	case ETXTBSY:
		return "text file busy";
	default:
		snprintf(text, sizeof(text), "errno %d", num);
		return text;
	}
}

char *strsignal(int sig)
{
	(void)sig;
	return "";
}

/* printf: %s %.*s %d %i %u %x %o %c %% with l, ll, z, a width and 0: what INIT's side formats. */

struct out {
	char *buf;
	size_t size, len;
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_number(struct out *o, unsigned long long value, unsigned base, bool negative,
		       int width, char pad)
{
	char digits[32];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (negative)
		digits[n++] = '-';
	for (; width > n; width--)
		put(o, pad);
	while (n > 0)
		put(o, digits[--n]);
}

static long long get_signed(va_list *ap, int longs)
{
	return longs >= 2   ? va_arg(*ap, long long)
	       : longs == 1 ? va_arg(*ap, long)
			    : va_arg(*ap, int);
}

static unsigned long long get_unsigned(va_list *ap, int longs)
{
	return longs >= 2   ? va_arg(*ap, unsigned long long)
	       : longs == 1 ? va_arg(*ap, unsigned long)
			    : va_arg(*ap, unsigned);
}

static void put_string(struct out *o, const char *s, int max)
{
	for (int i = 0; s && s[i] && (max < 0 || i < max); i++)
		put(o, s[i]);
}

/* One directive behind the '%'. Returns where the text goes on. */
static const char *directive(struct out *o, const char *f, va_list *ap)
{
	int width = 0, precision = -1, longs = 0;
	char pad = ' ';
	long long value;

	if (*f == '0')
		pad = *f++;
	for (; *f >= '0' && *f <= '9'; f++)
		width = width * 10 + *f - '0';
	if (*f == '.' && f[1] == '*') {
		precision = va_arg(*ap, int);
		f += 2;
	} else if (*f == '.') {
		for (precision = 0, f++; *f >= '0' && *f <= '9'; f++)
			precision = precision * 10 + *f - '0';
	}
	for (; *f == 'l' || *f == 'z'; f++)
		longs++;
	switch (*f) {
	case 's':
		put_string(o, va_arg(*ap, const char *), precision);
		break;
	case 'd':
	case 'i':
		value = get_signed(ap, longs);
		put_number(o,
			   value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value,
			   10, value < 0, width, pad);
		break;
	case 'u':
		put_number(o, get_unsigned(ap, longs), 10, false, width, pad);
		break;
	case 'x':
		put_number(o, get_unsigned(ap, longs), 16, false, width, pad);
		break;
	case 'o':
		put_number(o, get_unsigned(ap, longs), 8, false, width, pad);
		break;
	case 'c':
		put(o, (char)va_arg(*ap, int));
		break;
	default:
		put(o, *f);
	}
	return f + 1;
}

int vsnprintf(char *restrict buf, size_t size, const char *restrict f, va_list given)
{
	struct out o = {buf, size, 0};
	va_list ap;

	va_copy(ap, given);
	while (*f) {
		if (*f == '%')
			f = directive(&o, f + 1, &ap);
		else
			put(&o, *f++);
	}
	va_end(ap);
	if (size)
		buf[o.len < size ? o.len : size - 1] = '\0';
	return (int)o.len;
}

int snprintf(char *restrict buf, size_t size, const char *restrict f, ...)
{
	va_list ap;
	int n;

	va_start(ap, f);
	n = vsnprintf(buf, size, f, ap);
	va_end(ap);
	return n;
}

/* assert(3): the file and line are worth nothing to a user; that it ended here is seen. */
void __assert_fail(const char *what, const char *file, unsigned line, const char *function)
{
	(void)what;
	(void)file;
	(void)line;
	(void)function;
	_exit(126);
}

/* System calls. */

int openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	return (int)CALL(openat, dir, path, flags, mode, 0, 0);
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	return (int)CALL(openat, AT_FDCWD, path, flags, mode, 0, 0);
}

int fcntl(int fd, int cmd, ...)
{
	va_list ap;
	long arg;

	va_start(ap, cmd);
	arg = va_arg(ap, long);
	va_end(ap);
	return (int)CALL(fcntl, fd, cmd, arg, 0, 0, 0);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	long arg;

	va_start(ap, request);
	arg = va_arg(ap, long);
	va_end(ap);
	return (int)CALL(ioctl, fd, request, arg, 0, 0, 0);
}

int prctl(int option, ...)
{
	va_list ap;
	long a[4];

	va_start(ap, option);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	return (int)CALL(prctl, option, a[0], a[1], a[2], a[3], 0);
}

#define WRAP(type, name, params, n, a, b, c, d, e, f)                                              \
	type name params                                                                           \
	{                                                                                          \
		return (type)CALL(n, a, b, c, d, e, f);                                            \
	}

WRAP(int, close, (int fd), close, fd, 0, 0, 0, 0, 0)
WRAP(ssize_t, read, (int fd, void *p, size_t n), read, fd, p, n, 0, 0, 0)
WRAP(ssize_t, write, (int fd, const void *p, size_t n), write, fd, p, n, 0, 0, 0)
WRAP(off_t, lseek, (int fd, off_t at, int whence), lseek, fd, at, whence, 0, 0, 0)
WRAP(int, pipe2, (int fds[2], int flags), pipe2, fds, flags, 0, 0, 0, 0)
WRAP(int, fstat, (int fd, struct stat *st), fstat, fd, st, 0, 0, 0, 0)
WRAP(int, fstatat, (int dir, const char *restrict p, struct stat *restrict st, int flags),
     newfstatat, dir, p, st, flags, 0, 0)
WRAP(int, fstatfs, (int fd, struct statfs *fs), fstatfs, fd, fs, 0, 0, 0, 0)
WRAP(int, mkdirat, (int dir, const char *p, mode_t mode), mkdirat, dir, p, mode, 0, 0, 0)
WRAP(int, mknodat, (int dir, const char *p, mode_t mode, dev_t dev), mknodat, dir, p, mode, dev, 0,
     0)
WRAP(int, symlinkat, (const char *to, int dir, const char *p), symlinkat, to, dir, p, 0, 0, 0)
WRAP(ssize_t, readlinkat, (int dir, const char *restrict p, char *restrict buf, size_t n),
     readlinkat, dir, p, buf, n, 0, 0)
WRAP(int, fchownat, (int dir, const char *p, uid_t u, gid_t g, int flags), fchownat, dir, p, u, g,
     flags, 0)
WRAP(int, fchown, (int fd, uid_t u, gid_t g), fchown, fd, u, g, 0, 0, 0)
WRAP(int, fchmod, (int fd, mode_t mode), fchmod, fd, mode, 0, 0, 0, 0)
WRAP(int, futimens, (int fd, const struct timespec t[2]), utimensat, fd, NULL, t, 0, 0, 0)
WRAP(int, unlinkat, (int dir, const char *p, int flags), unlinkat, dir, p, flags, 0, 0, 0)
WRAP(ssize_t, sendfile, (int out, int in, off_t *at, size_t n), sendfile, out, in, at, n, 0, 0)
WRAP(int, chdir, (const char *p), chdir, p, 0, 0, 0, 0, 0)
WRAP(int, fchdir, (int fd), fchdir, fd, 0, 0, 0, 0, 0)
WRAP(int, chroot, (const char *p), chroot, p, 0, 0, 0, 0, 0)
WRAP(int, umount2, (const char *p, int flags), umount2, p, flags, 0, 0, 0, 0)
WRAP(mode_t, umask, (mode_t mode), umask, mode, 0, 0, 0, 0, 0)
WRAP(int, dup2, (int from, int to), dup3, from, to, 0, 0, 0, 0)
WRAP(int, dup3, (int from, int to, int flags), dup3, from, to, flags, 0, 0, 0)
WRAP(int, setns, (int fd, int type), setns, fd, type, 0, 0, 0, 0)
WRAP(int, unshare, (int flags), unshare, flags, 0, 0, 0, 0, 0)
WRAP(pid_t, getpid, (void), getpid, 0, 0, 0, 0, 0, 0)
WRAP(pid_t, setsid, (void), setsid, 0, 0, 0, 0, 0, 0)
WRAP(int, kill, (pid_t pid, int sig), kill, pid, sig, 0, 0, 0, 0)
WRAP(pid_t, fork, (void), clone, SIGCHLD, 0, 0, 0, 0, 0)
WRAP(int, waitid, (idtype_t type, id_t id, siginfo_t *info, int options), waitid, type, id, info,
     options, NULL, 0)
WRAP(int, execve, (const char *p, char *const *argv, char *const *envp), execve, p, argv, envp, 0,
     0, 0)
WRAP(int, setresuid, (uid_t r, uid_t e, uid_t s), setresuid, r, e, s, 0, 0, 0)
WRAP(int, setresgid, (gid_t r, gid_t e, gid_t s), setresgid, r, e, s, 0, 0, 0)
WRAP(int, getresuid, (uid_t * r, uid_t *e, uid_t *s), getresuid, r, e, s, 0, 0, 0)
WRAP(int, getresgid, (gid_t * r, gid_t *e, gid_t *s), getresgid, r, e, s, 0, 0, 0)
WRAP(int, getgroups, (int n, gid_t *list), getgroups, n, list, 0, 0, 0, 0)
WRAP(int, sethostname, (const char *p, size_t n), sethostname, p, n, 0, 0, 0, 0)
WRAP(int, setdomainname, (const char *p, size_t n), setdomainname, p, n, 0, 0, 0, 0)
WRAP(int, memfd_create, (const char *p, unsigned flags), memfd_create, p, flags, 0, 0, 0, 0)
WRAP(int, ftruncate, (int fd, off_t n), ftruncate, fd, n, 0, 0, 0, 0)
WRAP(int, mprotect, (void *p, size_t n, int prot), mprotect, p, n, prot, 0, 0, 0)
WRAP(int, munmap, (void *p, size_t n), munmap, p, n, 0, 0, 0, 0)
WRAP(int, socket, (int domain, int type, int protocol), socket, domain, type, protocol, 0, 0, 0)
WRAP(int, accept4, (int fd, struct sockaddr *restrict a, socklen_t *restrict n, int flags), accept4,
     fd, a, n, flags, 0, 0)
WRAP(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), sendmsg, fd, m, flags, 0, 0, 0)
WRAP(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags), recvmsg, fd, m, flags, 0, 0, 0)

void *mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset)
{
	return (void *)CALL(mmap, at, n, prot, flags, fd, offset);
}

int poll(struct pollfd *p, nfds_t n, int ms)
{
	struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

	return (int)CALL(ppoll, p, n, ms < 0 ? NULL : &t, NULL, 0, 0);
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
	return (int)CALL(clock_gettime, clock, t, 0, 0, 0, 0);
}

/* The kernel's idea of it, which the C library's is not. */
struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

int sigaction(int sig, const struct sigaction *restrict new, struct sigaction *restrict old)
{
	struct kernel_sigaction k = {.handler = new->sa_handler,
				     .flags = (unsigned long)new->sa_flags | STUB_SA_RESTORER,
				     .restorer = stub_sigreturn};

	(void)old;
	return (int)CALL(rt_sigaction, sig, &k, NULL, sizeof(k.mask), 0, 0);
}

int sigemptyset(sigset_t *set)
{
	memset(set, 0, sizeof(*set));
	return 0;
}

int sigfillset(sigset_t *set)
{
	memset(set, 0xff, sizeof(*set));
	return 0;
}

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
	(void)old;
	return (int)CALL(rt_sigprocmask, how, set, NULL, sizeof(uint64_t), 0, 0);
}
