#include "libocispec/guess.h"

#include <string.h>

#include "base/near.h"

enum { WORD_MAX = 64 }; /* no name that we know is that long */

/* NULL if text is too long to be a slip of anything. */
static const char *word_of(const char *text, size_t len, char buf[WORD_MAX])
{
	if (len >= WORD_MAX)
		return NULL;
	memcpy(buf, text, len);
	buf[len] = '\0';
	return buf;
}

const char *guess_field(const struct oci_table *table, const char *key, size_t len)
{
	char word[WORD_MAX];
	struct near n = {.word = word_of(key, len, word)};

	if (!n.word)
		return NULL;
	for (size_t i = 0; i < table->n_fields; i++)
		near_try(&n, table->fields[i].key);
	return near_best(&n);
}

const char *guess_choice(const char *choices, const char *text, size_t len, size_t *n)
{
	char word[WORD_MAX], tried[2][WORD_MAX];
	struct near near = {.word = word_of(text, len, word)};
	const char *found = NULL;
	int spare = 0; /* the one of tried[] that isn't the best so far */

	if (!near.word)
		return NULL;
	for (const char *c = choices; *c;) {
		size_t c_len = strcspn(c, "|");
		const char *candidate = word_of(c, c_len, tried[spare]);

		if (candidate)
			near_try(&near, candidate);
		if (candidate && near.best == candidate) {
			found = c;
			*n = c_len;
			spare = !spare;
		}
		c += c_len + (c[c_len] == '|');
	}
	return near_best(&near) ? found : NULL;
}

bool guess_elsewhere(const struct oci_table *root, const char *key, size_t len, struct str *pointer)
{
	size_t at = pointer->len;

	for (size_t i = 0; i < root->n_fields; i++) {
		const struct oci_field *f = &root->fields[i];

		if (strlen(f->key) == len && memcmp(f->key, key, len) == 0) {
			str_addf(pointer, "/%s", f->key);
			return true;
		}
	}
	for (size_t i = 0; i < root->n_fields; i++) {
		const struct oci_field *f = &root->fields[i];

		if (!f->object)
			continue;
		str_addf(pointer, "/%s%s", f->key, f->kind == OCI_OBJ ? "" : "/*");
		if (guess_elsewhere(f->object(), key, len, pointer))
			return true;
		pointer->len = at;
	}
	return false;
}
