/*
 * A subscriber of the push API that keeps account of what was said: every word of every call once,
 * and in order.
 */
#ifndef BENCH_LEDGER_H
#define BENCH_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

struct ledger_totals {
    uint64_t finals;
    uint64_t words; /* that name a second */
    uint64_t missing, repeated, disordered, strange;
    uint64_t degraded, recovered; /* events */
    unsigned incomplete_calls;
};

void ledger_open(uint16_t port, const char *token, unsigned calls);
bool ledger_is_ready(void);

/* Compares with what was sent: `seconds` of a call's words at least. Whether all are there. */
bool ledger_has_all(unsigned call, unsigned seconds);
void ledger_expect(unsigned call, unsigned seconds);
struct ledger_totals ledger_totals(void);

/* When a channel's first stt.degraded came; 0: none did. */
uint64_t ledger_degraded_ns(unsigned call, unsigned channel);

#endif
