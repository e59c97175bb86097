/**
 * A coverage-guided fuzzer for all code that reads foreign input. A target is a class in the
 * package of the code that it feeds. Its {@code fuzzerTestOneInput(byte[])} throws if a property
 * does not hold. Its seeds are the files in the resource folder of the same name; each was a
 * finding once, or leads to code that is hard to reach.
 */
@NullMarked
package io.netspan.fuzz;

import org.jspecify.annotations.NullMarked;
