/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures: what a section of the configuration says, as one canonical text. Two
 * sections with equal signatures make equal inputs, outputs or rules, so a reload keeps
 * what runs and replaces only what differs.
 */
#pragma once

#include <base/buffer.h>
#include <conf/conf.h>

void signature_file(struct buffer *buf, const struct conf_file *file);
void signature_journal(struct buffer *buf, const struct conf_journal *journal);
void signature_syslog(struct buffer *buf, const struct conf_syslog *syslog);
void signature_output(struct buffer *buf, const struct conf_output *output);
/** Everything that the engine and the naming of peers depend on. */
void signature_rules(struct buffer *buf, const struct conf *conf);
