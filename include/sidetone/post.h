/*
 * Work for another loop that must not be lost: posted now, or again every 10 ms while the other
 * loop's inbox is full. Order against other posts is not kept then.
 */
#ifndef SIDETONE_POST_H
#define SIDETONE_POST_H

#include "sidetone/loop.h"

/* On the thread of `from`. Exactly one of the two is called: `run` on the thread of `to`, or, when
 * that loop has been stopped and takes nothing any more, `give_up` on the thread of `from` (perhaps
 * before this returns), which releases what `user` owns. give_up NULL: it owns nothing. */
void st_post_surely(struct st_loop *from, struct st_loop *to, st_loop_fn run, st_loop_fn give_up,
                    void *user);

#endif
