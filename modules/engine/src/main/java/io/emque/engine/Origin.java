package io.emque.engine;

/**
 * Where the records of a relayed log stand in the log of the server they come from.
 *
 * @param epoch the incarnation of the server's log
 * @param shift what is added to an offset here to get the one there
 */
record Origin(String epoch, long shift) {}
