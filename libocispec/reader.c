/*
 * One pass, no tree: a frame for each object or array that is open, at most
 * OCI_MAX_DEPTH of them. How many elements an array has is known only at its end; until then
 * they pile up on r->stack, and the elements of arrays inside of them on top, so
 * that at the end the array is the top of the stack: it goes to the arena in one
 * copy, of the right size. What lies on the stack is known by offset: it moves.
 */
#include "libocispec/reader.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ memory */

static int buf_push(struct buf *b, size_t n, struct err *e)
{
	if (n == 0)
		return 0;
	if (n > b->size - b->used) {
		size_t size = b->size + (b->size > n ? b->size : n) + 1024;
		char *p = realloc(b->p, size);

		if (!p) {
			errno = ENOMEM;
			return err_sys(e, "realloc", NULL);
		}
		b->p = p;
		b->size = size;
	}
	memset(b->p + b->used, 0, n);
	b->used += n;
	return 0;
}

static void *arena_bytes(struct reader *r, size_t n)
{
	/* at least one: what is empty must still be inside of the arena */
	return arena_alloc(r->arena, n ? n : 1, 1, _Alignof(max_align_t));
}

static char *struct_of(const struct reader *r, const struct frame *f)
{
	return f->fixed ? f->fixed : r->stack.p + f->at;
}

/* Through memcpy(), for the member's own type is known only to its struct. */
static void store_pointer(char *at, const void *p)
{
	memcpy(at, &p, sizeof(p));
}

static struct frame *top(struct reader *r)
{
	return &r->frames[r->depth - 1];
}

/* ----------------------------------------------------------------- scalars */

static bool is_choice(const char *choices, const char *text, size_t len)
{
	for (const char *c = choices; *c;) {
		size_t c_len = strcspn(c, "|");

		if (c_len == len && memcmp(c, text, len) == 0)
			return true;
		c += c_len + (c[c_len] == '|');
	}
	return false;
}

static int read_string(struct reader *r, const struct json_token *t, const char *choices,
		       const char **out)
{
	if (t->type != JSON_STRING)
		return reader_wrong_type(r, "a string", t);
	if (memchr(t->text, '\0', t->len))
		return reader_refuse(r, "expected a string without NUL, found one with \\u0000");
	if (choices && !is_choice(choices, t->text, t->len))
		return reader_wrong_choice(r, choices, t);
	*out = arena_strn(r->arena, t->text, t->len);
	return 0;
}

static void store(char *at, unsigned char width, uint64_t value)
{
	uint8_t v8 = (uint8_t)value;
	uint16_t v16 = (uint16_t)value;
	uint32_t v32 = (uint32_t)value;

	switch (width) {
	case 1:
		memcpy(at, &v8, 1);
		break;
	case 2:
		memcpy(at, &v16, 2);
		break;
	case 4:
		memcpy(at, &v32, 4);
		break;
	default:
		memcpy(at, &value, 8);
	}
}

/* Digits of a JSON number, so they are there; false: beyond 64 bits. */
static bool magnitude(const char *p, const char *end, uint64_t *value)
{
	*value = 0;
	for (; p < end; p++)
		if (__builtin_mul_overflow(*value, 10u, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(*p - '0'), value))
			return false;
	return true;
}

static int read_integer(struct reader *r, const struct json_token *t, const struct oci_field *f,
			char *at)
{
	bool negative = t->text[0] == '-', fits;
	int shown = t->len > 50 ? 50 : (int)t->len;
	uint64_t value;

	if (t->type != JSON_NUMBER)
		return reader_wrong_type(r, "an integer", t);
	for (size_t i = negative; i < t->len; i++)
		if (t->text[i] < '0' || t->text[i] > '9')
			return reader_refuse(r, "expected an integer, found %.*s", shown, t->text);
	fits = magnitude(t->text + negative, t->text + t->len, &value);
	if (fits && negative && value > 0)
		fits = f->min < 0 && value <= 0 - (uint64_t)f->min;
	else if (fits)
		fits = value <= f->max && (f->min <= 0 || value >= (uint64_t)f->min);
	if (!fits)
		return reader_refuse(r, "expected an integer from %lld to %llu, found %.*s%s",
				     (long long)f->min, (unsigned long long)f->max, shown, t->text,
				     (size_t)shown < t->len ? "..." : "");
	store(at, f->width, negative ? 0 - value : value);
	return 0;
}

