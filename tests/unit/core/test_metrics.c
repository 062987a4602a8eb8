#include "sidetone/metrics.h"

#include "sidetone/json_writer.h"

#include "run.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct st_json_writer text;

static void setup(void)
{
    st_json_init(&text);
}

static void teardown(void)
{
    st_json_fini(&text);
}

static const char *write_out(void)
{
    st_json_reset(&text);
    st_metrics_write(&text);
    st_json_append(&text, "", 1);
    return text.data;
}

static void expect_line(const char *line)
{
    const char *all = write_out();
    char *framed = malloc(strlen(line) + 3);
    framed[0] = '\n';
    strcpy(framed + 1, line);
    strcat(framed, "\n");
    ck_assert_msg(strstr(all, framed) != NULL, "no line '%s' in:\n%s", line, all);
    free(framed);
}

START_TEST(the_same_name_and_label_are_the_same_metric)
{
    struct st_counter *in = st_metrics_counter("t_frames_total", "Frames.", "way", "in");
    char way[] = "way", value[] = "in"; /* equal, not identical */
    ck_assert_ptr_eq(st_metrics_counter("t_frames_total", "Frames.", way, value), in);
    ck_assert_ptr_ne(st_metrics_counter("t_frames_total", "Frames.", "way", "out"), in);
    ck_assert_ptr_ne((void *)st_metrics_counter("t_frames_total", "Frames.", NULL, NULL),
                     (void *)in);
}
END_TEST

START_TEST(counters_and_gauges_are_written)
{
    struct st_counter *in = st_metrics_counter("t_in_total", "Came in.", "way", "in");
    struct st_gauge *calls = st_metrics_gauge("t_calls", "Live calls.", NULL, NULL);
    st_counter_add(in, 3);
    st_counter_add(in, 4);
    st_gauge_set(calls, 5);
    st_gauge_add(calls, -7);
    ck_assert_uint_eq(st_counter_read(in), 7);
    ck_assert_int_eq(st_gauge_read(calls), -2);
    expect_line("# HELP t_in_total Came in.");
    expect_line("# TYPE t_in_total counter");
    expect_line("t_in_total{way=\"in\"} 7");
    expect_line("# TYPE t_calls gauge");
    expect_line("t_calls -2");
}
END_TEST

START_TEST(a_family_stays_together)
{
    st_metrics_counter("t_first_total", "First.", "a", "1");
    st_metrics_counter("t_second_total", "Second.", NULL, NULL);
    st_metrics_counter("t_first_total", "First.", "a", "2");
    ck_assert_ptr_nonnull(
        strstr(write_out(), "t_first_total{a=\"1\"} 0\nt_first_total{a=\"2\"} 0\n"));
}
END_TEST

START_TEST(text_that_would_break_a_line_is_escaped)
{
    st_metrics_gauge("t_escaped", "A \\ and\na \"line\".", "path", "a\\b\"c\nd");
    expect_line("# HELP t_escaped A \\\\ and\\na \"line\".");
    expect_line("t_escaped{path=\"a\\\\b\\\"c\\nd\"} 0");
}
END_TEST

START_TEST(a_histogram_counts_up_to_and_including_each_bound)
{
    struct st_histogram *hop = st_metrics_histogram("t_hop_seconds", "A hop.", "hop", "a");
    static const int64_t values_us[] = {-5, 0, 500, 501, 1000, 30000000, 30000001};
    for (size_t i = 0; i < sizeof(values_us) / sizeof(values_us[0]); i++)
        st_histogram_observe_us(hop, values_us[i]);
    expect_line("# TYPE t_hop_seconds histogram");
    expect_line("t_hop_seconds_bucket{hop=\"a\",le=\"0.0005\"} 3");
    expect_line("t_hop_seconds_bucket{hop=\"a\",le=\"0.001\"} 5");
    expect_line("t_hop_seconds_bucket{hop=\"a\",le=\"10\"} 5");
    expect_line("t_hop_seconds_bucket{hop=\"a\",le=\"30\"} 6");
    expect_line("t_hop_seconds_bucket{hop=\"a\",le=\"+Inf\"} 7");
    expect_line("t_hop_seconds_sum{hop=\"a\"} 60.002002");
    expect_line("t_hop_seconds_count{hop=\"a\"} 7");
}
END_TEST

