#include "spec/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "base/table.h"

const struct spec_rule spec_rules[] = {
#define RULE(p, c, text) {.pattern = p, .check = bad_##c, .sentence = text},
#include "spec/rules.def"
#undef RULE
};

const size_t spec_n_rules = ARRAY_SIZE(spec_rules);

/* The rows of honoured.def that are an error when a document sets them. */
static const struct {
	const char *pattern, *why;
} refused[] = {
#define HONOURED(pointer, who)
#define FOREIGN(pointer)
#define REFUSED(pointer, why) {pointer, why},
#include "spec/honoured.def"
#undef HONOURED
#undef FOREIGN
#undef REFUSED
};

struct walk {
	const struct spec_scope *scope;
	const struct spec_rule *rule; /* NULL: whatever is there is refused, because of why */
	const char *why;
	const char *at; /* where the document lies in a larger one */
	struct err *e;
	char note_text[128], below_text[64];
	struct str note, below;
};

uint64_t node_u64(const struct spec_node *n)
{
	switch (n->field->width) {
	case 2:
		return *(const uint16_t *)n->value;
	case 4:
		return *(const uint32_t *)n->value;
	default:
		return *(const uint64_t *)n->value;
	}
}

int64_t node_i64(const struct spec_node *n)
{
	return n->field->width == 4 ? *(const int32_t *)n->value : *(const int64_t *)n->value;
}

bool strs_have(const char *const *v, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i], word) == 0)
			return true;
	return false;
}

/* One line of plain text, not too long: the document's author is not the log's. */
static void add_printable(struct str *out, const char *text)
{
	enum { SHOWN_MAX = 80 };
	size_t i;

	for (i = 0; text[i] && i < SHOWN_MAX; i++) {
		unsigned char c = (unsigned char)text[i];
		char shown = c < 0x20 || c == 0x7f ? '?' : (char)c;

		str_add(out, &shown, 1);
	}
	if (!text[i])
		return;
	while (i > 0 && ((unsigned char)text[i] & 0xc0) == 0x80 && out->len > 0 &&
	       out->len < out->size) {
		out->buf[--out->len] = '\0'; /* not in the middle of a character */
		i--;
	}
	str_addf(out, "...");
}

static void add_value(struct str *out, const struct spec_node *n)
{
	if (!n->field)
		return;
	switch (n->field->kind) {
	case OCI_STR:
	case OCI_STRS:
	case OCI_MAP:
		add_printable(out, node_text(n));
		break;
	case OCI_INT:
	case OCI_INTS:
		if (n->field->min < 0)
			str_addf(out, "%lld", (long long)node_i64(n));
		else
			str_addf(out, "%llu", (unsigned long long)node_u64(n));
		break;
	default:
		break;
	}
}

static void add_sentence(struct str *out, const char *sentence, const struct spec_node *n)
{
	while (*sentence) {
		size_t plain = strcspn(sentence, "{");

		str_add(out, sentence, plain);
		sentence += plain;
		if (str_starts(sentence, "{}")) {
			add_value(out, n);
			sentence += 2;
		} else if (str_starts(sentence, "{key}")) {
			add_printable(out, n->key);
			sentence += 5;
		} else if (str_starts(sentence, "{note}")) {
			add_printable(out, n->note->buf);
			sentence += 6;
		} else if (*sentence) {
			str_add(out, sentence++, 1);
		}
	}
}

/* RFC 6901: `~` and `/` of a key are written ~0 and ~1. */
static void add_component(struct str *at, const char *name)
{
	str_add(at, "/", 1);
	for (; *name; name++) {
		if (*name == '~')
			str_add(at, "~0", 2);
		else if (*name == '/')
			str_add(at, "~1", 2);
		else
			str_add(at, name, 1);
	}
}

static void add_pointer(struct str *at, const struct walk *w, const struct spec_node *n)
{
	if (!n->up) {
		str_addf(at, "%s", w->at);
		return;
	}
	add_pointer(at, w, n->up);
	if (!n->entry)
		add_component(at, n->field->key);
	else if (n->key)
		add_component(at, n->key);
	else
		str_addf(at, "/%zu", n->index);
}

static int refuse(struct walk *w, const struct spec_node *n)
{
	char at_text[512] = "", text[sizeof(w->e->text)] = "";
	struct str at = STR_ON(at_text), sentence = STR_ON(text);

	add_pointer(&at, w, n);
	if (w->rule) {
		str_addf(&at, "%s", n->below->buf);
		add_sentence(&sentence, w->rule->sentence, n);
	} else {
		str_addf(&sentence, "not supported by this version of hull: %s", w->why);
	}
	return err_spec(w->e, at.buf, "%s", text);
}

