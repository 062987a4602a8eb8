#include "sidetone/ort.h"

#include "sidetone/err.h"
#include "sidetone/log.h"
#include "sidetone/mem.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { API_VERSION = 18, LOG_ERRORS_ONLY = 3, DIMS_MAX = 4, KEPT_TENSOR_BYTES = 4 << 20 };

/* The runtime's own format comes optimised, ONNX does not. */
enum { OPTIMIZE_NOTHING = 0, OPTIMIZE_EXTENDED = 2 };

/* Places in the runtime's table of functions. */
enum slot {
    SLOT_GET_ERROR_MESSAGE = 2,
    SLOT_CREATE_ENV = 3,
    SLOT_CREATE_SESSION_FROM_ARRAY = 8,
    SLOT_RUN = 9,
    SLOT_CREATE_SESSION_OPTIONS = 10,
    SLOT_SET_OPTIMIZED_MODEL_FILE_PATH = 11,
    SLOT_DISABLE_CPU_MEM_ARENA = 19,
    SLOT_SET_GRAPH_OPTIMIZATION_LEVEL = 23,
    SLOT_SET_INTRA_OP_NUM_THREADS = 24,
    SLOT_SET_INTER_OP_NUM_THREADS = 25,
    SLOT_SESSION_GET_OUTPUT_COUNT = 31,
    SLOT_CREATE_TENSOR = 48,
    SLOT_CREATE_TENSOR_WITH_DATA = 49,
    SLOT_GET_TENSOR_MUTABLE_DATA = 51,
    SLOT_GET_DIMENSIONS_COUNT = 61,
    SLOT_GET_DIMENSIONS = 62,
    SLOT_GET_TENSOR_TYPE_AND_SHAPE = 65,
    SLOT_CREATE_CPU_MEMORY_INFO = 69,
    SLOT_GET_ALLOCATOR = 78,
    SLOT_RELEASE_ENV = 92,
    SLOT_RELEASE_STATUS = 93,
    SLOT_RELEASE_MEMORY_INFO = 94,
    SLOT_RELEASE_SESSION = 95,
    SLOT_RELEASE_VALUE = 96,
    SLOT_RELEASE_TENSOR_INFO = 99,
    SLOT_RELEASE_SESSION_OPTIONS = 100,
    SLOT_ADD_SESSION_CONFIG_ENTRY = 130,
};

/* Every call that can fail answers with a status: NULL is success. */
struct status;

struct api {
    const char *(*get_error_message)(const struct status *);
    struct status *(*create_env)(int level, const char *id, void **env);
    struct status *(*create_session)(void *env, const void *data, size_t bytes, void *options,
                                     void **session);
    struct status *(*run)(void *session, const void *options, const char *const *inputs,
                          struct st_ort_value *const *values, size_t input_count,
                          const char *const *outputs, size_t output_count,
                          struct st_ort_value **ret_values);
    struct status *(*create_options)(void **options);
    struct status *(*set_save_path)(void *options, const char *path);
    struct status *(*disable_arena)(void *options);
    struct status *(*set_optimization)(void *options, int level);
    struct status *(*set_intra_threads)(void *options, int count);
    struct status *(*set_inter_threads)(void *options, int count);
    struct status *(*output_count)(const void *session, size_t *count);
    struct status *(*create_tensor)(void *allocator, const int64_t *dims, size_t dim_count,
                                    int type, struct st_ort_value **value);
    struct status *(*wrap_tensor)(const void *memory, void *data, size_t bytes, const int64_t *dims,
                                  size_t dim_count, int type, struct st_ort_value **value);
    struct status *(*tensor_data)(struct st_ort_value *value, void **data);
    struct status *(*dimension_count)(const void *info, size_t *count);
    struct status *(*dimensions)(const void *info, int64_t *dims, size_t count);
    struct status *(*tensor_info)(const struct st_ort_value *value, void **info);
    struct status *(*create_memory_info)(int allocator, int type, void **memory);
    struct status *(*get_allocator)(void **allocator);
    void (*release_env)(void *env);
    void (*release_status)(struct status *status);
    void (*release_memory_info)(void *memory);
    void (*release_session)(void *session);
    void (*release_value)(struct st_ort_value *value);
    void (*release_tensor_info)(void *info);
    void (*release_options)(void *options);
    struct status *(*add_config)(void *options, const char *key, const char *value);
};

struct st_ort {
    struct api api;
    const char *version;
    void *env;
    void *memory;
    void *allocator; /* the runtime's own: never released */
    struct st_log log;
};

struct st_ort_session {
    struct st_ort *ort;
    void *session;
    void *model; /* mapped: weights are used where they lie */
    size_t model_bytes;
};

