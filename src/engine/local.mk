libsipvigil_la_SOURCES += \
	src/engine/engine.c src/engine/engine.h src/engine/state.h src/engine/count.c \
	src/engine/rule.c src/engine/rule.h src/engine/plan.h \
	src/engine/condition.c src/engine/condition.h src/engine/judge.c src/engine/probe.c src/engine/probe.h \
	src/engine/inquiry.c src/engine/inquiry_json.c src/engine/inquiry.h \
	src/engine/measure.c src/engine/measure.h src/engine/measure_gauge.c src/engine/measure_rule.c \
	src/engine/slot.c src/engine/list.c \
	src/engine/pool.c src/engine/pool.h \
	src/engine/baseline.c src/engine/baseline.h src/engine/baseline_judge.c src/engine/baseline_read.c \
	src/engine/baseline_saved.c src/engine/learn.c src/engine/words_baseline.c \
	src/engine/window.c src/engine/window.h \
	src/engine/distinct.c src/engine/distinct.h \
	src/engine/gauge.c src/engine/gauge.h src/engine/gauges.c src/engine/words_gauge.c \
	src/engine/absent.c src/engine/compound.c src/engine/named.c src/engine/named.h src/engine/novelty.c src/engine/repeated.c \
	src/engine/keys.c src/engine/watch.c \
	src/engine/recent.c src/engine/recent.h \
	src/engine/trail.c src/engine/trail_saved.c src/engine/trail.h \
	src/engine/peers.c src/engine/lookup.c \
	src/engine/report.c src/engine/words.c src/engine/archive.c \
	src/engine/saved.c src/engine/saved.h \
	src/engine/saved_key.c src/engine/saved_key.h \
	src/engine/ledger.h
libsipvigil_la_SOURCES += \
	src/engine/attempts.c src/engine/attempts.h src/engine/attempts_agree.c src/engine/attempts_saved.c src/engine/attempts_state.h \
	src/engine/joining.c src/engine/joining.h \
	src/engine/keep.c src/engine/keep.h \
	src/engine/pick.c src/engine/pick.h \
	src/engine/ledger.c src/engine/ledger_saved.c src/engine/ledger_held.c src/engine/ledger_state.c src/engine/ledger_state.h \
	src/engine/prints.c src/engine/prints.h
