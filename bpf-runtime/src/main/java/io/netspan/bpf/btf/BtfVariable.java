package io.netspan.bpf.btf;

/**
 * A global variable.
 *
 * @param offset in its data section, in bytes
 * @param size in bytes
 */
public record BtfVariable(String name, int offset, int size) {}
