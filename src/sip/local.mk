# src/sip
