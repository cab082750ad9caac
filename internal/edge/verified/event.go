package verified

import "time"

// Kinds of events about stored bytes.
const (
	Tampered = "tampered" // stored bytes do not have their hash
	Missing  = "missing"  // stored bytes are not there or cannot be read
)

// Event is something that an operator must know.
type Event struct {
	Kind     string    `json:"kind"`
	Site     string    `json:"site,omitempty"`
	Revision int64     `json:"revision,omitempty"`
	Path     string    `json:"path,omitempty"`  // public path it was found by
	Where    string    `json:"where,omitempty"` // object or file, with offset
	Detail   string    `json:"detail"`
	At       time.Time `json:"at"`
}
