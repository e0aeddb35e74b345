/*
 * struct.h - makes structs of the rows of a .def file: include it, then the file,
 * then end.h. No include guard: it is included once for each .def.
 *
 * A scalar that may be absent has a `has_` member beside it. Strings, objects and
 * arrays that are absent are NULL; an array that is present and empty is not NULL.
 */
#define OBJECT(name)	      struct name {
#define STR(m, k, f, choices) const char *m;
#define BOOL(m, k, f)	      bool m, has_##m;
#define INT(t, m, k, f, min, max)                                                                  \
	t m;                                                                                       \
	bool has_##m;
#define OBJ(t, m, k, f) struct t *m;
#define LIST(t, m, k, f)                                                                           \
	struct t *m;                                                                               \
	size_t n_##m;
#define STRS(m, k, f, choices)                                                                     \
	const char **m;                                                                            \
	size_t n_##m;
#define INTS(t, m, k, f, min, max)                                                                 \
	t *m;                                                                                      \
	size_t n_##m;
#define MAP(m, k, f)                                                                               \
	struct oci_pair *m;                                                                        \
	size_t n_##m;
#define MAPOBJ(t, m, k, f)                                                                         \
	struct {                                                                                   \
		const char *key;                                                                   \
		struct t value;                                                                    \
	} * m;                                                                                     \
	size_t n_##m;
#define END(name)                                                                                  \
	}                                                                                          \
	;                                                                                          \
	const struct oci_table *name##_table(void);
