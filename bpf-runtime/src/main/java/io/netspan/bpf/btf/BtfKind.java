package io.netspan.bpf.btf;

/** {@code BTF_KIND_*} of include/uapi/linux/btf.h, in the order of their numbers. */
enum BtfKind {
  VOID(0, 0),
  INT(4, 0),
  PTR(0, 0),
  ARRAY(12, 0),
  STRUCT(0, 12),
  UNION(0, 12),
  ENUM(0, 8),
  FWD(0, 0),
  TYPEDEF(0, 0),
  VOLATILE(0, 0),
  CONST(0, 0),
  RESTRICT(0, 0),
  FUNC(0, 0),
  FUNC_PROTO(0, 8),
  VAR(4, 0),
  DATASEC(0, 12),
  FLOAT(0, 0),
  DECL_TAG(4, 0),
  TYPE_TAG(0, 0),
  ENUM64(0, 12);

  private static final BtfKind[] KINDS = values();

  private final int fixed;
  private final int perElement;

  /**
   * @param fixed bytes that follow struct btf_type
   * @param perElement bytes that follow for each of its vlen
   */
  BtfKind(int fixed, int perElement) {
    this.fixed = fixed;
    this.perElement = perElement;
  }

  /** Whether types of this number can be skipped, at least. */
  static boolean known(int number) {
    return number > 0 && number < KINDS.length;
  }

  static BtfKind of(int number) {
    return KINDS[number];
  }

  long trailer(int vlen) {
    return fixed + (long) perElement * vlen;
  }
}
