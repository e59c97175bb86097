package io.netspan.bpf.btf;

import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.UnionLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Compares a Java layout with the C struct of its name, member by member and both ways.
 *
 * <p>C's padding has to be named in C and in Java. An unnamed padding layout in Java stands for a
 * hole that C has, too; where C has a member instead, that member is reported as missing in Java.
 */
public final class LayoutCheck {

  /** Prints as offset in the struct and size, in bytes. */
  private record Place(long offset, MemoryLayout layout) {

    @Override
    public String toString() {
      return "[" + offset + ", " + layout.byteSize() + "]";
    }
  }

  private final List<String> differences = new ArrayList<>();

  private LayoutCheck() {}

  /**
   * A line for each difference, such as {@code tcp_close.dport: C [28, 2] Java [30, 2]}, the
   * numbers being offset and size in bytes; empty if there is none.
   *
   * @param java has the C struct's name
   */
  public static List<String> compare(StructLayout java, Btf btf) {
    String name =
        java.name().orElseThrow(() -> new IllegalArgumentException("a layout without a name"));
    LayoutCheck check = new LayoutCheck();
    btf.struct(name)
        .ifPresentOrElse(
            c -> check.group(name, c, java),
            () -> check.differences.add(name + ": no such struct in C"));
    return List.copyOf(check.differences);
  }

  /**
   * A line if the keys of a map are not the C struct of that name; empty if they are.
   *
   * @param java has the C struct's name
   */
  public static List<String> compareKey(String map, StructLayout java, Btf btf) {
    return compareContent(map, "key", java, btf.map(map), MapDefinition::key);
  }

  /** The same of a map's values. */
  public static List<String> compareValue(String map, StructLayout java, Btf btf) {
    return compareContent(map, "value", java, btf.map(map), MapDefinition::value);
  }

  private static List<String> compareContent(
      String map,
      String which,
      StructLayout java,
      Optional<MapDefinition> definition,
      Function<MapDefinition, Optional<MapDefinition.Content>> content) {
    String wanted =
        java.name().orElseThrow(() -> new IllegalArgumentException("a layout without a name"));
    if (definition.isEmpty()) {
      return List.of("map " + map + ": not in C");
    }
    String found = content.apply(definition.get()).map(MapDefinition.Content::type).orElse("none");
    return found.equals(wanted)
        ? List.of()
        : List.of("map " + map + ", " + which + ": C " + found + ", Java " + wanted);
  }

  private void group(String path, BtfStruct c, GroupLayout java) {
    Map<String, Place> javaMembers = new LinkedHashMap<>();
    collect(path, java, 0, javaMembers);
    for (BtfMember member : c.members()) {
      member(path + "." + member.name(), member, javaMembers.remove(member.name()));
    }
    javaMembers.forEach(
        (member, place) -> differences.add(path + "." + member + ": not in C, Java " + place));
    if (c.size() != java.byteSize()) {
      differences.add(path + ": C " + c.size() + " bytes, Java " + java.byteSize());
    }
  }

  private void member(String path, BtfMember c, @Nullable Place java) {
    String place = "[" + c.offset() + ", " + c.size() + "]";
    if (java == null) {
      differences.add(path + ": C " + place + ", not in Java");
      return;
    }
    if (!java.toString().equals(place)) {
      differences.add(path + ": C " + place + " Java " + java);
    }
    if (c.struct().isPresent() && java.layout() instanceof GroupLayout nested) {
      group(path, c.struct().orElseThrow(), nested);
    }
  }

  private void collect(String path, GroupLayout group, long base, Map<String, Place> members) {
    long offset = base;
    for (MemoryLayout member : group.memberLayouts()) {
      if (member.name().isPresent()) {
        Place place = new Place(offset, member);
        if (members.put(member.name().orElseThrow(), place) != null) {
          differences.add(path + "." + member.name().orElseThrow() + ": twice in Java");
        }
      } else if (member instanceof GroupLayout unnamed) {
        collect(path, unnamed, offset, members);
      } else if (!(member instanceof PaddingLayout)) {
        differences.add(path + ": Java has a member without a name at " + offset);
      }
      offset += group instanceof UnionLayout ? 0 : member.byteSize();
    }
  }
}
