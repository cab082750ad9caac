package metadata

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed themes.yaml
var themesText []byte

// ThemeClasses returns the two-level theme classification (主题分类) of gov.cn: top class
// to its children.
var ThemeClasses = sync.OnceValue(func() map[string][]string {
	classes := map[string][]string{}
	if err := yaml.Unmarshal(themesText, &classes); err != nil {
		panic("metadata: embedded themes.yaml: " + err.Error()) // kept right by TestThemeClasses
	}
	return classes
})

// ValidTheme reports whether s is a top class, or a top class and one of its children
// joined by "\" as gov.cn writes it. A child alone is accepted too.
func ValidTheme(s string) bool {
	classes := ThemeClasses()
	top, child, two := strings.Cut(s, `\`)
	if kids, ok := classes[top]; ok {
		return !two || slices.Contains(kids, child)
	}
	if two {
		return false
	}
	for _, kids := range classes {
		if slices.Contains(kids, s) {
			return true
		}
	}
	return false
}
