/** Keys and certificates in PEM (RFC 7468), and the ASN.1 below it. */
package io.emque.pem;
