#include "rules.h"

/* In the order in which they are named to people. */
const struct st_rule_kind *const st_rule_kinds[] = {
    &st_rule_kind_phrase,     &st_rule_kind_sequence,
    &st_rule_kind_semantic,   &st_rule_kind_interruption,
    &st_rule_kind_non_talk,   &st_rule_kind_overlap,
    &st_rule_kind_talk_speed, &st_rule_kind_loudness,
    &st_rule_kind_sentiment,  &st_rule_kind_duration,
    &st_rule_kind_call,       &st_rule_kind_any,
    &st_rule_kind_all,        &st_rule_kind_not,
    &st_rule_kind_category,   NULL,
};
