/*
 * ONNX Runtime, found and loaded at run time.
 *
 * No header of its is needed: its API is a table of function pointers that is only ever appended
 * to, so slot numbers are its binary interface. Nothing here starts a thread or keeps memory
 * beyond a run: sessions work on the thread that calls them, and any number of threads may run
 * the same session at once.
 *
 * A failed run returns -EIO; its reason is logged at debug. Loading explains itself in `ret_why`.
 */
#ifndef SIDETONE_ORT_H
#define SIDETONE_ORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_ort;
struct st_ort_session;
struct st_ort_value;

enum st_ort_type {
    ST_ORT_FLOAT = 1,
    ST_ORT_INT64 = 7,
    ST_ORT_BOOL = 9,
};

/* Loads the library from `dir`, or where the system keeps it. -ENOENT when there is none, -ENOTSUP
 * when it is too old. It stays loaded for the process's life. */
int st_ort_open(struct st_ort **ret_ort, const char *dir, char *ret_why, size_t why_bytes);
void st_ort_close(struct st_ort *ort); /* after every session; NULL is fine */
const char *st_ort_version(const struct st_ort *ort);

/* Maps the file (.ort or .onnx) and keeps it mapped. Also -errno of the file, -EBADMSG when the
 * runtime refuses it. */
int st_ort_session_create(struct st_ort_session **ret_session, struct st_ort *ort, const char *path,
                          char *ret_why, size_t why_bytes);
void st_ort_session_destroy(struct st_ort_session *session); /* NULL is fine */
/* Gives back what of the mapped file was needed for loading only; for after the first run. */
void st_ort_session_trim(struct st_ort_session *session);
size_t st_ort_session_output_count(const struct st_ort_session *session);

struct st_ort_run {
    const char *const *inputs;
    struct st_ort_value *const *values; /* of the inputs; borrowed */
    size_t input_count;
    const char *const *outputs;
    struct st_ort_value **ret_values; /* of the outputs; the caller's to release */
    size_t output_count;
};

/* Any thread. On failure no output is left to release. */
int st_ort_session_run(struct st_ort_session *session, const struct st_ort_run *run);

/* A tensor over the caller's memory, which must outlive it. Never NULL. */
struct st_ort_value *st_ort_wrap(const struct st_ort *ort, enum st_ort_type type, void *data,
                                 const int64_t *dims, size_t dim_count);
/* A float tensor with memory of its own, contents undefined; NULL when there is none to be had. */
struct st_ort_value *st_ort_tensor(const struct st_ort *ort, const int64_t *dims, size_t dim_count);
void st_ort_release(const struct st_ort *ort, struct st_ort_value *value); /* NULL is fine */

float *st_ort_floats(const struct st_ort *ort, struct st_ort_value *value);
/* One dimension of a tensor of at most 4; 0 when it has fewer. */
size_t st_ort_dim(const struct st_ort *ort, const struct st_ort_value *value, size_t index);

/* Loads a model from memory without changing it and saves it: `format` is "ONNX" or "ORT". */
int st_ort_rewrite(struct st_ort *ort, const void *model, size_t bytes, const char *path,
                   const char *format, char *ret_why, size_t why_bytes);

#endif
