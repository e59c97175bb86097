package io.netspan.bpf.btf;

/**
 * One type, as it stands in the section.
 *
 * @param sizeOrType the size in bytes, or the id of another type, by kind
 * @param at where what follows {@code struct btf_type} begins
 */
record BtfType(String name, BtfKind kind, int vlen, boolean kindFlag, long sizeOrType, long at) {}