static void fill_api(struct api *api, const void *const *table)
{
#define FILL(member, slot) memcpy(&api->member, &table[slot], sizeof(table[slot]))
    FILL(get_error_message, SLOT_GET_ERROR_MESSAGE);
    FILL(create_env, SLOT_CREATE_ENV);
    FILL(create_session, SLOT_CREATE_SESSION_FROM_ARRAY);
    FILL(run, SLOT_RUN);
    FILL(create_options, SLOT_CREATE_SESSION_OPTIONS);
    FILL(set_save_path, SLOT_SET_OPTIMIZED_MODEL_FILE_PATH);
    FILL(disable_arena, SLOT_DISABLE_CPU_MEM_ARENA);
    FILL(set_optimization, SLOT_SET_GRAPH_OPTIMIZATION_LEVEL);
    FILL(set_intra_threads, SLOT_SET_INTRA_OP_NUM_THREADS);
    FILL(set_inter_threads, SLOT_SET_INTER_OP_NUM_THREADS);
    FILL(output_count, SLOT_SESSION_GET_OUTPUT_COUNT);
    FILL(create_tensor, SLOT_CREATE_TENSOR);
    FILL(wrap_tensor, SLOT_CREATE_TENSOR_WITH_DATA);
    FILL(tensor_data, SLOT_GET_TENSOR_MUTABLE_DATA);
    FILL(dimension_count, SLOT_GET_DIMENSIONS_COUNT);
    FILL(dimensions, SLOT_GET_DIMENSIONS);
    FILL(tensor_info, SLOT_GET_TENSOR_TYPE_AND_SHAPE);
    FILL(create_memory_info, SLOT_CREATE_CPU_MEMORY_INFO);
    FILL(get_allocator, SLOT_GET_ALLOCATOR);
    FILL(release_env, SLOT_RELEASE_ENV);
    FILL(release_status, SLOT_RELEASE_STATUS);
    FILL(release_memory_info, SLOT_RELEASE_MEMORY_INFO);
    FILL(release_session, SLOT_RELEASE_SESSION);
    FILL(release_value, SLOT_RELEASE_VALUE);
    FILL(release_tensor_info, SLOT_RELEASE_TENSOR_INFO);
    FILL(release_options, SLOT_RELEASE_SESSION_OPTIONS);
    FILL(add_config, SLOT_ADD_SESSION_CONFIG_ENTRY);
#undef FILL
}

/* Consumes the status; false with the reason in `ret_why` when it is one. */
static bool is_ok(const struct st_ort *ort, struct status *status, char *ret_why, size_t why_bytes)
{
    if (!status)
        return true;
    snprintf(ret_why, why_bytes, "%s", ort->api.get_error_message(status));
    ort->api.release_status(status);
    return false;
}

static void *load_library(const char *dir, char *ret_why, size_t why_bytes)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/libonnxruntime.so.1", dir);
    bool is_there = access(path, R_OK) == 0;
    void *library = dlopen(is_there ? path : "libonnxruntime.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library)
        return library;
    if (is_there)
        snprintf(ret_why, why_bytes, "ONNX Runtime cannot be loaded: %s", dlerror());
    else
        snprintf(ret_why, why_bytes, "libonnxruntime.so.1 is missing in %s", dir);
    return NULL;
}

struct api_base {
    const void *const *(*get_api)(uint32_t version);
    const char *(*get_version)(void);
};

static int load_api(struct st_ort *ort, const char *dir, char *ret_why, size_t why_bytes)
{
    void *library = load_library(dir, ret_why, why_bytes);
    if (!library)
        return -ENOENT;
    const struct api_base *(*get_base)(void) = NULL;
    void *symbol = dlsym(library, "OrtGetApiBase");
    memcpy(&get_base, &symbol, sizeof(symbol));
    if (!get_base) {
        snprintf(ret_why, why_bytes, "libonnxruntime.so.1 is no ONNX Runtime: %s", dlerror());
        return -ENOTSUP;
    }
    const struct api_base *base = get_base();
    ort->version = base->get_version();
    const void *const *table = base->get_api(API_VERSION);
    if (!table) {
        snprintf(ret_why, why_bytes, "ONNX Runtime %s is too old: 1.18 or newer is needed",
                 ort->version);
        return -ENOTSUP;
    }
    fill_api(&ort->api, table);
    return 0;
}

/* Left alone, glibc raises both to tens of megabytes once a large tensor was freed, and the heap of
 * every thread that runs models keeps that much for ever. */
static void bound_kept_memory(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, KEPT_TENSOR_BYTES);
    mallopt(M_TRIM_THRESHOLD, 2 * KEPT_TENSOR_BYTES);
#endif
}

