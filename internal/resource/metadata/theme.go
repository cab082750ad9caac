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

// ThemeClasses returns the theme classes (主题分类) of gov.cn: the subclasses of each top class.
var ThemeClasses = sync.OnceValue(func() map[string][]string {
	classes := map[string][]string{}
	if err := yaml.Unmarshal(themesText, &classes); err != nil {
		panic("metadata: embedded themes.yaml: " + err.Error()) // TestThemeClasses checks the file
	}
	return classes
})

// ValidTheme reports whether s is a top class, a subclass, or a top class and one of its subclasses joined by "\".
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
