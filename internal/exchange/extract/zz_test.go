package extract

import (
	"path/filepath"
	"testing"
)

func BenchmarkZZ(b *testing.B) {
	files, _ := filepath.Glob("/work/shared/data/html-gov/*.html")
	var src []string
	t := &testing.T{}
	for _, f := range files {
		src = append(src, load(t, f))
	}
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		for _, s := range src {
			Extract(s, Options{})
		}
	}
}
func BenchmarkSmall(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Extract(plain, Options{})
	}
}