int st_ort_open(struct st_ort **ret_ort, const char *dir, char *ret_why, size_t why_bytes)
{
    struct st_ort *ort = st_mem_alloc(sizeof(*ort));
    ort->log.module = "core";
    bound_kept_memory();
    int err = load_api(ort, dir, ret_why, why_bytes);
    if (err) {
        free(ort);
        return err;
    }
    const struct api *api = &ort->api;
    if (!is_ok(ort, api->create_env(LOG_ERRORS_ONLY, "sidetone", &ort->env), ret_why, why_bytes) ||
        !is_ok(ort, api->create_memory_info(0, 0, &ort->memory), ret_why, why_bytes) ||
        !is_ok(ort, api->get_allocator(&ort->allocator), ret_why, why_bytes)) {
        st_ort_close(ort);
        return -EIO;
    }
    *ret_ort = ort;
    return 0;
}

void st_ort_close(struct st_ort *ort)
{
    if (!ort)
        return;
    if (ort->memory)
        ort->api.release_memory_info(ort->memory);
    if (ort->env)
        ort->api.release_env(ort->env);
    free(ort);
}

const char *st_ort_version(const struct st_ort *ort)
{
    return ort->version;
}

static int map_model(struct st_ort_session *session, const char *path, char *ret_why,
                     size_t why_bytes)
{
    struct stat info;
    int err = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) < 0)
        err = -errno;
    else if (info.st_size == 0)
        err = -EBADMSG;
    if (!err) {
        session->model_bytes = (size_t)info.st_size;
        session->model = mmap(NULL, session->model_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
        if (session->model == MAP_FAILED)
            err = -errno;
    }
    if (err) {
        session->model = NULL;
        snprintf(ret_why, why_bytes, "%s: %s", path, st_err_text(err));
    }
    if (fd >= 0)
        close(fd);
    return err;
}

static bool is_ort_format(const void *model, size_t bytes)
{
    return bytes > 8 && memcmp((const char *)model + 4, "ORTM", 4) == 0;
}

/* One thread, no arena: a run's memory goes back when it ends. Prepacked weights cost 40 MB once
 * and save a third of the time. */
static bool set_options(const struct st_ort *ort, void *options, int optimization, char *ret_why,
                        size_t why_bytes)
{
    const struct api *api = &ort->api;
    bool ok = is_ok(ort, api->set_intra_threads(options, 1), ret_why, why_bytes) &&
              is_ok(ort, api->set_inter_threads(options, 1), ret_why, why_bytes) &&
              is_ok(ort, api->disable_arena(options), ret_why, why_bytes) &&
              is_ok(ort, api->set_optimization(options, optimization), ret_why, why_bytes);
    return ok;
}

/* Uses weights where they lie in the mapped file. */
static bool set_mapped(const struct st_ort *ort, void *options, char *ret_why, size_t why_bytes)
{
    const struct api *api = &ort->api;
    return is_ok(ort, api->add_config(options, "session.use_ort_model_bytes_directly", "1"),
                 ret_why, why_bytes) &&
           is_ok(ort, api->add_config(options, "session.use_ort_model_bytes_for_initializers", "1"),
                 ret_why, why_bytes);
}

static int create_session(struct st_ort_session *session, char *ret_why, size_t why_bytes)
{
    struct st_ort *ort = session->ort;
    void *options = NULL;
    if (!is_ok(ort, ort->api.create_options(&options), ret_why, why_bytes))
        return -EIO;
    bool is_ort = is_ort_format(session->model, session->model_bytes);
    bool ok = set_options(ort, options, is_ort ? OPTIMIZE_NOTHING : OPTIMIZE_EXTENDED, ret_why,
                          why_bytes) &&
              (!is_ort || set_mapped(ort, options, ret_why, why_bytes)) &&
              is_ok(ort,
                    ort->api.create_session(ort->env, session->model, session->model_bytes, options,
                                            &session->session),
                    ret_why, why_bytes);
    ort->api.release_options(options);
    return ok ? 0 : -EBADMSG;
}

int st_ort_session_create(struct st_ort_session **ret_session, struct st_ort *ort, const char *path,
                          char *ret_why, size_t why_bytes)
{
    struct st_ort_session *session = st_mem_alloc(sizeof(*session));
    session->ort = ort;
    int err = map_model(session, path, ret_why, why_bytes);
    if (!err) {
        char reason[512];
        err = create_session(session, reason, sizeof(reason));
        if (err)
            snprintf(ret_why, why_bytes, "%s: %s", path, reason);
    }
    if (err) {
        st_ort_session_destroy(session);
        return err;
    }
    *ret_session = session;
    return 0;
}

