// Package token (访问令牌) authenticates programs. A token is a secret with permissions, a scope of owners (kernel/actor)
// and an end of validity.
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
// Table: token_token. Neighbours: imports store, actor and audit; kernel/api calls Authenticate.
package token
