package verified

import "time"

// Kinds of events about stored bytes.
const (
	Tampered = "tampered" // stored bytes do not match their hash
	Missing  = "missing"  // stored bytes are missing or cannot be read
)

// Event is reported to operators.
type Event struct {
	Kind     string    `json:"kind"`
	Site     string    `json:"site,omitempty"`
	Revision int64     `json:"revision,omitempty"`
	Path     string    `json:"path,omitempty"`  // public path of the request that found it
	Where    string    `json:"where,omitempty"` // object or file, with offset
	Detail   string    `json:"detail"`
	At       time.Time `json:"at"`
}
