libsipvigil_la_SOURCES += \
	src/dialect/stream.c src/dialect/stream.h src/dialect/stream_gap.c \
	src/dialect/stream_header.c src/dialect/stream_saved.c src/dialect/stream_state.h \
	src/dialect/notice.c src/dialect/notice.h \
	src/dialect/registry.c src/dialect/registry.h \
	src/dialect/asterisk.c src/dialect/asterisk.h \
	src/dialect/asterisk_line.h \
	src/dialect/asterisk_prefix.c \
	src/dialect/asterisk_json.c \
	src/dialect/asterisk_leg.c \
	src/dialect/asterisk_hold.c \
	src/dialect/asterisk_match.c \
	src/dialect/asterisk_templates.c src/dialect/asterisk_templates.h \
	src/dialect/asterisk_sip.c \
	src/dialect/asterisk_register.c \
	src/dialect/asterisk_pjsip.c \
	src/dialect/asterisk_call.c \
	src/dialect/asterisk_dialplan.c \
	src/dialect/asterisk_security.c \
	src/dialect/asterisk_other.c \
	src/dialect/asterisk_web.c \
	src/dialect/copies.c src/dialect/copies.h \
	src/dialect/members.c src/dialect/members.h \
	src/dialect/kamailio.c src/dialect/kamailio.h \
	src/dialect/kamailio_line.h \
	src/dialect/kamailio_head.c \
	src/dialect/kamailio_json.c \
	src/dialect/kamailio_read.c \
	src/dialect/kamailio_match.c \
	src/dialect/kamailio_templates.c src/dialect/kamailio_templates.h \
	src/dialect/kamailio_script.c \
	src/dialect/kamailio_module.c \
	src/dialect/kamailio_acc.c \
	src/dialect/kamailio_extras.c \
	src/dialect/kamailio_block.c \
	src/dialect/opensips.c \
	src/dialect/freeswitch.c src/dialect/freeswitch.h \
	src/dialect/freeswitch_line.h \
	src/dialect/freeswitch_templates.c src/dialect/freeswitch_templates.h \
	src/dialect/freeswitch_prefix.c \
	src/dialect/freeswitch_json.c \
	src/dialect/freeswitch_doubt.c \
	src/dialect/freeswitch_name.c \
	src/dialect/freeswitch_dump.c \
	src/dialect/freeswitch_match.c \
	src/dialect/freeswitch_auth.c \
	src/dialect/freeswitch_fold.c \
	src/dialect/freeswitch_gateway.c \
	src/dialect/freeswitch_session.c \
	src/dialect/freeswitch_call.c \
	src/dialect/freeswitch_end.c \
	src/dialect/pattern.c src/dialect/pattern.h \
	src/dialect/pattern_code.c src/dialect/pattern_code.h \
	src/dialect/pattern_event.c src/dialect/pattern_event.h \
	src/dialect/pattern_field.c \
	src/dialect/pattern_scan.c src/dialect/pattern_scan.h \
	src/dialect/pattern_set.c src/dialect/pattern_set.h \
	src/dialect/pattern_risk.c \
	src/dialect/appliance.c src/dialect/appliance.h \
	src/dialect/cisco.c src/dialect/cisco.h \
	src/dialect/cisco_line.h \
	src/dialect/cisco_gateway.c \
	src/dialect/cisco_manager.c \
	src/dialect/audiocodes.c src/dialect/audiocodes.h \
	src/dialect/audiocodes_line.h \
	src/dialect/audiocodes_ids.c \
	src/dialect/audiocodes_cdr.c \
	src/dialect/oracle.c src/dialect/oracle.h \
	src/dialect/resip.c src/dialect/resip.h \
	src/dialect/repro.c src/dialect/repro.h \
	src/dialect/threecx.c \
	src/dialect/yate.c src/dialect/yate.h \
	src/dialect/sipmsg.c src/dialect/sipmsg.h \
	src/dialect/sipmsg_state.h \
	src/dialect/sipmsg_banner.c \
	src/dialect/sipmsg_cursor.c src/dialect/sipmsg_cursor.h \
	src/dialect/sipmsg_capture.c \
	src/dialect/sipmsg_pbx.c \
	src/dialect/sipmsg_vendor.c \
	src/dialect/sipmsg_frame.c \
	src/dialect/sipmsg_text.c \
	src/dialect/sipmsg_flow.c \
	src/dialect/sipmsg_shark.c \
	src/dialect/sipmsg_record.c \
	src/dialect/sipmsg_boxes.c \
	src/dialect/sipmsg_brief.c \
	src/dialect/sipmsg_match.c \
	src/dialect/sipmsg_local.c \
	src/dialect/sipmsg_emit.c
