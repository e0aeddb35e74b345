#include "base/arena.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Far from where the kernel puts programs, heaps and libraries, on any layout. */
#if defined(__x86_64__)
#define ARENA_ADDRESS 0x200000000000UL
#else
#define ARENA_ADDRESS 0x2000000000UL
#endif

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

static void *map_at(void *at, size_t size, int prot, int fd)
{
	return mmap(at, size, prot, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
}

int arena_init(struct arena *a, size_t size, struct err *e)
{
	void *p;
	int fd = memfd_create("hull-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return err_sys(e, "memfd_create", NULL);
	if (ftruncate(fd, (off_t)size) < 0) {
		int r = err_sys(e, "ftruncate", "hull-plan");

		close(fd);
		return r;
	}
	p = map_at((void *)ARENA_ADDRESS, size, PROT_READ | PROT_WRITE, fd);
	if (p == MAP_FAILED) {
		int r = err_sys(e, "mmap", "hull-plan");

		close(fd);
		return r;
	}
	*a = (struct arena){.base = p, .size = size, .fd = fd};
	return 0;
}

int arena_init_private(struct arena *a, size_t size, struct err *e)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return err_sys(e, "mmap", NULL);
	*a = (struct arena){.base = p, .size = size, .fd = -1};
	return 0;
}

int arena_map(int fd, size_t size, void **base, struct err *e)
{
	void *p = map_at((void *)ARENA_ADDRESS, size, PROT_READ, fd);

	if (p == MAP_FAILED)
		return err_sys(e, "mmap", "hull-plan");
	*base = p;
	return 0;
}

void arena_free(struct arena *a)
{
	if (a->base) {
		munmap(a->base, a->size);
		if (a->fd >= 0)
			close(a->fd);
	}
	*a = (struct arena){.fd = -1};
}

void *arena_alloc(struct arena *a, size_t n, size_t size, size_t align)
{
	size_t at = (a->used + align - 1) & ~(align - 1), bytes;

	if (__builtin_mul_overflow(n, size, &bytes) || at > a->size || bytes > a->size - at) {
		static const char text[] =
			"config.json needs more memory than is set aside for it\n";

		if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
			_exit(EXIT_FAILURE + 1);
		_exit(EXIT_FAILURE);
	}
	a->used = at + bytes;
	return a->base + at; /* fresh pages are zero, so every struct starts empty */
}

char *arena_strn(struct arena *a, const char *text, size_t n)
{
	char *s = arena_new(a, char, n + 1);

	memcpy(s, text, n);
	return s;
}

char *arena_str(struct arena *a, const char *text)
{
	return text ? arena_strn(a, text, strlen(text)) : NULL;
}

char *arena_strf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	s = arena_new(a, char, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

void *arena_dup(struct arena *a, const void *p, size_t n)
{
	void *copy = arena_alloc(a, n, 1, _Alignof(max_align_t));

	if (n)
		memcpy(copy, p, n);
	return copy;
}

bool arena_has(const struct arena *a, const void *p)
{
	return (const char *)p >= a->base && (const char *)p < a->base + a->used;
}

int arena_seal(struct arena *a, struct err *e)
{
	if (mprotect(a->base, a->size, PROT_READ) < 0)
		return err_sys(e, "mprotect", "hull-plan");
	if (fcntl(a->fd, F_ADD_SEALS,
		  F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return err_sys(e, "fcntl", "hull-plan");
	return 0;
}
