/*
 * The registry: families (one name, help and type) of series (one label value each), one registry
 * per process as there is one /metrics. The lock covers creation and writing out; updates are
 * relaxed atomics, each series on cache lines of its own because loops update side by side.
 */
#include "sidetone/metrics.h"

#include "metrics_process.h"
#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_LINE_BYTES = 64, BUCKETS = 15 };

static const int64_t bounds_us[BUCKETS] = {500,     1000,    2500,    5000,     10000,
                                           25000,   50000,   100000,  250000,   500000,
                                           1000000, 2500000, 5000000, 10000000, 30000000};
static const char *const bound_texts[BUCKETS] = {"0.0005", "0.001", "0.0025", "0.005", "0.01",
                                                 "0.025",  "0.05",  "0.1",    "0.25",  "0.5",
                                                 "1",      "2.5",   "5",      "10",    "30"};

enum metric_type {
    METRIC_COUNTER,
    METRIC_GAUGE,
    METRIC_HISTOGRAM,
};

struct st_counter {
    _Atomic(uint64_t) value;
};

struct st_gauge {
    _Atomic(int64_t) value;
};

struct st_histogram {
    _Atomic(uint64_t) counts[BUCKETS + 1]; /* the last: above every bound */
    _Atomic(int64_t) sum_us;
};

struct series {
    union {
        struct st_counter counter;
        struct st_gauge gauge;
        struct st_histogram histogram;
    } metric; /* first: its address is the caller's handle */
    const char *label;
    const char *value;
    struct series *next;
};

struct family {
    enum metric_type type;
    const char *name;
    const char *help;
    struct series *series;
    struct family *next;
};

