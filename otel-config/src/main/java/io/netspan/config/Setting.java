package io.netspan.config;

/**
 * A value that was written somewhere.
 *
 * @param name where: an environment variable or the place in a file
 */
public record Setting(String name, String value) {}
