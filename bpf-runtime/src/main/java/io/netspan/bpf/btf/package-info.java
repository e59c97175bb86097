/**
 * The types of a BPF object: a reader of ELF sections and of BTF (BPF Type Format), and the
 * comparison of a C struct with the Java layout that decodes it. Pure functions of bytes; the input
 * is not trusted.
 */
@NullMarked
package io.netspan.bpf.btf;

import org.jspecify.annotations.NullMarked;
