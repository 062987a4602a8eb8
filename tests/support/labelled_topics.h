/* Conversations labelled with their topic, and how well topics by example are found in them. */
#ifndef LABELLED_TOPICS_H
#define LABELLED_TOPICS_H

struct st_embedder;

struct labelled_topics {
    unsigned labelled, unlabelled; /* conversations: with a topic, "none" */
    unsigned found;                /* labelled ones whose topic was told */
    unsigned told;                 /* topics, right or wrong, of all conversations */
    unsigned longest;              /* labelled ones whose topic has the greatest share */
    unsigned silent;               /* unlabelled ones without any */
};

/* Puts every conversation through an analysis of its own. Ends the process when a file is not as
 * described. `report` (NULL: none) gets a line for every topic that was missed or told wrongly. */
struct labelled_topics labelled_topics_measure(struct st_embedder *embedder, const char *rules_path,
                                               const char *path, void (*report)(const char *line));

#endif
