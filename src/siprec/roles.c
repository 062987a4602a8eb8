#include "roles.h"

#include <string.h>
#include <strings.h>

/* A leg is either the caller's or the called party's until their roles are known. */
enum party { PARTY_UNKNOWN, PARTY_CALLER, PARTY_CALLED };

enum { CALLED_RANK = 100 }; /* of labels: from here on the called party's */

/* ---- parties ---- */

static bool is_same_user(const char *aor, const char *other)
{
    aor += *aor == '+';
    other += *other == '+';
    size_t chars = strcspn(aor, "@"), others = strcspn(other, "@");
    return chars > 0 && chars == others && strncasecmp(aor, other, chars) == 0;
}

static const char *aor_of(const struct role_input *input, const struct line_role *line,
                          unsigned index)
{
    if (line->participant >= 0)
        return input->metadata->participants[line->participant].aor;
    return input->hints->line_aor[index];
}

static enum party party_by_extension(const struct role_input *input, unsigned index,
                                     const struct line_role *line)
{
    const struct metadata *metadata = input->metadata;
    const char *aor = aor_of(input, line, index);
    if (line->participant >= 0 && metadata->participants[line->participant].party)
        return metadata->participants[line->participant].party == METADATA_PARTY_CALLER
                   ? PARTY_CALLER
                   : PARTY_CALLED;
    bool is_caller = is_same_user(aor, metadata->caller);
    bool is_called = is_same_user(aor, metadata->called);
    if (is_caller == is_called)
        return PARTY_UNKNOWN;
    return is_caller ? PARTY_CALLER : PARTY_CALLED;
}

static enum party party_by_association(const struct line_role *line)
{
    if (line->participant < 0)
        return PARTY_UNKNOWN;
    return line->participant == 0 ? PARTY_CALLER : PARTY_CALLED;
}

/* The lower the earlier; -1 for labels that say nothing. */
static int rank_of(const char *label)
{
    static const char *const callers[] = {"0", "1", "10", "a_leg", "inbound", "external", "caller"};
    static const char *const called[] = {"2", "20", "b_leg", "outbound", "internal", "callee"};
    for (int i = 0; i < (int)(sizeof(callers) / sizeof(*callers)); i++)
        if (strcasecmp(label, callers[i]) == 0)
            return i;
    for (int i = 0; i < (int)(sizeof(called) / sizeof(*called)); i++)
        if (strcasecmp(label, called[i]) == 0)
            return CALLED_RANK + i;
    return -1;
}

static bool is_line(const struct role_input *input, unsigned index)
{
    return input->sdp->media[index].is_audio && !(input->left_out & 1u << index);
}

/* Where each leg has a session of its own, who is named in it is neither first nor second. */
static bool is_alone(const struct role_input *input)
{
    unsigned lines = 0;
    for (unsigned i = 0; i < input->sdp->media_count; i++)
        lines += is_line(input, i);
    return lines == 1 && input->metadata->participant_count == 1;
}

/* Who numbers from nought calls the second line what others call the first. */
static bool is_second_from_nought(const struct role_input *input, unsigned index)
{
    if (strcmp(input->sdp->media[index].label, "1") != 0)
        return false;
    for (unsigned i = 0; i < index; i++)
        if (is_line(input, i) && strcmp(input->sdp->media[i].label, "0") == 0)
            return true;
    return false;
}

static enum party party_by_label(const struct role_input *input, unsigned index)
{
    int rank = rank_of(input->sdp->media[index].label);
    if (rank < 0)
        return PARTY_UNKNOWN;
    return rank < CALLED_RANK && !is_second_from_nought(input, index) ? PARTY_CALLER : PARTY_CALLED;
}

/* ---- roles ---- */

static enum st_role opposite(enum st_role role)
{
    return role == ST_ROLE_AGENT ? ST_ROLE_CUSTOMER : ST_ROLE_AGENT;
}

static enum st_role role_of(const struct role_input *input, enum party party)
{
    enum st_role caller = input->caller_role == ST_ROLE_AGENT ? ST_ROLE_AGENT : ST_ROLE_CUSTOMER;
    return party == PARTY_CALLER ? caller : opposite(caller);
}

