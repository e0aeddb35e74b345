/*
 * tables.h - makes tables of the rows of a .def file: include it, then the file,
 * then end.h. No include guard: it is included once for each .def.
 *
 * Each table is a function's static data, because only inside a function can
 * every object give the same name to its own struct: self, which is never looked at
 * but for the type of what it points to.
 */
#define REQ OCI_REQ
#define OWN OCI_OWN

#define OCI_AT(m) offsetof(__typeof__(*self), m)
#define OCI_ROW(k, f, m, what, ...)                                                                \
	{.key = k, .kind = what, .flags = f, .offset = OCI_AT(m), __VA_ARGS__},

#define OBJECT(name)                                                                               \
	const struct oci_table *name##_table(void)                                                 \
	{                                                                                          \
		const struct name *self = NULL;                                                    \
		static const char table_name[] = #name;                                            \
		static const struct oci_field fields[] = {
#define STR(m, k, f, c) OCI_ROW(k, f, m, OCI_STR, .choices = c)
#define BOOL(m, k, f)	OCI_ROW(k, f, m, OCI_BOOL, .has_offset = OCI_AT(has_##m))
#define INT(t, m, k, f, lo, hi)                                                                    \
	OCI_ROW(k, f, m, OCI_INT, .has_offset = OCI_AT(has_##m), .min = lo, .max = hi,             \
		.width = sizeof(t))
#define OBJ(t, m, k, f)	 OCI_ROW(k, f, m, OCI_OBJ, .object = t##_table)
#define LIST(t, m, k, f) OCI_ROW(k, f, m, OCI_LIST, .n_offset = OCI_AT(n_##m), .object = t##_table)
#define STRS(m, k, f, c) OCI_ROW(k, f, m, OCI_STRS, .n_offset = OCI_AT(n_##m), .choices = c)
#define INTS(t, m, k, f, lo, hi)                                                                   \
	OCI_ROW(k, f, m, OCI_INTS, .n_offset = OCI_AT(n_##m), .min = lo, .max = hi,                \
		.width = sizeof(t))
#define MAP(m, k, f) OCI_ROW(k, f, m, OCI_MAP, .n_offset = OCI_AT(n_##m))
#define MAPOBJ(t, m, k, f)                                                                         \
	OCI_ROW(k, f, m, OCI_MAPOBJ, .n_offset = OCI_AT(n_##m), .object = t##_table,               \
		.stride = sizeof(*self->m), .value_offset = offsetof(__typeof__(*self->m), value))
#define END(name)                                                                                  \
	}                                                                                          \
	;                                                                                          \
	static const struct oci_table table = {table_name, sizeof(*self), fields,                  \
					       sizeof(fields) / sizeof(fields[0])};                \
	(void)self;                                                                                \
	return &table;                                                                             \
	}
