#include "run.h"

#include "measures/cells.h"

static struct st_cell cell_of(uint32_t talk_ms)
{
    struct st_cell cell = {.non_talk_ms = 6000, .non_talk_longest_ms = talk_ms, .non_talks = 2};
    cell.channels[1].talk_ms = talk_ms;
    cell.channels[1].words = 10;
    cell.channels[1].loudness_max = talk_ms % 100;
    return cell;
}

static struct st_cell sum_of(const struct st_cells *cells, uint32_t from_ms, uint32_t until_ms)
{
    struct st_cell sum = {.overlap_ms = 1};
    st_cells_sum(cells, from_ms, until_ms, &sum);
    ck_assert_uint_eq(sum.overlap_ms, 1);
    return sum;
}

START_TEST(a_cell_that_is_cut_gives_its_share)
{
    struct st_cells cells = {0};
    for (uint32_t i = 0; i < 3; i++) {
        struct st_cell cell = cell_of(40000 + i * 1000);
        st_cells_put(&cells, i * 60000, &cell);
    }
    struct st_cell all = sum_of(&cells, 0, 180000), part = sum_of(&cells, 30000, 120000);
    ck_assert_uint_eq(all.channels[1].talk_ms, 123000);
    ck_assert_uint_eq(all.channels[1].words, 30);
    ck_assert_uint_eq(all.non_talk_longest_ms, 42000);
    ck_assert_uint_eq(part.channels[1].talk_ms, 20000 + 41000);
    ck_assert_uint_eq(part.channels[1].words, 15);
    ck_assert_uint_eq(part.non_talk_longest_ms, 41000);
    ck_assert_uint_eq(sum_of(&cells, 0, 10000).non_talk_longest_ms, 10000);
    ck_assert_uint_eq(sum_of(&cells, 180000, 190000).channels[1].talk_ms, 0);
    ck_assert_uint_eq(sum_of(&cells, 50000, 50000).channels[1].words, 0);
    st_cells_fini(&cells);
}
END_TEST

START_TEST(too_many_become_half_as_many)
{
    struct st_cells cells = {0};
    for (uint32_t i = 0; i < 1000; i++) {
        struct st_cell cell = cell_of(1000);
        st_cells_put(&cells, i * 60000, &cell);
        ck_assert_uint_le(cells.count, ST_CELLS_MAX);
        ck_assert_uint_eq(sum_of(&cells, 0, UINT32_MAX).channels[1].talk_ms, (i + 1) * 1000);
    }
    ck_assert_uint_eq(cells.step_ms, 240000);
    /* The last one is not full: what is in it counts as what is over. */
    struct st_cell last = cell_of(4000);
    st_cells_put(&cells, 1000 * 60000, &last);
    ck_assert_uint_eq(sum_of(&cells, 1000 * 60000, 1001 * 60000).channels[1].talk_ms, 4000);
    st_cells_fini(&cells);
}
END_TEST

START_TEST(a_cell_may_come_late_or_from_afar)
{
    struct st_cells cells = {0};
    struct st_cell cell = cell_of(500);
    st_cells_put(&cells, 7 * 24 * 3600 * 1000U, &cell);
    st_cells_put(&cells, 0, &cell);
    ck_assert_uint_le(cells.cap, ST_CELLS_MAX);
    ck_assert_uint_eq(sum_of(&cells, 0, UINT32_MAX).channels[1].talk_ms, 1000);
    st_cells_fini(&cells);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_cell_that_is_cut_gives_its_share, too_many_become_half_as_many,
                            a_cell_may_come_late_or_from_afar};
    return run_tests("cells", tests, sizeof(tests) / sizeof(tests[0]));
}
