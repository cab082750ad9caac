// Package crypto signs and verifies (签名验签).
//
// Two suites share one pair of types, so that a caller names a suite only when a key is created:
//
//	ed25519  Ed25519 (RFC 8032); the default
//	sm2      SM2 signature over SM3 with the default user id (GB/T 32918.2, GB/T 32905), DER encoded
//
// A private key is in DIR/<suite>.key (PKCS#8 in PEM, mode 0600). A file that others can read is refused. Its public
// half is in DIR/<key id>.pub (SubjectPublicKeyInfo in PEM). The key id is the first 16 hex digits of the SHA-256 of
// the raw public key. A Ring contains the public keys that a verifier trusts. Each key is bound to its suite, so a
// signature is never verified by the rules of another suite.
package crypto