/* ------------------------------------------------------- objects and arrays */

static struct frame *push(struct reader *r, enum frame_kind kind, const struct oci_field *field)
{
	struct frame *f = &r->frames[r->depth++];

	*f = (struct frame){
		.kind = kind,
		.field = field,
		.stack_mark = r->stack.used,
		.keys_mark = r->keys.used,
		.scratch_mark = r->scratch.used,
	};
	return f;
}

static void push_object(struct reader *r, const struct oci_table *table, char *fixed, size_t at)
{
	struct frame *f = push(r, FRAME_OBJECT, NULL);

	assert(table->n_fields <= 64); /* bits of seen and set */
	f->table = table;
	f->fixed = fixed;
	f->at = at;
}

/* An array or a map: its elements begin where any type may. */
static int push_many(struct reader *r, enum frame_kind kind, const struct oci_field *field)
{
	const size_t align = _Alignof(max_align_t);
	struct frame *f = push(r, kind, field);

	f->first = (r->stack.used + align - 1) & ~(align - 1);
	return buf_push(&r->stack, f->first - r->stack.used, r->e);
}

static void skip(struct reader *r, const struct json_token *t)
{
	if (t->type == JSON_OBJECT)
		push(r, FRAME_SKIP_OBJECT, NULL);
	else if (t->type == JSON_ARRAY)
		push(r, FRAME_SKIP_ARRAY, NULL);
}

static int read_field(struct reader *r, struct frame *f, const struct json_token *t)
{
	static const struct {
		const char *expected;
		enum json_type type;
		enum frame_kind frame;
	} many[] = {
		[OCI_LIST] = {"an array of objects", JSON_ARRAY, FRAME_LIST},
		[OCI_STRS] = {"an array of strings", JSON_ARRAY, FRAME_STRS},
		[OCI_INTS] = {"an array of integers", JSON_ARRAY, FRAME_INTS},
		[OCI_MAP] = {"an object", JSON_OBJECT, FRAME_MAP},
		[OCI_MAPOBJ] = {"an object", JSON_OBJECT, FRAME_MAPOBJ},
	};
	const struct oci_field *field = f->field;
	char *base = struct_of(r, f), *object;
	const struct oci_table *table;

	if (t->type == JSON_NULL)
		return 0;
	f->set |= UINT64_C(1) << (field - f->table->fields);
	switch (field->kind) {
	case OCI_STR:
		return read_string(r, t, field->choices, (const char **)(base + field->offset));
	case OCI_BOOL:
		if (t->type != JSON_BOOL)
			return reader_wrong_type(r, "true or false", t);
		*(bool *)(base + field->offset) = t->text[0] == 't';
		*(bool *)(base + field->has_offset) = true;
		return 0;
	case OCI_INT:
		*(bool *)(base + field->has_offset) = true;
		return read_integer(r, t, field, base + field->offset);
	case OCI_OBJ:
		if (t->type != JSON_OBJECT)
			return reader_wrong_type(r, "an object", t);
		table = field->object();
		object = arena_bytes(r, table->size);
		store_pointer(base + field->offset, object);
		push_object(r, table, object, 0);
		return 0;
	default:
		if (t->type != many[field->kind].type)
			return reader_wrong_type(r, many[field->kind].expected, t);
		return push_many(r, many[field->kind].frame, field);
	}
}

static int read_map_value(struct reader *r, struct frame *f, const struct json_token *t)
{
	struct oci_pair pair = {0};
	int e = read_string(r, t, NULL, &pair.value);

	if (e < 0)
		return e;
	pair.key = arena_strn(r->arena, reader_key(r, &f->key), f->key.len);
	e = buf_push(&r->stack, sizeof(pair), r->e);
	if (e < 0)
		return e;
	memcpy(r->stack.p + r->stack.used - sizeof(pair), &pair, sizeof(pair));
	return 0;
}

