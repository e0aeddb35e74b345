/* end.h - forgets what struct.h or tables.h defined. */
#undef REQ
#undef OWN
#undef OCI_AT
#undef OCI_ROW
#undef OBJECT
#undef STR
#undef BOOL
#undef INT
#undef OBJ
#undef LIST
#undef STRS
#undef INTS
#undef MAP
#undef MAPOBJ
#undef END