static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct family *families;

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static struct family *find_family(enum metric_type type, const char *name, const char *help)
{
    struct family **at = &families;
    while (*at && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    if (!*at) {
        *at = st_mem_alloc(sizeof(**at));
        (*at)->type = type;
        (*at)->name = name;
        (*at)->help = help;
    }
    assert((*at)->type == type);
    return *at;
}

static struct series *create_series(const char *label, const char *value)
{
    size_t bytes = (sizeof(struct series) + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES;
    bytes *= CACHE_LINE_BYTES;
    struct series *series = aligned_alloc(CACHE_LINE_BYTES, bytes);
    if (!series)
        abort();
    memset(series, 0, bytes);
    series->label = label;
    series->value = value;
    return series;
}

static void *find_metric(enum metric_type type, const char *const texts[4])
{
    assert(!texts[2] == !texts[3]);
    pthread_mutex_lock(&registry_lock);
    struct series **at = &find_family(type, texts[0], texts[1])->series;
    while (*at && !(is_same((*at)->label, texts[2]) && is_same((*at)->value, texts[3])))
        at = &(*at)->next;
    if (!*at)
        *at = create_series(texts[2], texts[3]);
    void *metric = &(*at)->metric;
    pthread_mutex_unlock(&registry_lock);
    return metric;
}

struct st_counter *st_metrics_counter(const char *name, const char *help, const char *label,
                                      const char *value)
{
    return find_metric(METRIC_COUNTER, (const char *[]){name, help, label, value});
}

struct st_gauge *st_metrics_gauge(const char *name, const char *help, const char *label,
                                  const char *value)
{
    return find_metric(METRIC_GAUGE, (const char *[]){name, help, label, value});
}

struct st_histogram *st_metrics_histogram(const char *name, const char *help, const char *label,
                                          const char *value)
{
    return find_metric(METRIC_HISTOGRAM, (const char *[]){name, help, label, value});
}

void st_counter_add(struct st_counter *counter, uint64_t n)
{
    atomic_fetch_add_explicit(&counter->value, n, memory_order_relaxed);
}

uint64_t st_counter_read(const struct st_counter *counter)
{
    return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

void st_gauge_set(struct st_gauge *gauge, int64_t value)
{
    atomic_store_explicit(&gauge->value, value, memory_order_relaxed);
}

void st_gauge_add(struct st_gauge *gauge, int64_t n)
{
    atomic_fetch_add_explicit(&gauge->value, n, memory_order_relaxed);
}

int64_t st_gauge_read(const struct st_gauge *gauge)
{
    return atomic_load_explicit(&gauge->value, memory_order_relaxed);
}

void st_histogram_observe_us(struct st_histogram *histogram, int64_t us)
{
    size_t low = 0, high = BUCKETS;
    us = us > 0 ? us : 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (us <= bounds_us[middle])
            high = middle;
        else
            low = middle + 1;
    }
    atomic_fetch_add_explicit(&histogram->counts[low], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum_us, us, memory_order_relaxed);
}

static void put(struct st_json_writer *text, const char *plain)
{
    st_json_append(text, plain, strlen(plain));
}

static void put_escaped(struct st_json_writer *text, const char *raw, bool is_label)
{
    for (; *raw; raw++) {
        if (*raw == '\n')
            put(text, "\\n");
        else if (*raw == '\\')
            put(text, "\\\\");
        else if (*raw == '"' && is_label)
            put(text, "\\\"");
        else
            st_json_append(text, raw, 1);
    }
}

static void put_label(struct st_json_writer *text, const char *name, const char *value)
{
    put(text, name);
    put(text, "=\"");
    put_escaped(text, value, true);
    put(text, "\"");
}

/* Up to the space before the value. `bound` is a histogram's, or NULL. */
static void put_series_name(struct st_json_writer *text, const struct family *family,
                            const struct series *series, const char *suffix, const char *bound)
{
    put(text, family->name);
    put(text, suffix);
    if (series->label || bound)
        put(text, "{");
    if (series->label)
        put_label(text, series->label, series->value);
    if (series->label && bound)
        put(text, ",");
    if (bound)
        put_label(text, "le", bound);
    put(text, series->label || bound ? "} " : " ");
}

static void put_count(struct st_json_writer *text, uint64_t count)
{
    char digits[24];
    snprintf(digits, sizeof(digits), "%" PRIu64 "\n", count);
    put(text, digits);
}

static void put_histogram(struct st_json_writer *text, const struct family *family,
                          const struct series *series)
{
    const struct st_histogram *histogram = &series->metric.histogram;
    uint64_t count = 0;
    for (size_t i = 0; i <= BUCKETS; i++) {
        count += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
        put_series_name(text, family, series, "_bucket", i < BUCKETS ? bound_texts[i] : "+Inf");
        put_count(text, count);
    }
    int64_t sum_us = atomic_load_explicit(&histogram->sum_us, memory_order_relaxed);
    char sum[32];
    snprintf(sum, sizeof(sum), "%" PRId64 ".%06d\n", sum_us / 1000000, (int)(sum_us % 1000000));
    put_series_name(text, family, series, "_sum", NULL);
    put(text, sum);
    put_series_name(text, family, series, "_count", NULL);
    put_count(text, count);
}

static void put_series(struct st_json_writer *text, const struct family *family,
                       const struct series *series)
{
    char value[24];
    if (family->type == METRIC_HISTOGRAM) {
        put_histogram(text, family, series);
        return;
    }
    put_series_name(text, family, series, "", NULL);
    if (family->type == METRIC_COUNTER) {
        put_count(text, st_counter_read(&series->metric.counter));
        return;
    }
    snprintf(value, sizeof(value), "%" PRId64 "\n", st_gauge_read(&series->metric.gauge));
    put(text, value);
}

void st_metrics_put_family(struct st_json_writer *text, const char *name, const char *type,
                           const char *help)
{
    put(text, "# HELP ");
    put(text, name);
    put(text, " ");
    put_escaped(text, help, false);
    put(text, "\n# TYPE ");
    put(text, name);
    put(text, " ");
    put(text, type);
    put(text, "\n");
}

void st_metrics_put_value(struct st_json_writer *text, const char *name,
                          const struct st_metric_labels *labels, double value)
{
    char digits[48];
    put(text, name);
    for (size_t i = 0; i < 2 && labels->names[i]; i++) {
        put(text, i == 0 ? "{" : ",");
        put_label(text, labels->names[i], labels->values[i]);
    }
    snprintf(digits, sizeof(digits), "%s %.15g\n", labels->names[0] ? "}" : "", value);
    put(text, digits);
}

void st_metrics_write(struct st_json_writer *text)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    st_metrics_process_write(text);
    pthread_mutex_lock(&registry_lock);
    for (const struct family *family = families; family; family = family->next) {
        st_metrics_put_family(text, family->name, types[family->type], family->help);
        for (const struct series *series = family->series; series; series = series->next)
            put_series(text, family, series);
    }
    pthread_mutex_unlock(&registry_lock);
}
