/**
 * A coverage-guided fuzzer against everything that reads what others wrote. A target is a class in
 * the package of what it feeds, with {@code fuzzerTestOneInput(byte[])}, which throws if a property
 * does not hold; its seeds are the files in the resource folder of the same name, of which each was
 * once a finding or shows the way to a corner.
 */
@NullMarked
package io.netspan.fuzz;

import org.jspecify.annotations.NullMarked;