void st_ort_session_destroy(struct st_ort_session *session)
{
    if (!session)
        return;
    if (session->session)
        session->ort->api.release_session(session->session);
    if (session->model)
        munmap(session->model, session->model_bytes);
    free(session);
}

/* Weights were copied into the layout that runs use; pages that are wanted after all come back from
 * the file. */
void st_ort_session_trim(struct st_ort_session *session)
{
    madvise(session->model, session->model_bytes, MADV_DONTNEED);
}

size_t st_ort_session_output_count(const struct st_ort_session *session)
{
    size_t count = 0;
    char why[256];
    is_ok(session->ort, session->ort->api.output_count(session->session, &count), why, sizeof(why));
    return count;
}

int st_ort_session_run(struct st_ort_session *session, const struct st_ort_run *run)
{
    struct st_ort *ort = session->ort;
    for (size_t i = 0; i < run->output_count; i++)
        run->ret_values[i] = NULL;
    char why[512];
    if (is_ok(ort,
              ort->api.run(session->session, NULL, run->inputs, run->values, run->input_count,
                           run->outputs, run->output_count, run->ret_values),
              why, sizeof(why)))
        return 0;
    for (size_t i = 0; i < run->output_count; i++) {
        st_ort_release(ort, run->ret_values[i]);
        run->ret_values[i] = NULL;
    }
    ST_DEBUG(&ort->log, "ONNX Runtime could not run a model: %s", why);
    return -EIO;
}

static size_t type_bytes(enum st_ort_type type)
{
    return type == ST_ORT_FLOAT ? sizeof(float) : type == ST_ORT_INT64 ? sizeof(int64_t) : 1;
}

struct st_ort_value *st_ort_wrap(const struct st_ort *ort, enum st_ort_type type, void *data,
                                 const int64_t *dims, size_t dim_count)
{
    size_t bytes = type_bytes(type);
    for (size_t i = 0; i < dim_count; i++)
        bytes *= (size_t)dims[i];
    struct st_ort_value *value = NULL;
    char why[256];
    bool ok = is_ok(
        ort, ort->api.wrap_tensor(ort->memory, data, bytes, dims, dim_count, (int)type, &value),
        why, sizeof(why));
    assert(ok && "a tensor over memory of ours");
    (void)ok;
    return value;
}

struct st_ort_value *st_ort_tensor(const struct st_ort *ort, const int64_t *dims, size_t dim_count)
{
    struct st_ort_value *value = NULL;
    char why[256];
    struct status *status =
        ort->api.create_tensor(ort->allocator, dims, dim_count, ST_ORT_FLOAT, &value);
    return is_ok(ort, status, why, sizeof(why)) ? value : NULL;
}

void st_ort_release(const struct st_ort *ort, struct st_ort_value *value)
{
    if (value)
        ort->api.release_value(value);
}

float *st_ort_floats(const struct st_ort *ort, struct st_ort_value *value)
{
    void *data = NULL;
    char why[256];
    bool ok = is_ok(ort, ort->api.tensor_data(value, &data), why, sizeof(why));
    assert(ok && "a tensor");
    (void)ok;
    return data;
}

size_t st_ort_dim(const struct st_ort *ort, const struct st_ort_value *value, size_t index)
{
    void *info = NULL;
    char why[256];
    if (!is_ok(ort, ort->api.tensor_info(value, &info), why, sizeof(why)))
        return 0;
    size_t count = 0;
    int64_t dims[DIMS_MAX] = {0};
    bool ok = is_ok(ort, ort->api.dimension_count(info, &count), why, sizeof(why)) &&
              count <= DIMS_MAX &&
              is_ok(ort, ort->api.dimensions(info, dims, count), why, sizeof(why));
    ort->api.release_tensor_info(info);
    return ok && index < count ? (size_t)dims[index] : 0;
}

int st_ort_rewrite(struct st_ort *ort, const void *model, size_t bytes, const char *path,
                   const char *format, char *ret_why, size_t why_bytes)
{
    void *options = NULL, *session = NULL;
    if (!is_ok(ort, ort->api.create_options(&options), ret_why, why_bytes))
        return -EIO;
    bool ok = set_options(ort, options, OPTIMIZE_NOTHING, ret_why, why_bytes) &&
              is_ok(ort, ort->api.set_save_path(options, path), ret_why, why_bytes) &&
              is_ok(ort, ort->api.add_config(options, "session.save_model_format", format), ret_why,
                    why_bytes) &&
              is_ok(ort, ort->api.create_session(ort->env, model, bytes, options, &session),
                    ret_why, why_bytes);
    if (session)
        ort->api.release_session(session);
    ort->api.release_options(options);
    return ok ? 0 : -EBADMSG;
}
