/**
 * The project's own BPF objects, loaded and attached, and the sources that read them. All code that
 * runs programs in the kernel is here; {@code wire} has the layouts.
 */
@NullMarked
package io.netspan.receiver.kernel;

import org.jspecify.annotations.NullMarked;
