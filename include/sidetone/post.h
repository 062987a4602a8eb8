/*
 * Work for another loop that must not be lost: posted now, or again every 10 ms while the other
 * loop's inbox is full. Order against other posts is not kept then. A loop
 * that has been stopped takes nothing any more: the work is given up with the process.
 */
#ifndef SIDETONE_POST_H
#define SIDETONE_POST_H

#include "sidetone/loop.h"

/* On the thread of `from`. */
void st_post_surely(struct st_loop *from, struct st_loop *to, st_loop_fn run, void *user);

#endif
