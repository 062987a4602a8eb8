#ifndef PHRASE_INTERIM_H
#define PHRASE_INTERIM_H
#include "automaton.h"
#include "phrase_set.h"
#include <stdatomic.h>
struct entry {
    uint32_t pattern;
    uint32_t next;
};
struct st_phrase_set {
    atomic_uint refs;
    struct st_automaton *automaton;
    struct entry *entries;
    uint32_t entry_count;
    uint8_t *lengths;
    uint32_t *groups;
    unsigned length_max;
};
#endif
