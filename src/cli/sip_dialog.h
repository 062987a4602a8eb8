/* Who talks to whom in a dialog of SIP, on the caller's side, and its requests and replies as text.
 */
#ifndef SIDETONE_CLI_SIP_DIALOG_H
#define SIDETONE_CLI_SIP_DIALOG_H

#include "text.h"

#include <osipparser2/osip_parser.h>
#include <stdbool.h>

enum { ST_SIP_DIALOG_WORD_MAX = 17 };

struct st_sip_dialog {
    const char *transport, *local, *call_id; /* of the caller's config */
    char tag[ST_SIP_DIALOG_WORD_MAX];
    struct st_text to, remote, route; /* route: header lines */
};

/* A word that nobody guesses. */
void st_sip_dialog_make_word(char ret_word[ST_SIP_DIALOG_WORD_MAX]);

/* target: "HOST:PORT". The texts of the config are borrowed. */
void st_sip_dialog_init(struct st_sip_dialog *dialog, const char *target);
void st_sip_dialog_fini(struct st_sip_dialog *dialog);

/* What an answer that accepts says of the other side; of the first one the route, too. */
void st_sip_dialog_learn(struct st_sip_dialog *dialog, const osip_message_t *answer, bool is_first);

/* A request: its head, then whatever else there is, then its end with the body. */
void st_sip_dialog_begin(const struct st_sip_dialog *dialog, struct st_text *text,
                         const char *method, unsigned sequence, const char *branch);
void st_sip_dialog_end(struct st_text *text, const char *type, const struct st_text *body);

/* What answers a request of theirs; sdp NULL: no body. */
void st_sip_dialog_reply(const struct st_sip_dialog *dialog, struct st_text *text,
                         const osip_message_t *request, const char *status,
                         const struct st_text *sdp);

#endif
