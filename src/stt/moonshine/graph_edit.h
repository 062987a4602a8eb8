/*
 * What is changed in the decoder's ONNX model.
 *
 * It is a graph whose one If node holds two branches: the first pass over an utterance and all
 * later ones. In both, the attention over the audio becomes an output, and padding is bypassed:
 * heads of 36 are widened to 40 and cut back around every attention, over the whole memory of the
 * utterance, for nothing.
 */
#ifndef SIDETONE_STT_MOONSHINE_GRAPH_EDIT_H
#define SIDETONE_STT_MOONSHINE_GRAPH_EDIT_H

#include "protobuf.h"

/* Appends the changed model to `out`. -EBADMSG when the model is not the one this was written for;
 * `out` is then of no use. */
int st_graph_edit_decoder(struct st_protobuf_span model, struct st_protobuf_buffer *out);

#endif