static int read_map_object(struct reader *r, struct frame *f, const struct json_token *t)
{
	size_t at = r->stack.used;
	const char *key;
	int e;

	if (t->type != JSON_OBJECT)
		return reader_wrong_type(r, "an object", t);
	key = arena_strn(r->arena, reader_key(r, &f->key), f->key.len);
	e = buf_push(&r->stack, f->field->stride, r->e);
	if (e < 0)
		return e;
	memcpy(r->stack.p + at, &key, sizeof(key)); /* the entry's first member */
	push_object(r, f->field->object(), NULL, at + f->field->value_offset);
	return 0;
}

static int read_list_object(struct reader *r, struct frame *f, const struct json_token *t)
{
	const struct oci_table *table = f->field->object();
	size_t at = r->stack.used;
	int e;

	if (t->type != JSON_OBJECT)
		return reader_wrong_type(r, "an object", t);
	e = buf_push(&r->stack, table->size, r->e);
	if (e < 0)
		return e;
	push_object(r, table, NULL, at);
	return 0;
}

static int read_list_string(struct reader *r, struct frame *f, const struct json_token *t)
{
	const char *text;
	int e = read_string(r, t, f->field->choices, &text);

	if (e < 0)
		return e;
	e = buf_push(&r->stack, sizeof(text), r->e);
	if (e < 0)
		return e;
	memcpy(r->stack.p + r->stack.used - sizeof(text), &text, sizeof(text));
	return 0;
}

static int read_list_integer(struct reader *r, struct frame *f, const struct json_token *t)
{
	int e = buf_push(&r->stack, f->field->width, r->e);

	if (e < 0)
		return e;
	return read_integer(r, t, f->field, r->stack.p + r->stack.used - f->field->width);
}

static int on_value(struct reader *r, const struct json_token *t)
{
	struct frame *f;

	if (r->depth == 0) {
		if (t->type != JSON_OBJECT)
			return reader_wrong_type(r, "an object", t);
		r->values++;
		push_object(r, r->root, r->out, 0);
		return 0;
	}
	f = top(r);
	f->count++;
	if (++r->values > OCI_MAX_VALUES)
		return reader_refuse(r, "the document has more than %d values", OCI_MAX_VALUES);
	if (r->depth == OCI_MAX_DEPTH && (t->type == JSON_OBJECT || t->type == JSON_ARRAY))
		return reader_refuse(r, "nested deeper than %d levels", OCI_MAX_DEPTH);
	switch (f->kind) {
	case FRAME_OBJECT:
		if (f->field)
			return read_field(r, f, t);
		break;
	case FRAME_MAP:
		return read_map_value(r, f, t);
	case FRAME_MAPOBJ:
		return read_map_object(r, f, t);
	case FRAME_LIST:
		return read_list_object(r, f, t);
	case FRAME_STRS:
		return read_list_string(r, f, t);
	case FRAME_INTS:
		return read_list_integer(r, f, t);
	case FRAME_SKIP_OBJECT:
	case FRAME_SKIP_ARRAY:
		break;
	}
	skip(r, t);
	return 0;
}

/* -------------------------------------------------------------------- keys */

/* Documents tend to be in the order of the tables: the next field is the first guess. */
static const struct oci_field *find_field(const struct frame *f, const char *key, size_t len)
{
	const struct oci_table *table = f->table;
	size_t n = table->n_fields, from = f->field ? (size_t)(f->field - table->fields) + 1 : 0;

	for (size_t i = 0; i < n; i++) {
		size_t at = from + i < n ? from + i : from + i - n;
		const char *known = table->fields[at].key;

		if (strncmp(known, key, len) == 0 && known[len] == '\0')
			return &table->fields[at];
	}
	return NULL;
}

