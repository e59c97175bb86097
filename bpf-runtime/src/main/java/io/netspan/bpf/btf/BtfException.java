package io.netspan.bpf.btf;

/** The bytes are not an ELF object for BPF with well-formed BTF. */
public final class BtfException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final long offset;

  BtfException(String what, long offset) {
    super(what + " at byte " + offset);
    this.offset = offset;
  }

  /** Where in the input, in bytes: of the ELF file, or of the section if only that was given. */
  public long offset() {
    return offset;
  }
}
