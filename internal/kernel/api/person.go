package api

import (
	"context"
	"strings"
)

// Person is who did something, in an answer.
type Person struct {
	Kind string `json:"kind" doc:"officer 人员、token 令牌、system 平台"`
	ID   string `json:"id" doc:"编号"`
	Name string `json:"name" doc:"姓名；不知道时同编号"`
}

// NameSource returns the names of persons by kind and id, such as "officer:12". Unknown ones are missing.
type NameSource func(ctx context.Context, who []string) (map[string]string, error)

// Names are known names by kind and id.
type Names map[string]string

// Of asks for the names of all persons of an answer at once. Without a source no name is known.
func (s NameSource) Of(ctx context.Context, who ...string) (Names, error) {
	if s == nil || len(who) == 0 {
		return Names{}, nil
	}
	return s(ctx, who)
}

// Person returns the person of kind and id, nil for "".
func (n Names) Person(who string) *Person {
	if who == "" {
		return nil
	}
	kind, id, _ := strings.Cut(who, ":")
	out := &Person{Kind: kind, ID: id, Name: n[who]}
	if out.Name == "" {
		out.Name = id
	}
	return out
}