static bool find_rule(const struct role_input *input, unsigned index, struct line_role *line)
{
    const char *aor = aor_of(input, line, index);
    for (size_t i = 0; i < input->rule_count; i++) {
        const struct st_siprec_role_rule *rule = &input->rules[i];
        bool fits = (!rule->label || role_text_fits(rule->label, input->sdp->media[index].label)) &&
                    (!rule->aor || (*aor && role_text_fits(rule->aor, aor))) &&
                    (!rule->header || (input->header_fits && input->header_fits[i]));
        if (!fits)
            continue;
        line->role = rule->role;
        line->source = ST_SIPREC_BY_RULE;
        return true;
    }
    return false;
}

static bool is_recorded_user(const struct role_input *input, unsigned index,
                             const struct line_role *line)
{
    return is_same_user(aor_of(input, line, index), input->metadata->user);
}

static enum party party_of(const struct role_input *input, unsigned index, struct line_role *line)
{
    enum party party = party_by_extension(input, index, line);
    line->source = ST_SIPREC_BY_EXTENSION;
    if (party)
        return party;
    line->source = ST_SIPREC_BY_ASSOCIATION;
    party = party_by_association(line);
    if (party && !is_alone(input))
        return party;
    line->source = ST_SIPREC_BY_LABEL;
    party = party_by_label(input, index);
    if (party)
        return party;
    line->source = ST_SIPREC_BY_ORDER;
    for (unsigned i = 0; i < index; i++)
        if (is_line(input, i))
            return PARTY_CALLED;
    return PARTY_CALLER;
}

/* Whose telephone is recorded is an agent, so who talks with them is not. */
static enum st_role role_by_recorded(const struct role_input *input, const struct roles *roles,
                                     unsigned index)
{
    if (input->hints->is_far_end || input->hints->is_near_end)
        return input->hints->is_far_end ? ST_ROLE_CUSTOMER : ST_ROLE_AGENT;
    if (is_recorded_user(input, index, &roles->lines[index]))
        return ST_ROLE_AGENT;
    for (unsigned i = 0; i < input->sdp->media_count; i++)
        if (roles->lines[i].is_audio && is_recorded_user(input, i, &roles->lines[i]))
            return ST_ROLE_CUSTOMER;
    return ST_ROLE_UNKNOWN;
}

static void find_role(const struct role_input *input, struct roles *roles, unsigned index)
{
    struct line_role *line = &roles->lines[index];
    if (find_rule(input, index, line))
        return;
    line->role = role_by_recorded(input, roles, index);
    line->source = ST_SIPREC_BY_EXTENSION;
    if (line->role != ST_ROLE_UNKNOWN)
        return;
    line->role = role_of(input, party_of(input, index, line));
}

/* ---- contradictions ---- */

static unsigned count_senders(const struct metadata *metadata, const char *stream_id)
{
    unsigned count = 0;
    for (unsigned i = 0; i < metadata->participant_count; i++)
        for (unsigned s = 0; s < metadata->participants[i].send_count; s++)
            if (!metadata->participants[i].has_left && *stream_id &&
                strcmp(metadata->participants[i].sends[s], stream_id) == 0) {
                count++;
                break;
            }
    return count;
}

static bool is_label_offered(const struct st_rtp_sdp *sdp, const char *label)
{
    for (unsigned i = 0; i < sdp->media_count; i++)
        if (strcmp(sdp->media[i].label, label) == 0)
            return true;
    return false;
}

static bool is_metadata_odd(const struct role_input *input, unsigned audio_lines)
{
    const struct metadata *metadata = input->metadata;
    for (unsigned i = 0; i < metadata->stream_count; i++) {
        const struct metadata_stream *stream = &metadata->streams[i];
        if (count_senders(metadata, stream->id) > 1)
            return true;
        /* A leg that is announced comes later: that is no contradiction. */
        if (*stream->label && audio_lines >= metadata->stream_count &&
            !is_label_offered(input->sdp, stream->label))
            return true;
        for (unsigned other = 0; other < i; other++)
            if (*stream->label && strcmp(metadata->streams[other].label, stream->label) == 0)
                return true;
    }
    return false;
}

