# unit tests of input
