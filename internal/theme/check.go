package theme

import (
	"errors"
	"fmt"
	"html/template"
	"reflect"
	"text/template/parse"
)

// check proves that every kind of page can be rendered before the first page is. It checks the fields used by the
// templates, then renders full and empty sample views, whose markup must keep the page rules.
func (s *Set) check() error {
	c := &checker{set: s.templates, funcs: funcs(s.addresses), done: map[string]bool{}}
	for _, v := range pageViews() {
		c.entry(v.file(), reflect.TypeOf(v))
	}
	for _, name := range chromeParts() {
		c.entry(name, reflect.TypeFor[ChromeView]())
	}
	if err := errors.Join(c.faults...); err != nil {
		return err
	}
	return s.rehearse()
}

// checker walks the parsed templates with the static types of dot and of every variable.
type checker struct {
	set    *template.Template
	funcs  template.FuncMap
	faults []error
	done   map[string]bool // template name + type of dot
	tree   *parse.Tree
}

// scope holds the types of dot and the variables at a node. A nil type is unknown: fields of it are not checked.
type scope struct {
	dot  reflect.Type
	vars map[string]reflect.Type
}

func (s scope) with(dot reflect.Type) scope { return scope{dot: dot, vars: s.vars} }

func (s scope) child() scope {
	vars := make(map[string]reflect.Type, len(s.vars))
	for k, v := range s.vars {
		vars[k] = v
	}
	return scope{dot: s.dot, vars: vars}
}

// entry checks one template with one type of dot.
func (c *checker) entry(name string, dot reflect.Type) {
	key := fmt.Sprint(name, " ", dot)
	if c.done[key] {
		return
	}
	c.done[key] = true
	t := c.set.Lookup(name)
	if t == nil || t.Tree == nil {
		c.faults = append(c.faults, fmt.Errorf("template %q is missing (for %v)", name, dot))
		return
	}
	outer := c.tree
	c.tree = t.Tree
	c.list(t.Tree.Root, scope{dot: dot, vars: map[string]reflect.Type{"$": dot}})
	c.tree = outer
}

func (c *checker) fault(n parse.Node, format string, a ...any) {
	where, _ := c.tree.ErrorContext(n)
	c.faults = append(c.faults, fmt.Errorf("%s: %s", where, fmt.Sprintf(format, a...)))
}

func (c *checker) list(l *parse.ListNode, s scope) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		c.node(n, s)
	}
}

func (c *checker) node(n parse.Node, s scope) {
	switch n := n.(type) {
	case *parse.ActionNode:
		c.pipe(n.Pipe, s)
	case *parse.IfNode:
		in := s.child()
		c.pipe(n.Pipe, in)
		c.list(n.List, in)
		c.list(n.ElseList, in)
	case *parse.WithNode:
		in := s.child()
		t := c.pipe(n.Pipe, in)
		c.list(n.List, in.with(t))
		c.list(n.ElseList, in)
	case *parse.RangeNode:
		c.rangeNode(n, s.child())
	case *parse.TemplateNode:
		var dot reflect.Type
		if n.Pipe != nil {
			if dot = c.pipe(n.Pipe, s); dot == nil {
				c.fault(n, "type of the argument of template %q is not known", n.Name)
				return
			}
		}
		if c.set.Lookup(n.Name) == nil {
			c.fault(n, "template %q is missing", n.Name)
			return
		}
		c.entry(n.Name, dot)
	}
}

// rangeNode sets dot and the loop variables to the element type.
func (c *checker) rangeNode(n *parse.RangeNode, s scope) {
	decl := n.Pipe.Decl
	n.Pipe.Decl = nil
	t := c.pipe(n.Pipe, s)
	n.Pipe.Decl = decl
	elem := t
	if t != nil {
		switch t = deref(t); t.Kind() {
		case reflect.Slice, reflect.Array, reflect.Map:
			elem = t.Elem()
		case reflect.Int:
		default:
			c.fault(n, "range over %v", t)
			return
		}
	}
	switch len(decl) {
	case 1:
		s.vars[decl[0].Ident[0]] = elem
	case 2:
		s.vars[decl[0].Ident[0]] = reflect.TypeFor[int]()
		s.vars[decl[1].Ident[0]] = elem
	}
	c.list(n.List, s.with(elem))
	c.list(n.ElseList, s)
}

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}
