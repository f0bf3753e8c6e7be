#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Nothing is lost, nothing is counted twice: a daemon with a Kafka output is killed again
# and again; the topic has every transition, those that come twice with the same id.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/kafka.sh"
. "$top_srcdir/tests/lib/killing.sh"
killing_need
kafka_need

kafka_start
ok $? "a broker runs"
killing kafka 40 --lines 40000 --brokers "$kafka_brokers"
finish
