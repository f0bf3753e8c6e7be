libsipvigil_la_SOURCES += \
	src/alert/render_alert.c src/alert/render_event.c src/alert/render.h \
	src/alert/alert.c src/alert/alert.h \
	src/alert/cycle.c src/alert/cycle.h \
	src/alert/group.c src/alert/group.h \
	src/alert/gate.c src/alert/gate_saved.c src/alert/gate.h src/alert/gate_state.h \
	src/alert/held.c src/alert/held.h \
	src/alert/inhibit.c src/alert/inhibit.h \
	src/alert/silence.c src/alert/silence.h
