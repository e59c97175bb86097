package io.netspan.receiver.net;

/**
 * One end of a connection.
 *
 * @param port 0: not chosen yet
 */
public record Endpoint(Address address, int port) {}
