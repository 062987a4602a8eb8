#include "silence.h"

static int64_t guess_ms(const struct st_characteristics *spoken, uint32_t start_ms, uint32_t end_ms)
{
    bool is_hold = st_characteristics_reason(spoken, start_ms, end_ms) != ST_SILENCE_UNKNOWN &&
                   !st_characteristics_was_paused(spoken, start_ms, end_ms);
    return is_hold && end_ms > start_ms ? end_ms - start_ms : 0;
}

int64_t st_silence_guessed_us(const struct st_silence *silence,
                              const struct st_characteristics *spoken)
{
    int64_t ms = silence->guessed_ms;
    if (silence->is_told)
        ms += guess_ms(spoken, silence->told_ms, spoken->known_ms);
    return ms * 1000;
}

static void begin(struct st_silence *silence, const struct st_characteristics *spoken,
                  const struct st_talk_gap *gap, st_silence_fn emit, void *user)
{
    struct st_silence_event event = {
        .start_ms = gap->start_ms,
        .end_ms = gap->start_ms + silence->least_ms,
    };
    event.finding.reason = st_characteristics_reason(spoken, event.start_ms, event.end_ms);
    silence->is_told = true;
    silence->told_ms = gap->start_ms;
    emit(user, &event);
}

static void end(struct st_silence *silence, const struct st_characteristics *spoken,
                uint32_t end_ms, st_silence_fn emit, void *user)
{
    struct st_silence_event event = {
        .start_ms = silence->told_ms,
        .end_ms = end_ms,
        .finding = {.is_over = true,
                    .reason = st_characteristics_reason(spoken, silence->told_ms, end_ms)},
    };
    silence->guessed_ms += guess_ms(spoken, silence->told_ms, end_ms);
    silence->is_told = false;
    silence->done_ms = end_ms;
    emit(user, &event);
}

/* The one that was told of, as it stands now: words may have come for a part of it. */
static struct st_talk_gap look_again(const struct st_silence *silence,
                                     const struct st_characteristics *spoken)
{
    struct st_talk_gap gap;
    if (st_talk_next_gap(spoken, silence->told_ms, 1, &gap) && gap.start_ms == silence->told_ms)
        return gap;
    return (struct st_talk_gap){.start_ms = silence->told_ms,
                                .end_ms = silence->told_ms,
                                .is_open = spoken->known_ms <= silence->told_ms};
}

void st_silence_look(struct st_silence *silence, const struct st_characteristics *spoken,
                     st_silence_fn emit, void *user)
{
    struct st_talk_gap gap;
    for (;;) {
        if (silence->is_told) {
            gap = look_again(silence, spoken);
            if (gap.is_open && !spoken->is_over)
                return;
            end(silence, spoken, gap.end_ms, emit, user);
        }
        if (!st_talk_next_gap(spoken, silence->done_ms, silence->least_ms, &gap))
            break;
        if (gap.start_ms < silence->done_ms)
            break;
        begin(silence, spoken, &gap, emit, user);
    }
    if (spoken->known_ms > silence->done_ms + silence->least_ms)
        silence->done_ms = spoken->known_ms - silence->least_ms;
}
