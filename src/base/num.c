#include "base/num.h"

#include <stddef.h>

bool num_u64(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return false;
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}

bool num_i64(const char *text, int64_t min, int64_t max, int64_t *out)
{
	bool negative = *text == '-';
	uint64_t magnitude;
	int64_t value;

	if (!num_u64(text + negative, negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX, &magnitude))
		return false;
	value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

bool num_id(const char *text, uint32_t *out)
{
	uint64_t value;

	if (!num_u64(text, UINT32_MAX - 1, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}
