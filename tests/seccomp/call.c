/*
 * call [-i | -x] NUMBER [ARG...] - makes one system call and says what came of it.
 *
 * Prints "= RESULT" or "! ERRNO". An ARG is a number, "" for a NULL pointer, or a text, a
 * pointer to which is passed. -i: as a 32-bit program would, int 0x80; -x: as x32.
 * Several calls may be given, with "--" between them. Linked statically and not
 * position-independent, so that a pointer fits 32 bits.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char texts[4096];
static size_t used;

static long value(const char *arg)
{
	char *end, *text;
	long n = strtol(arg, &end, 0);

	if (*end == '\0')
		return n; /* "" is 0 */
	text = texts + used;
	used += strlen(arg) + 1;
	if (used > sizeof(texts))
		exit(2);
	memcpy(text, arg, strlen(arg) + 1);
	return (long)text;
}

static long call(char mode, long nr, const long *a)
{
	long r;

#if defined(__x86_64__)
	if (mode == 'i') {
		int r32;

		__asm__ volatile("push %%rbp\n\tint $0x80\n\tpop %%rbp"
				 : "=a"(r32)
				 : "a"(nr), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
				 : "memory", "r8", "r9", "r10", "r11", "cc");
		return r32;
	}
	if (mode == 'x')
		nr |= 0x40000000;
#endif
	if (mode == 'i')
		exit(2);
	r = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	return r < 0 ? -errno : r;
}

static char **one(char **argv)
{
	long a[6] = {0}, nr, r;
	char mode = 0, line[64];
	int n = 0;

	if (strcmp(*argv, "-i") == 0 || strcmp(*argv, "-x") == 0)
		mode = (*argv++)[1];
	nr = value(*argv++);
	for (; *argv && strcmp(*argv, "--") != 0; argv++) {
		if (n == 6)
			exit(2);
		a[n++] = value(*argv);
	}
	r = call(mode, nr, a);
	if (r < 0 && r > -4096)
		n = snprintf(line, sizeof(line), "! %ld\n", -r);
	else
		n = snprintf(line, sizeof(line), "= %ld\n", r);
	if (write(1, line, (size_t)n) != n)
		exit(3);
	return *argv ? argv + 1 : argv;
}

int main(int argc, char **argv)
{
	(void)argc;
	for (argv++; *argv;)
		argv = one(argv);
	return 0;
}
