/*
 * cleanup.h - scope-bound resources.
 *
 * A variable declared with one of these owns what it holds. steal_fd() and
 * steal_ptr() hand it on; there is no other way out of the scope. This is the
 * only file that spells __attribute__((cleanup)).
 */
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static inline void close_keep_errno(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void free_ptr(void *p)
{
	free(*(void **)p);
}

#define auto_close __attribute__((cleanup(close_keep_errno)))
#define auto_free  __attribute__((cleanup(free_ptr)))

/*
 * DEFINE_AUTO(struct foo *, foo_free) in foo.h lets a caller write
 *	auto_call(foo_free) struct foo *f = NULL;
 * foo_free(NULL) has to be fine.
 */
#define DEFINE_AUTO(type, fn)                                                                      \
	static inline void fn##_ptr(type *p)                                                       \
	{                                                                                          \
		fn(*p);                                                                            \
	}
#define auto_call(fn) __attribute__((cleanup(fn##_ptr)))

static inline int steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -EBADF;
	return taken;
}

#define steal_ptr(p)                                                                               \
	({                                                                                         \
		__auto_type where_ = &(p);                                                         \
		__auto_type taken_ = *where_;                                                      \
		*where_ = NULL;                                                                    \
		taken_;                                                                            \
	})
