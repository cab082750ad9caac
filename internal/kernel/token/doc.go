// Package token (访问令牌) authenticates programs: a secret that stands for permissions, for owners whose rows it reaches
// (kernel/actor), and for a time.
//
//	Create ──▶ secret shown once ──▶ Authenticate … ──▶ expired, or Revoke
//
// Only the SHA-256 of a secret is stored; the secret has 130 random bits, so a slow hash would add nothing. A secret
// has the form gy1_<id>_<random>: the id finds the row, the rest is compared in constant time. Every refusal has the
// same text, whatever the reason; the log names the reason and never the secret.
//
// A token cannot create one that may do more: no other permission or owner, no later expiry. Rows of expired and
// revoked tokens are kept, because logs name them.
//
// Table: token_token. Neighbours: store and actor; kernel/api asks it who calls.
package token
