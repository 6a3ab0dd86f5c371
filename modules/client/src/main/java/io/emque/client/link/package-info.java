/**
 * One server through one transport: {@link io.emque.client.link.Link} opens a channel to publish on
 * and feeds to read. Nothing here retries, resumes or knows of other servers.
 */
package io.emque.client.link;
