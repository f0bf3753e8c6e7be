# unit tests of output
