/* SPDX-License-Identifier: Apache-2.0 */
/* What a killed daemon left at the end of a stream's file. For stream.c. */
#pragma once

#include "output/queue.h"

/** Cuts off a line that was begun and not finished (it waits in the spool and is written
 *  again), and takes what waits in `queue` and stands in the file already as delivered.
 *  `path`: NULL for what is no file of ours. Nothing is done to what is no regular file.
 */
void stream_repair(int fd, const char *path, struct queue *queue);
