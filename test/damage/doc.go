// Package damage holds the table of losses and damages (损坏与恢复): each one is done to a real platform, and what is
// said, what readiness is, what the public sees and what comes back is compared with the table. The figures in
// docs/operations.md are from here.
package damage