START_TEST(every_bucket_is_reached)
{
    static const int64_t bounds_us[] = {500,     1000,    2500,    5000,     10000,
                                        25000,   50000,   100000,  250000,   500000,
                                        1000000, 2500000, 5000000, 10000000, 30000000};
    struct st_histogram *all = st_metrics_histogram("t_all_seconds", "All.", NULL, NULL);
    char line[80];
    for (size_t i = 0; i < 15; i++)
        st_histogram_observe_us(all, bounds_us[i]);
    const char *at = write_out();
    for (size_t i = 0; i < 15; i++) {
        snprintf(line, sizeof(line), "t_all_seconds_bucket{le=\"%g\"} %zu\n",
                 (double)bounds_us[i] / 1e6, i + 1);
        ck_assert_msg(strstr(at, line) != NULL, "no %s", line);
    }
}
END_TEST

static const char *value_of(const char *name)
{
    char prefix[80];
    snprintf(prefix, sizeof(prefix), "\n%s ", name);
    const char *at = strstr(write_out(), prefix);
    ck_assert_msg(at != NULL, "no %s", name);
    return at + strlen(prefix);
}

START_TEST(the_process_describes_itself)
{
    expect_line("sidetone_build_info{version=\"" ST_VERSION "\"} 1");
    ck_assert_double_gt(atof(value_of("process_resident_memory_bytes")), 100000);
    ck_assert_double_ge(atof(value_of("process_open_fds")), 3);
    ck_assert_double_gt(atof(value_of("process_max_fds")), 3);
    ck_assert_double_ge(atof(value_of("process_cpu_seconds_total")), 0);
    ck_assert_double_ge(atof(value_of("sidetone_uptime_seconds")), -0.02); /* ticks are coarse */
    /* The program has a minute at most. */
    double age_s = (double)time(NULL) - atof(value_of("process_start_time_seconds"));
    ck_assert_double_gt(age_s, -2);
    ck_assert_double_lt(age_s, 120);
}
END_TEST

enum { THREADS = 4, ROUNDS = 20000 };

static void *count_up(void *user)
{
    for (int i = 0; i < ROUNDS; i++) {
        st_counter_add(st_metrics_counter("t_shared_total", "Shared.", NULL, NULL), 1);
        st_histogram_observe_us(st_metrics_histogram("t_shared_seconds", "Shared.", NULL, NULL), i);
    }
    return user;
}

START_TEST(threads_lose_no_count)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, count_up, NULL);
    for (int i = 0; i < 5; i++)
        write_out();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    expect_line("t_shared_total 80000");
    expect_line("t_shared_seconds_count 80000");
}
END_TEST

START_TEST(values_kept_elsewhere_are_written_alike)
{
    struct st_json_writer out;
    struct st_metric_labels none = {{NULL}, {NULL}}, one = {{"engine"}, {"a\"b"}};
    struct st_metric_labels two = {{"engine", "trouble"}, {"x", "lost"}};
    st_json_init(&out);
    st_metrics_put_family(&out, "test_kept", "gauge", "Kept\nelsewhere.");
    st_metrics_put_value(&out, "test_kept", &none, 1.5);
    st_metrics_put_value(&out, "test_kept", &one, 12345678901);
    st_metrics_put_value(&out, "test_kept", &two, 0);
    st_json_append(&out, "", 1);
    ck_assert_str_eq(out.data, "# HELP test_kept Kept\\nelsewhere.\n"
                               "# TYPE test_kept gauge\n"
                               "test_kept 1.5\n"
                               "test_kept{engine=\"a\\\"b\"} 12345678901\n"
                               "test_kept{engine=\"x\",trouble=\"lost\"} 0\n");
    st_json_fini(&out);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_same_name_and_label_are_the_same_metric);
    tcase_add_test(tcase, counters_and_gauges_are_written);
    tcase_add_test(tcase, a_family_stays_together);
    tcase_add_test(tcase, text_that_would_break_a_line_is_escaped);
    tcase_add_test(tcase, a_histogram_counts_up_to_and_including_each_bound);
    tcase_add_test(tcase, every_bucket_is_reached);
    tcase_add_test(tcase, the_process_describes_itself);
    tcase_add_test(tcase, threads_lose_no_count);
    tcase_add_test(tcase, values_kept_elsewhere_are_written_alike);
    return run_case("metrics", tcase);
}
