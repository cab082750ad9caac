package app

import (
	"testing"

	"guiyi/internal/dynamic"
	"guiyi/internal/portal"
)

// TestMountsAnswerTheTable: the portal answers exactly what the edge forwards, by the table that both read.
func TestMountsAnswerTheTable(t *testing.T) {
	mounts := (&server{}).mounts()
	if _, err := portal.New(dynamic.Options{}, mounts...); err != nil {
		t.Error(err)
	}
	for i, m := range mounts {
		others := append(append([]dynamic.Mount{}, mounts[:i]...), mounts[i+1:]...)
		if _, err := portal.New(dynamic.Options{}, others...); err == nil {
			t.Errorf("nobody notices that %s is missing", m.Name)
		}
	}
}