static int on_key(struct reader *r, const struct json_token *t)
{
	struct frame *f = top(r);
	struct key key = {.len = (uint32_t)t->len};
	uintptr_t offset = (uintptr_t)t->text - (uintptr_t)r->text;
	int e;

	if (offset < r->len) {
		key.at = (uint32_t)offset;
	} else {
		key.at = (uint32_t)r->scratch.used;
		key.scratch = 1;
		e = buf_push(&r->scratch, t->len, r->e);
		if (e < 0)
			return e;
		if (t->len)
			memcpy(r->scratch.p + key.at, t->text, t->len);
	}
	f->key = key;
	if (memchr(reader_key(r, &key), '\0', key.len))
		return reader_refuse(r, "expected keys without NUL, found one with \\u0000");
	if (f->kind == FRAME_OBJECT) {
		f->field = find_field(f, t->text, t->len);
		if (f->field) {
			uint64_t bit = UINT64_C(1) << (f->field - f->table->fields);

			if (f->seen & bit)
				return reader_refuse(r, "this property is here twice");
			f->seen |= bit;
			return 0;
		}
		reader_log_unknown(r, f);
	}
	e = buf_push(&r->keys, sizeof(key), r->e);
	if (e < 0)
		return e;
	memcpy(r->keys.p + r->keys.used - sizeof(key), &key, sizeof(key));
	return 0;
}

static int compare_keys(const void *a, const void *b, void *arg)
{
	const struct key *x = a, *y = b;
	const struct reader *r = arg;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(reader_key(r, x), reader_key(r, y), x->len);
}

/* Sorted, two of a kind are neighbours: n log n, whatever someone made of the keys. */
static int check_keys(struct reader *r, struct frame *f)
{
	size_t n = (r->keys.used - f->keys_mark) / sizeof(struct key);
	struct key *keys;

	if (n < 2)
		return 0;
	keys = (struct key *)(void *)(r->keys.p + f->keys_mark);
	qsort_r(keys, n, sizeof(*keys), compare_keys, r);
	for (size_t i = 1; i < n; i++) {
		if (compare_keys(&keys[i - 1], &keys[i], r) == 0) {
			f->key = keys[i];
			return reader_refuse(r, "this property is here twice");
		}
	}
	return 0;
}

static int check_required(struct reader *r, struct frame *f)
{
	const struct oci_table *table = f->table;

	for (size_t i = 0; i < table->n_fields; i++) {
		char where[sizeof(r->e->where)] = "";
		struct str pointer = STR_ON(where);

		if (!(table->fields[i].flags & OCI_REQ) || f->set & (UINT64_C(1) << i))
			continue;
		reader_add_pointer(r, r->depth - 1, &pointer);
		str_addf(&pointer, "/%s", table->fields[i].key);
		return err_spec(r->e, where, "required property \"%s\" is missing",
				table->fields[i].key);
	}
	return 0;
}

/* What a frame gathered on the stack goes to the arena, and the struct around it learns where. */
static void keep(struct reader *r, const struct frame *f)
{
	char *base = struct_of(r, f - 1), *many;
	size_t bytes = r->stack.used - f->first;

	many = arena_bytes(r, bytes);
	if (bytes)
		memcpy(many, r->stack.p + f->first, bytes);
	store_pointer(base + f->field->offset, many);
	*(size_t *)(base + f->field->n_offset) = f->count;
}

static int on_end(struct reader *r)
{
	struct frame *f = top(r);
	int e = check_keys(r, f);

	if (e < 0)
		return e;
	if (f->kind == FRAME_OBJECT) {
		e = check_required(r, f);
		if (e < 0)
			return e;
	} else if (f->field) {
		keep(r, f);
		r->stack.used = f->stack_mark;
	}
	r->keys.used = f->keys_mark;
	r->scratch.used = f->scratch_mark;
	r->depth--;
	return 0;
}

static int on_token(const struct json_token *t, void *arg)
{
	struct reader *r = arg;

	switch (t->type) {
	case JSON_KEY:
		return on_key(r, t);
	case JSON_END:
		return on_end(r);
	default:
		return on_value(r, t);
	}
}

int oci_read(const struct oci_table *table, const char *text, size_t len, struct arena *arena,
	     void *out, struct err *e)
{
	struct reader r = {
		.text = text,
		.len = len,
		.root = table,
		.out = out,
		.arena = arena,
		.e = e,
	};
	int result;

	if (len > OCI_MAX_BYTES)
		return err_spec(e, "", "the document is larger than %d MiB", OCI_MAX_BYTES >> 20);
	result = json_parse(text, len, on_token, &r, e);
	free(r.stack.p);
	free(r.keys.p);
	free(r.scratch.p);
	return result;
}

const char *oci_map_get(const struct oci_pair *map, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(map[i].key, key) == 0)
			return map[i].value;
	return NULL;
}
