/** Server-Sent Events, read as strictly as a browser reads them. */
package io.emque.testkit.sse;
