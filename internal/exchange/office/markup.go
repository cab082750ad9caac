package office

import (
	"context"
	"encoding/xml"
	"io"
	"strings"

	"guiyi/internal/kernel/fault"
)

// Limits of one XML part.
const (
	maxNesting = 200        // open elements
	maxTokens  = 20_000_000 // elements and texts
	checkEvery = 4096       // tokens between two looks at the clock
)

// markup reads one XML part as a stream of elements. Names are local names; the prefixes of real files vary.
type markup struct {
	dec    *xml.Decoder
	ctx    context.Context
	depth  int
	tokens int
}

func newMarkup(ctx context.Context, r io.Reader) *markup {
	return &markup{dec: xml.NewDecoder(r), ctx: ctx}
}

// next returns the next token. A document type is refused.
func (m *markup) next() (xml.Token, error) {
	t, err := m.dec.Token()
	if err != nil {
		if err == io.EOF && m.depth > 0 {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	if m.tokens++; m.tokens%checkEvery == 0 {
		if err := m.ctx.Err(); err != nil {
			return nil, err
		}
	}
	switch t.(type) {
	case xml.StartElement:
		m.depth++
	case xml.EndElement:
		m.depth--
	case xml.Directive:
		return nil, fault.New(fault.Unsupported, "文件里有文档类型声明（DOCTYPE），办公文件不应有，已拒绝")
	}
	if m.depth > maxNesting || m.tokens > maxTokens {
		return nil, fault.New(fault.TooLarge, "文件的结构太深或太大")
	}
	return t, nil
}

// root calls fn for the children of the first element.
func (m *markup) root(fn func(xml.StartElement) error) error {
	for {
		t, err := m.next()
		if err != nil {
			return err
		}
		if _, ok := t.(xml.StartElement); ok {
			return m.children(fn)
		}
	}
}

// children calls fn for each child of the element that was just begun, and ends after it. What fn does not read of a
// child is skipped. An fn of nil skips everything.
func (m *markup) children(fn func(xml.StartElement) error) error {
	inside := m.depth
	for {
		t, err := m.next()
		if err != nil {
			return err
		}
		if s, ok := t.(xml.StartElement); ok && fn != nil {
			if err := fn(s); err != nil {
				return err
			}
			for m.depth > inside {
				if _, err := m.next(); err != nil {
					return err
				}
			}
		}
		if m.depth < inside {
			return nil
		}
	}
}

// each calls fn for every token of the part.
func (m *markup) each(fn func(xml.Token) error) error {
	for {
		t, err := m.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := fn(t); err != nil {
			return err
		}
	}
}

// text returns the characters of the element that was just begun and of all below it.
func (m *markup) text() (string, error) {
	var b strings.Builder
	inside := m.depth
	for m.depth >= inside {
		t, err := m.next()
		if err != nil {
			return "", err
		}
		if c, ok := t.(xml.CharData); ok {
			b.Write(c)
		}
	}
	return b.String(), nil
}

// attr returns an attribute by its local name, "" if there is none.
func attr(s xml.StartElement, name string) string {
	for _, a := range s.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// on reads a switch such as w:b: there without a value means on.
func on(s xml.StartElement) bool {
	switch attr(s, "val") {
	case "0", "false", "off", "none":
		return false
	}
	return true
}