static bool is_label_odd(const struct role_input *input, unsigned index)
{
    const char *label = input->sdp->media[index].label;
    for (unsigned i = 0; i < index && *label; i++)
        if (!(input->left_out & 1u << i) && strcmp(input->sdp->media[i].label, label) == 0)
            return true;
    return *label && input->metadata->stream_count > 0 &&
           metadata_find_label(input->metadata, label) < 0;
}

/* The stream names somebody else as its source. */
static bool is_source_odd(const struct role_input *input, unsigned index,
                          const struct line_role *line)
{
    const char *cname = input->sdp->media[index].cname;
    if (!*cname || line->participant < 0)
        return false;
    for (unsigned i = 0; i < input->metadata->participant_count; i++)
        if ((int)i != line->participant &&
            strcasecmp(input->metadata->participants[i].aor, cname) == 0)
            return true;
    return false;
}

/* The first participant sends what the labels call the second stream. */
static bool is_crossed(const struct role_input *input, const struct roles *roles)
{
    int lines[2], count = 0;
    for (unsigned i = 0; i < input->sdp->media_count; i++)
        if (roles->lines[i].is_audio && count < 2)
            lines[count++] = (int)i;
    if (count < 2)
        return false;
    int first = roles->lines[lines[0]].participant, second = roles->lines[lines[1]].participant;
    int low = rank_of(input->sdp->media[lines[0]].label);
    int high = rank_of(input->sdp->media[lines[1]].label);
    return first >= 0 && second >= 0 && low >= 0 && high >= 0 && (low < high) != (first < second);
}

/* Where one source names the same role for both lines, those after it tell them apart. */
static void tell_apart(const struct role_input *input, struct roles *roles, unsigned first,
                       unsigned second)
{
    enum st_siprec_source source = ST_SIPREC_BY_LABEL;
    enum party party = party_by_label(input, first), other = party_by_label(input, second);
    if (party == PARTY_UNKNOWN && other != PARTY_UNKNOWN)
        party = other == PARTY_CALLER ? PARTY_CALLED : PARTY_CALLER;
    if (party == PARTY_UNKNOWN || party == other) {
        party = PARTY_CALLER;
        source = ST_SIPREC_BY_ORDER;
    }
    roles->lines[first].role = role_of(input, party);
    roles->lines[second].role = opposite(roles->lines[first].role);
    roles->lines[first].source = roles->lines[second].source = source;
}

/* Of two lines with one role the one whose role is better known keeps it. Returns whether they
 * were equally well known: then it is a guess. */
static bool separate(const struct role_input *input, struct roles *roles)
{
    int kept = -1;
    for (unsigned i = 0; i < input->sdp->media_count; i++) {
        struct line_role *line = &roles->lines[i], *before = kept < 0 ? NULL : &roles->lines[kept];
        if (!line->is_audio)
            continue;
        if (before && before->role == line->role) {
            struct line_role *loser = line->source < before->source ? before : line;
            if (line->source == before->source) {
                tell_apart(input, roles, (unsigned)kept, i);
                return true;
            }
            loser->role = opposite(loser->role);
            loser->source = loser == line ? before->source : line->source;
            return false;
        }
        kept = kept < 0 ? (int)i : kept;
    }
    return false;
}

static void find_participants(const struct role_input *input, struct roles *roles)
{
    for (unsigned i = 0; i < input->sdp->media_count; i++) {
        struct line_role *line = &roles->lines[i];
        int stream = metadata_find_label(input->metadata, input->sdp->media[i].label);
        line->is_audio = is_line(input, i);
        line->participant =
            stream < 0 ? -1
                       : metadata_find_sender(input->metadata, input->metadata->streams[stream].id);
    }
}

void roles_find(struct roles *ret_roles, const struct role_input *input)
{
    struct roles roles = {0};
    unsigned audio_lines = 0, count = input->sdp->media_count;
    find_participants(input, &roles);
    for (unsigned i = 0; i < count; i++) {
        if (!roles.lines[i].is_audio)
            continue;
        audio_lines++;
        find_role(input, &roles, i);
        roles.is_suspect |= is_label_odd(input, i) || is_source_odd(input, i, &roles.lines[i]);
    }
    roles.is_suspect |= is_metadata_odd(input, audio_lines) || is_crossed(input, &roles);
    roles.is_suspect |= separate(input, &roles);
    *ret_roles = roles;
}
