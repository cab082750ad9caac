package indextest

import "testing"

func TestMemory(t *testing.T) { Run(t, NewMemory().Open) }