/* Shows the rule a value; -EINVAL with *e filled if the value is wrong. */
static int visit(struct walk *w, struct spec_node *n)
{
	if (!w->rule) {
		bool empty = n->field && n->field->n_offset && !n->entry && n->n == 0;

		return empty ? 0 : refuse(w, n); /* an empty array or map asks for nothing */
	}
	w->note = STR_ON(w->note_text);
	w->below = STR_ON(w->below_text);
	w->note_text[0] = w->below_text[0] = '\0';
	n->note = &w->note;
	n->below = &w->below;
	return w->rule->check(w->scope, n) ? refuse(w, n) : 0;
}

static bool same(const char *pattern, size_t n, const char *name)
{
	return strncmp(pattern, name, n) == 0 && !name[n];
}

/* One `*` in [pattern, pattern + n) stands for anything. */
static bool fits(const char *pattern, size_t n, const char *name)
{
	const char *star = memchr(pattern, '*', n);
	size_t len, head, tail;

	if (!star)
		return same(pattern, n, name);
	len = strlen(name);
	head = (size_t)(star - pattern);
	tail = n - head - 1;
	return len >= head + tail && memcmp(pattern, name, head) == 0 &&
	       memcmp(star + 1, name + len - tail, tail) == 0;
}

static bool fits_entry(const char *pattern, size_t n, const struct spec_node *entry)
{
	char number[24];

	if (n == 1 && *pattern == '*')
		return true;
	if (entry->key)
		return fits(pattern, n, entry->key);
	snprintf(number, sizeof(number), "%zu", entry->index);
	return fits(pattern, n, number);
}

static int walk_object(struct walk *w, const struct oci_table *t, const struct spec_node *object,
		       const char *pattern);

static int walk_value(struct walk *w, struct spec_node *n, const char *pattern)
{
	enum oci_kind kind = n->field->kind;

	if (!*pattern)
		return visit(w, n);
	if (kind == OCI_OBJ || (n->entry && (kind == OCI_LIST || kind == OCI_MAPOBJ)))
		return walk_object(w, n->field->object(), n, pattern);
	return 0;
}

/* Fills in entry i of the array or map whole. */
static void take_entry(struct spec_node *n, const struct spec_node *whole, size_t i)
{
	const struct oci_field *f = whole->field;
	const char *base = whole->value;

	*n = *whole;
	n->entry = true;
	n->index = i;
	n->n = 0;
	n->up = whole;
	switch (f->kind) {
	case OCI_LIST:
		n->value = base + i * f->object()->size;
		break;
	case OCI_STRS:
		n->value = ((const char *const *)whole->value)[i];
		break;
	case OCI_INTS:
		n->value = base + i * f->width;
		break;
	case OCI_MAP:
		n->key = ((const struct oci_pair *)whole->value)[i].key;
		n->value = ((const struct oci_pair *)whole->value)[i].value;
		break;
	case OCI_MAPOBJ:
		n->key = *(const char *const *)(base + i * f->stride);
		n->value = base + i * f->stride + f->value_offset;
		break;
	default:
		break;
	}
}

static int walk_entries(struct walk *w, const struct spec_node *whole, const char *pattern)
{
	/* honoured.def names what its arrays hold without saying which entry */
	bool unnamed = !w->rule && whole->field->kind == OCI_LIST;
	size_t component = unnamed ? 0 : strcspn(pattern, "/");
	const char *rest = pattern + component + (!unnamed && pattern[component] == '/');
	int r = 0;

	for (size_t i = 0; r == 0 && i < whole->n; i++) {
		struct spec_node n;

		take_entry(&n, whole, i);
		if (unnamed || fits_entry(pattern, component, &n))
			r = walk_value(w, &n, rest);
	}
	return r;
}

/* Finds member f of object; false if the document doesn't have it. */
static bool take_member(struct spec_node *n, const struct spec_node *object,
			const struct oci_field *f)
{
	const char *base = object->value, *member = base + f->offset;

	*n = (struct spec_node){.field = f, .parent = object->value, .up = object};
	switch (f->kind) {
	case OCI_BOOL:
	case OCI_INT:
		n->value = member;
		return *(const bool *)(base + f->has_offset);
	case OCI_STR:
	case OCI_OBJ:
		n->value = *(const void *const *)member;
		return n->value != NULL;
	default:
		n->value = *(const void *const *)member;
		n->n = *(const size_t *)(base + f->n_offset);
		return n->value != NULL;
	}
}

