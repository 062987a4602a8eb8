/*
 * Sentences that stand for what is typically meant: small trained heads learn from their vectors
 * what an issue, an outcome, an action item is, and what is nothing of interest.
 *
 * Our own writing. Each list ends with NULL.
 */
#ifndef SIDETONE_ANALYTICS_PROTOTYPES_H
#define SIDETONE_ANALYTICS_PROTOTYPES_H

/* Of customers: a reason for a call, and what is none. */
extern const char *const st_prototypes_issue[];
extern const char *const st_prototypes_no_issue[];

/* Of agents: what was done or agreed, what will be done or must be, and neither. */
extern const char *const st_prototypes_outcome[];
extern const char *const st_prototypes_action_item[];
extern const char *const st_prototypes_agent[];

/* What everybody says on any call: the background against which rules by meaning are trained. */
extern const char *const st_prototypes_everyday[];

#endif
