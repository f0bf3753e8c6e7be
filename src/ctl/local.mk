libsipvigil_la_SOURCES += \
	src/ctl/view.h \
	src/ctl/coverage.c src/ctl/coverage.h \
	src/ctl/metrics.c src/ctl/metrics.h \
	src/ctl/commands.c src/ctl/commands_status.c src/ctl/commands_alerts.c src/ctl/commands_silence.c src/ctl/commands_why.c src/ctl/commands.h \
	src/ctl/alert_detail.c src/ctl/alert_detail.h \
	src/ctl/commands_peers.c src/ctl/commands_top.c src/ctl/peer_rows.c src/ctl/peer_rows.h \
	src/ctl/server.c src/ctl/server.h \
	src/ctl/client.c src/ctl/client.h
