#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "libocispec/ocispec.h"
#include "libocispec/utf8.h"

struct out {
	char *p; /* NULL after memory has run out; what is added then is dropped */
	size_t used, size;
	unsigned level;
	bool pretty;
};

size_t json_spell(const char *p, size_t n, char out[6], size_t *len)
{
	static const char hex[] = "0123456789abcdef";
	static const char named[] = "\b\f\n\r\t\"\\", letter[] = "bfnrt\"\\";
	unsigned char c = (unsigned char)*p;
	const char *at = c ? strchr(named, c) : NULL;
	size_t take = utf8_len(p, n);

	if (take == 0) {
		memcpy(out, "\xef\xbf\xbd", 3);
		*len = 3;
		return 1;
	}
	if (at) {
		out[0] = '\\';
		out[1] = letter[at - named];
		*len = 2;
	} else if (c < 0x20 || c == 0x7f) {
		memcpy(out, "\\u00", 4);
		out[4] = hex[c >> 4];
		out[5] = hex[c & 15];
		*len = 6;
	} else {
		memcpy(out, p, take);
		*len = take;
	}
	return take;
}

static void add(struct out *o, const char *text, size_t n)
{
	if (!o->p)
		return;
	if (n >= o->size - o->used) { /* there is always room for the NUL */
		size_t size = 2 * (o->size + n);
		char *p = realloc(o->p, size);

		if (!p) {
			free(o->p);
			o->p = NULL;
			return;
		}
		o->p = p;
		o->size = size;
	}
	memcpy(o->p + o->used, text, n);
	o->used += n;
}

static void add_text(struct out *o, const char *text)
{
	add(o, text, strlen(text));
}

static void add_string(struct out *o, const char *text)
{
	size_t len = strlen(text), plain = 0;

	add_text(o, "\"");
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)text[i];
		char spelt[6];
		size_t n;

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
			i++;
			continue;
		}
		add(o, text + plain, i - plain);
		i += json_spell(text + i, len - i, spelt, &n);
		add(o, spelt, n);
		plain = i;
	}
	add(o, text + plain, len - plain);
	add_text(o, "\"");
}

static void add_integer(struct out *o, const char *at, unsigned char width, bool is_signed)
{
	char text[24];
	struct str s = STR_ON(text);
	uint64_t value = 0;

	/* the bytes of a narrower member are the value's low ones: shifted, then its sign extended
	 */
	switch (width) {
	case 1:
		value = *(const uint8_t *)at;
		break;
	case 2:
		value = *(const uint16_t *)(const void *)at;
		break;
	case 4:
		value = *(const uint32_t *)(const void *)at;
		break;
	default:
		value = *(const uint64_t *)(const void *)at;
	}
	if (is_signed) {
		unsigned unused = 64 - 8u * width;

		str_addf(&s, "%lld", (long long)((int64_t)(value << unused) >> unused));
	} else {
		str_addf(&s, "%llu", (unsigned long long)value);
	}
	add_text(o, text);
}

static void new_line(struct out *o)
{
	if (!o->pretty)
		return;
	add_text(o, "\n");
	for (unsigned i = 0; i < o->level; i++)
		add_text(o, "  ");
}

static void open_with(struct out *o, const char *bracket)
{
	add_text(o, bracket);
	o->level++;
}

/* Before each item: n is how many came before it. */
static void next_item(struct out *o, size_t n)
{
	if (n)
		add_text(o, ",");
	new_line(o);
}

static void close_with(struct out *o, const char *bracket, size_t n)
{
	o->level--;
	if (n)
		new_line(o);
	add_text(o, bracket);
}

static void add_key(struct out *o, const char *key)
{
	add_string(o, key);
	add_text(o, o->pretty ? ": " : ":");
}

static void add_object(struct out *o, const struct oci_table *table, const char *base);

/* An array or map, many being its first element. */
static void add_many(struct out *o, const struct oci_field *f, const char *many, size_t n)
{
	bool map = f->kind == OCI_MAP || f->kind == OCI_MAPOBJ;

	open_with(o, map ? "{" : "[");
	for (size_t i = 0; i < n; i++) {
		const struct oci_table *table = f->object ? f->object() : NULL;
		const struct oci_pair *pair;
		const char *at;

		next_item(o, i);
		switch (f->kind) {
		case OCI_LIST:
			add_object(o, table, many + i * table->size);
			break;
		case OCI_STRS:
			add_string(o, ((const char *const *)(const void *)many)[i]);
			break;
		case OCI_INTS:
			add_integer(o, many + i * f->width, f->width, f->min < 0);
			break;
		case OCI_MAP:
			pair = (const struct oci_pair *)(const void *)many + i;
			add_key(o, pair->key);
			add_string(o, pair->value);
			break;
		default: /* OCI_MAPOBJ: the key is the entry's first member */
			at = many + i * f->stride;
			add_key(o, *(const char *const *)(const void *)at);
			add_object(o, table, at + f->value_offset);
		}
	}
	close_with(o, map ? "}" : "]", n);
}

static bool is_present(const struct oci_field *f, const char *base)
{
	const void *p;

	if (f->kind == OCI_BOOL || f->kind == OCI_INT)
		return *(const bool *)(base + f->has_offset);
	memcpy(&p, base + f->offset, sizeof(p));
	return p;
}

static void add_field(struct out *o, const struct oci_field *f, const char *base)
{
	const char *at = base + f->offset, *p;

	switch (f->kind) {
	case OCI_BOOL:
		add_text(o, *(const bool *)at ? "true" : "false");
		return;
	case OCI_INT:
		add_integer(o, at, f->width, f->min < 0);
		return;
	default:
		memcpy(&p, at, sizeof(p));
	}
	if (f->kind == OCI_STR)
		add_string(o, p);
	else if (f->kind == OCI_OBJ)
		add_object(o, f->object(), p);
	else
		add_many(o, f, p, *(const size_t *)(const void *)(base + f->n_offset));
}

static void add_object(struct out *o, const struct oci_table *table, const char *base)
{
	size_t n = 0;

	open_with(o, "{");
	for (size_t i = 0; i < table->n_fields; i++) {
		const struct oci_field *f = &table->fields[i];

		if (!is_present(f, base))
			continue;
		next_item(o, n++);
		add_key(o, f->key);
		add_field(o, f, base);
	}
	close_with(o, "}", n);
}

static int finish(struct out *o, char **text, size_t *len, struct err *e)
{
	if (o->pretty)
		add_text(o, "\n");
	if (!o->p) {
		errno = ENOMEM;
		return err_sys(e, "realloc", NULL);
	}
	o->p[o->used] = '\0';
	*text = o->p;
	*len = o->used;
	return 0;
}

int oci_write(const struct oci_table *table, const void *value, bool pretty, char **text,
	      size_t *len, struct err *e)
{
	struct out o = {.p = malloc(4096), .size = 4096, .pretty = pretty};

	add_object(&o, table, value);
	return finish(&o, text, len, e);
}

int oci_write_list(const struct oci_table *table, const void *values, size_t n, bool pretty,
		   char **text, size_t *len, struct err *e)
{
	struct out o = {.p = malloc(4096), .size = 4096, .pretty = pretty};
	const char *base = values;

	open_with(&o, "[");
	for (size_t i = 0; i < n; i++) {
		next_item(&o, i);
		add_object(&o, table, base + i * table->size);
	}
	close_with(&o, "]", n);
	return finish(&o, text, len, e);
}