static int walk_object(struct walk *w, const struct oci_table *t, const struct spec_node *object,
		       const char *pattern)
{
	size_t component = strcspn(pattern, "/");
	const char *rest = pattern + component + (pattern[component] == '/');
	bool many = memchr(pattern, '*', component) != NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < t->n_fields; i++) {
		const struct oci_field *f = &t->fields[i];
		struct spec_node n;

		/* nearly always it is another one, which its first letter says */
		if (!many && *f->key != *pattern)
			continue;
		if (!(many ? fits : same)(pattern, component, f->key))
			continue;
		if (take_member(&n, object, f))
			r = *rest && f->n_offset ? walk_entries(w, &n, rest)
						 : walk_value(w, &n, rest);
		if (!many)
			break;
	}
	return r;
}

/* Shows w's rule all the values below object, which is of kind t and lies at `at`. */
static int walk_document(struct walk *w, const struct oci_table *t, const void *object,
			 const char *at, const char *pattern)
{
	struct spec_node root = {.value = object};

	w->at = at;
	if (!*pattern)
		return visit(w, &root);
	return walk_object(w, t, &root, pattern + 1);
}

static const char *const ns_words[SPEC_NS_KINDS] = {
	[SPEC_NS_MOUNT] = "mount",   [SPEC_NS_PID] = "pid",   [SPEC_NS_NETWORK] = "network",
	[SPEC_NS_UTS] = "uts",	     [SPEC_NS_IPC] = "ipc",   [SPEC_NS_USER] = "user",
	[SPEC_NS_CGROUP] = "cgroup", [SPEC_NS_TIME] = "time",
};

static void look_at_namespaces(struct spec_scope *s)
{
	const struct oci_linux *l = s->c->linux_;

	for (size_t i = 0; l && i < l->n_namespaces; i++)
		for (int k = 0; k < SPEC_NS_KINDS; k++)
			if (strcmp(l->namespaces[i].type, ns_words[k]) == 0)
				s->ns[k] = l->namespaces[i].path ? SPEC_NS_JOINED : SPEC_NS_NEW;
}

/* Y of "1.Y.Z", which is well formed by now. */
static uint64_t minor_of(const char *version)
{
	char digits[24] = "";
	struct str s = STR_ON(digits);
	uint64_t minor;

	str_add(&s, version + 2, strcspn(version + 2, "."));
	return !str_cut(&s) && num_u64(digits, UINT64_MAX, &minor) ? minor : UINT64_MAX;
}

/* The spec lets a newer minor version through, whose new properties we don't know. */
static void warn_of_newer(const char *version)
{
	if (minor_of(version) > minor_of(OCI_VERSION))
		log_warning("config.json is for version %s of the runtime-spec, this is %s",
			    version, OCI_VERSION);
}

int spec_apply_rules(const struct oci_config *c, const struct spec_context *ctx, size_t *broken,
		     struct err *e)
{
	struct spec_scope scope = {.c = c};
	struct walk w = {.scope = &scope, .e = e};
	int r = 0;

	if (ctx)
		scope.ctx = *ctx;
	look_at_namespaces(&scope);
	for (*broken = 0; *broken < spec_n_rules; ++*broken) {
		w.rule = &spec_rules[*broken];
		r = walk_document(&w, oci_config_table(), c, "", w.rule->pattern);
		if (r < 0)
			return r;
	}
	w.rule = NULL;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(refused); i++) {
		w.why = refused[i].why;
		r = walk_document(&w, oci_config_table(), c, "", refused[i].pattern);
	}
	return r;
}

int spec_check(const struct oci_config *c, const struct spec_context *ctx, struct err *e)
{
	size_t broken;
	int r = spec_apply_rules(c, ctx, &broken, e);

	if (r == 0)
		warn_of_newer(c->oci_version);
	return r;
}

/* What comes behind "/process" in a pattern for it, NULL if it is for something else. */
static const char *process_pattern(const char *pattern)
{
	static const char process[] = "/process";

	if (!str_starts(pattern, process))
		return NULL;
	pattern += sizeof(process) - 1;
	return *pattern == '\0' || *pattern == '/' ? pattern : NULL;
}

int spec_check_process(const struct oci_process *p, const char *at, struct err *e)
{
	struct spec_scope scope = {0};
	struct walk w = {.scope = &scope, .e = e};
	int r = 0;

	for (size_t i = 0; r == 0 && i < spec_n_rules; i++) {
		const char *pattern = process_pattern(spec_rules[i].pattern);

		w.rule = &spec_rules[i];
		if (pattern)
			r = walk_document(&w, oci_process_table(), p, at, pattern);
	}
	w.rule = NULL;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(refused); i++) {
		const char *pattern = process_pattern(refused[i].pattern);

		w.why = refused[i].why;
		if (pattern)
			r = walk_document(&w, oci_process_table(), p, at, pattern);
	}
	return r;
}
