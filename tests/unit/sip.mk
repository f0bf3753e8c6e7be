# unit tests of sip
