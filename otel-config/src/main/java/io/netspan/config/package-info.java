@NullMarked
package io.netspan.config;

import org.jspecify.annotations.NullMarked;
