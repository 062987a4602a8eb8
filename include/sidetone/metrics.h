/*
 * Counters, gauges and histograms, written out as Prometheus text.
 *
 * A metric is created once (the same name and label give the same metric) and updated from any
 * thread without a lock. Names follow Prometheus: base units, `_total` on counters, no labels
 * without a bound.
 */
#ifndef SIDETONE_METRICS_H
#define SIDETONE_METRICS_H

#include <stdint.h>

struct st_json_writer;
struct st_counter;
struct st_gauge;
struct st_histogram;

/* label and value may both be NULL: a metric without labels. Strings must live for ever.
 * Never NULL. */
struct st_counter *st_metrics_counter(const char *name, const char *help, const char *label,
                                      const char *value);
struct st_gauge *st_metrics_gauge(const char *name, const char *help, const char *label,
                                  const char *value);
/* In seconds, with buckets from 0.5 ms to 30 s. */
struct st_histogram *st_metrics_histogram(const char *name, const char *help, const char *label,
                                          const char *value);

void st_counter_add(struct st_counter *counter, uint64_t n);
uint64_t st_counter_read(const struct st_counter *counter);
void st_gauge_set(struct st_gauge *gauge, int64_t value);
void st_gauge_add(struct st_gauge *gauge, int64_t n);
int64_t st_gauge_read(const struct st_gauge *gauge);
void st_histogram_observe_us(struct st_histogram *histogram, int64_t us);

/* For values that are kept elsewhere and read when the text is written: a family's head, then each
 * of its series, with up to two labels (NULL: none). */
struct st_metric_labels {
    const char *names[2], *values[2];
};
void st_metrics_put_family(struct st_json_writer *text, const char *name, const char *type,
                           const char *help);
void st_metrics_put_value(struct st_json_writer *text, const char *name,
                          const struct st_metric_labels *labels, double value);

/* Appends the exposition text (version 0.0.4) to `text`, used as a plain buffer. */
void st_metrics_write(struct st_json_writer *text);

#endif
