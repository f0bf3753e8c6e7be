libsipvigil_la_SOURCES += \
	src/doctor/doctor.c src/doctor/doctor.h \
	src/doctor/tree.c src/doctor/tree.h \
	src/doctor/access.c \
	src/doctor/found.c \
	src/doctor/astconf.c src/doctor/astconf.h \
	src/doctor/asterisk.c src/doctor/asterisk_sip.c \
	src/doctor/kamcfg.c src/doctor/kamcfg.h \
	src/doctor/kamailio.c \
	src/doctor/xml.c src/doctor/xml.h \
	src/doctor/freeswitch.c \
	src/doctor/rsyslog.c src/doctor/rsyslog.h \
	src/doctor/host.c
