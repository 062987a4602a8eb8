/*
 * How well topics are found by the meaning of examples in labelled conversations:
 * topic_figures MODELS RULES CONVERSATIONS [misses]
 *
 *   == topic, or none
 *   A an agent's segment
 *   C a customer's
 */
#include "labelled_topics.h"

#include "sidetone/embedder.h"

#include <stdio.h>

static void print(const char *line)
{
    printf("    %s\n", line);
}

int main(int argc, char **argv)
{
    char why[512];
    struct st_embedder *embedder;
    if (argc < 4)
        return 2;
    if (st_embedder_create(&embedder, argv[1], why, sizeof(why)) < 0) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    struct labelled_topics figures =
        labelled_topics_measure(embedder, argv[2], argv[3], argc > 4 ? print : NULL);
    printf("%u conversations with a topic, %u without: recall %.2f, precision %.2f; the longest "
           "topic is the right one in %.2f; %u without one have none\n",
           figures.labelled, figures.unlabelled, (double)figures.found / figures.labelled,
           figures.told > 0 ? (double)figures.found / figures.told : 0,
           (double)figures.longest / figures.labelled, figures.silent);
    st_embedder_unref(embedder);
    return 0;
}
