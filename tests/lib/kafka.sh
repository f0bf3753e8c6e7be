# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# A real Apache Kafka broker (KRaft, one process) for integration tests. Its jars come by
# Maven once, into a folder outside of the source tree. Source wait.sh first.
kafka_version=4.1.1
kafka_cache=${SIPVIGIL_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sipvigil-tests}/kafka-tools-$kafka_version

# Skips the test when something is missing; leaves the jars in $kafka_cache/lib.
kafka_need()
{
	for kafka_tool in java kcat python3; do
		command -v "$kafka_tool" >/dev/null ||
			skip_all "$kafka_tool not found: apt-get install openjdk-17-jre-headless maven kcat python3"
	done
	[ -e "$kafka_cache/complete" ] && return
	command -v mvn >/dev/null ||
		skip_all "no Kafka in $kafka_cache: apt-get install maven (it is fetched once)"
	mkdir -p "$kafka_cache" || skip_all "cannot write $kafka_cache"
	cat >"$kafka_cache/pom.xml" <<-EOF
	<project xmlns="http://maven.apache.org/POM/4.0.0">
	 <modelVersion>4.0.0</modelVersion>
	 <groupId>sipvigil.tests</groupId><artifactId>broker</artifactId><version>1</version>
	 <packaging>pom</packaging>
	 <dependencies><dependency>
	  <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$kafka_version</version>
	 </dependency><dependency>
	  <groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>$kafka_version</version>
	 </dependency></dependencies>
	</project>
	EOF
	# Two tests may fetch at once: the folder is put in place in one step.
	kafka_lib=$(mktemp -d "$kafka_cache/lib.XXXXXX")
	if ! mvn -q -B -f "$kafka_cache/pom.xml" dependency:copy-dependencies \
		-DoutputDirectory="$kafka_lib" >"$kafka_cache/mvn.log" 2>&1; then
		rm -rf "$kafka_lib"
		skip_all "Maven could not fetch Kafka $kafka_version: see $kafka_cache/mvn.log"
	fi
	mv -T "$kafka_lib" "$kafka_cache/lib" 2>/dev/null || rm -rf "$kafka_lib"
	: >"$kafka_cache/complete"
}

# Starts the broker: $kafka_pid, $kafka_brokers. Again after kafka_kill: with its old data.
kafka_start()
{
	kafka_dir=$scratch/kafka
	if [ ! -d "$kafka_dir" ]; then
		mkdir "$kafka_dir"
		kafka_port=$(free_port)
		kafka_controller_port=$(free_port)
		kafka_brokers=127.0.0.1:$kafka_port
		cat >"$kafka_dir/server.properties" <<-EOF
		process.roles=broker,controller
		node.id=1
		controller.quorum.voters=1@127.0.0.1:$kafka_controller_port
		listeners=PLAINTEXT://127.0.0.1:$kafka_port,CONTROLLER://127.0.0.1:$kafka_controller_port
		controller.listener.names=CONTROLLER
		listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
		log.dirs=$kafka_dir/data
		offsets.topic.replication.factor=1
		transaction.state.log.replication.factor=1
		transaction.state.log.min.isr=1
		group.initial.rebalance.delay.ms=0
		EOF
		kafka_id=$(java -cp "$kafka_cache/lib/*" kafka.tools.StorageTool random-uuid 2>"$kafka_dir/format.log")
		java -cp "$kafka_cache/lib/*" kafka.tools.StorageTool format -t "$kafka_id" \
			-c "$kafka_dir/server.properties" >>"$kafka_dir/format.log" 2>&1 || return 1
	fi
	java -Xmx384m -cp "$kafka_cache/lib/*" kafka.Kafka "$kafka_dir/server.properties" \
		>>"$kafka_dir/broker.log" 2>&1 9>&- &
	kafka_pid=$!
	started="$started $kafka_pid"
	tenacious 60 kcat -b "$kafka_brokers" -L -m 2
}

# Gone at once, as with a power cut.
kafka_kill()
{
	kill -9 "$kafka_pid"
	wait "$kafka_pid" 2>/dev/null
	return 0
}

# kafka_topic NAME [PROPERTY=VALUE]
kafka_topic()
{
	java -cp "$kafka_cache/lib/*" org.apache.kafka.tools.TopicCommand --bootstrap-server "$kafka_brokers" \
		--create --topic "$1" --partitions 3 --replication-factor 1 \
		${2:+--config "$2"} >>"$kafka_dir/topics.log" 2>&1
}

# kafka_read TOPIC [FORMAT]: all there is, in order per partition, with kcat's format.
kafka_read()
{
	kcat -b "$kafka_brokers" -C -t "$1" -o beginning -e -q -f "${2:-%k %s\n}" 2>/dev/null
}
