package io.netspan.config;

/**
 * A configured value and its origin.
 *
 * @param name the origin: an environment variable or a place in a file
 */
public record Setting(String name, String value) {}
