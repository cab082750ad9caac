// Package token (访问令牌) authenticates programs: a secret that stands for permissions, for owners whose rows it reaches
// (kernel/actor), and for a time.
//
//	Create ──▶ secret shown once ──▶ Authenticate … ──▶ expired, or Revoke
//
// Only the SHA-256 of a secret is stored; the secret has 130 random bits, so a slow hash
// would add nothing. A secret reads gy1_<id>_<random>: the id finds the row, the rest is
// compared in constant time. Whoever presents anything else hears the same sentence,
// whatever was wrong with it; the log names the reason and never the secret.
//
// A token can hand on no more than it has: neither a permission, nor an owner, nor a
// later end. Tokens are kept after they end, because logs name them.
//
// Table: token_token. Neighbours: store and actor; kernel/api asks it who calls.
package token
