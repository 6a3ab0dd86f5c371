/**
 * Contracts: abstract classes of tests, one for each interface of {@code io.emque.api.spi} that has
 * more to keep than its signatures say. A provider's own test extends the contract.
 */
package io.emque.testkit;
