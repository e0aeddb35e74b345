/*
 * tables.h - makes tables of the rows of a .def file: include it, then the file,
 * then end.h. No include guard: it is included once for each .def.
 *
 * Each table is a function's static data, because only inside a function can
 * every object give the same name, self, to its own struct.
 */
#define REQ OCI_REQ
#define OWN OCI_OWN

#define OBJECT(name)                                                                               \
	const struct oci_table *name##_table(void)                                                 \
	{                                                                                          \
		typedef struct name self;                                                          \
		static const char table_name[] = #name;                                            \
		static const struct oci_field fields[] = {
#define STR(m, k, f, c) {.key = k, .kind = OCI_STR, .flags = f, .offset = offsetof(self, m), .choices = c},
#define BOOL(m, k, f)                                                                              \
	{.key = k, .kind = OCI_BOOL, .flags = f, .offset = offsetof(self, m),                      \
	 .has_offset = offsetof(self, has_##m)},
#define INT(t, m, k, f, lo, hi)                                                                    \
	{.key = k, .kind = OCI_INT, .flags = f, .offset = offsetof(self, m),                       \
	 .has_offset = offsetof(self, has_##m), .min = lo, .max = hi, .width = sizeof(t)},
#define OBJ(t, m, k, f)                                                                            \
	{.key = k, .kind = OCI_OBJ, .flags = f, .offset = offsetof(self, m), .object = t##_table},
#define LIST(t, m, k, f)                                                                           \
	{.key = k, .kind = OCI_LIST, .flags = f, .offset = offsetof(self, m),                      \
	 .n_offset = offsetof(self, n_##m), .object = t##_table},
#define STRS(m, k, f, c)                                                                           \
	{.key = k, .kind = OCI_STRS, .flags = f, .offset = offsetof(self, m),                      \
	 .n_offset = offsetof(self, n_##m), .choices = c},
#define INTS(t, m, k, f, lo, hi)                                                                   \
	{.key = k, .kind = OCI_INTS, .flags = f, .offset = offsetof(self, m),                      \
	 .n_offset = offsetof(self, n_##m), .min = lo, .max = hi, .width = sizeof(t)},
#define MAP(m, k, f)                                                                               \
	{.key = k, .kind = OCI_MAP, .flags = f, .offset = offsetof(self, m),                       \
	 .n_offset = offsetof(self, n_##m)},
#define MAPOBJ(t, m, k, f)                                                                         \
	{.key = k, .kind = OCI_MAPOBJ, .flags = f, .offset = offsetof(self, m),                    \
	 .n_offset = offsetof(self, n_##m), .object = t##_table,                                   \
	 .stride = sizeof(*((self *)0)->m),                                                        \
	 .value_offset = offsetof(__typeof__(*((self *)0)->m), value)},
#define END(name)                                                                                  \
		};                                                                                 \
		static const struct oci_table table = {table_name, sizeof(self), fields,           \
						       sizeof(fields) / sizeof(fields[0])};        \
		return &table;                                                                     \
	}
