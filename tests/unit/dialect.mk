# unit tests of dialect
