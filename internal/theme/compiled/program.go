package compiled

import (
	"errors"
	"fmt"
	"html/template"
	"reflect"
	"text/template/parse"
)

// Program is a template compiled for one type of dot. It is safe for concurrent use.
type Program struct{ main *routine }

// Compile compiles the template of a name for values of type dot. The set must have executed this template before, so
// that html/template has inserted the escapers. funcs are the functions the set was parsed with; they must be pure. The
// error names the unsupported construct.
func Compile(set *template.Template, funcs template.FuncMap, name string, dot reflect.Type) (*Program, error) {
	c := &compiler{set: set, funcs: funcs, routines: map[key]*routine{}}
	main, err := c.routine(name, dot)
	if err != nil {
		return nil, fmt.Errorf("compiled: %w", err)
	}
	return &Program{main}, nil
}

// Append renders a value of the type the program was compiled for and appends the bytes to dst. After an error the
// appended bytes must be discarded.
func (p *Program) Append(dst []byte, dot reflect.Value) ([]byte, error) {
	r := &run{out: dst, stack: make([]reflect.Value, 0, 64)}
	p.main.call(r, dot)
	return r.out, r.err
}

// run is the state of one rendering.
type run struct {
	out   []byte
	stack []reflect.Value // dots and variables of the active routines
	base  int             // of the current routine
	depth int
	err   error // the first; expressions after it return zero values
}

func (r *run) slot(n int) *reflect.Value { return &r.stack[r.base+n] }

func (r *run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

var (
	errNil   = errors.New("compiled: nil pointer")
	errRange = errors.New("compiled: index out of range")
	errDepth = errors.New("compiled: templates call each other too deep")
)

// maxDepth is the maximum depth of template calls; html/template allows more.
const maxDepth = 1000

// op is one step of a template.
type op func(r *run)

// routine is a template compiled for one type of dot. Slot 0 holds its dot.
type routine struct {
	ops   []op
	slots int
}

func (t *routine) call(r *run, dot reflect.Value) {
	if r.depth++; r.depth > maxDepth {
		r.fail(errDepth)
		return
	}
	base := r.base
	r.base = len(r.stack)
	for range t.slots {
		r.stack = append(r.stack, reflect.Value{})
	}
	r.stack[r.base] = dot
	perform(r, t.ops)
	r.stack = r.stack[:r.base]
	r.base = base
	r.depth--
}

func perform(r *run, ops []op) {
	for _, o := range ops {
		if r.err != nil {
			return
		}
		o(r)
	}
}

type key struct {
	name string
	dot  reflect.Type
}

type compiler struct {
	set      *template.Template
	funcs    template.FuncMap
	routines map[key]*routine
}

// scope holds the slots and types of dot and the variables at a node.
type scope struct {
	of   *routine
	dot  expr
	vars map[string]expr
}

// slot reserves a position on the stack for a value of a type.
func (s *scope) slot(t reflect.Type) (n int, e expr) {
	n = s.of.slots
	s.of.slots++
	return n, expr{typ: t, get: func(r *run) reflect.Value { return *r.slot(n) }}
}

// inner returns the scope of a nested list; variables declared in it end with it.
func (s *scope) inner() *scope {
	vars := make(map[string]expr, len(s.vars))
	for k, v := range s.vars {
		vars[k] = v
	}
	return &scope{of: s.of, dot: s.dot, vars: vars}
}

func (c *compiler) routine(name string, dot reflect.Type) (*routine, error) {
	k := key{name, dot}
	if t := c.routines[k]; t != nil { // possibly incomplete: templates may be recursive
		return t, nil
	}
	t := c.set.Lookup(name)
	if t == nil || t.Tree == nil {
		return nil, fmt.Errorf("template %q is not known", name)
	}
	out := &routine{}
	c.routines[k] = out
	s := &scope{of: out, vars: map[string]expr{}}
	_, s.dot = s.slot(dot)
	s.vars["$"] = s.dot
	l := &lister{}
	if err := c.list(t.Tree.Root, s, l); err != nil {
		return nil, fmt.Errorf("template %q: %w", name, err)
	}
	out.ops = l.done()
	return out, nil
}

// lister collects the steps of a list and joins adjacent texts.
type lister struct {
	ops  []op
	text []byte
}

func (l *lister) add(o op) { l.ops = append(l.done(), o) }

// choose compiles a condition with two branches.
func (l *lister) choose(yes func(r *run) bool, then, otherwise []op) {
	l.add(func(r *run) {
		if yes(r) {
			perform(r, then)
		} else {
			perform(r, otherwise)
		}
	})
}

func (l *lister) done() []op {
	if len(l.text) > 0 {
		text := string(l.text)
		l.ops, l.text = append(l.ops, func(r *run) { r.out = append(r.out, text...) }), nil
	}
	return l.ops
}

func (c *compiler) list(list *parse.ListNode, s *scope, l *lister) error {
	if list == nil {
		return nil
	}
	for _, n := range list.Nodes {
		if err := c.node(n, s, l); err != nil {
			return err
		}
	}
	return nil
}

// part compiles a nested list.
func (c *compiler) part(list *parse.ListNode, s *scope) ([]op, error) {
	l := &lister{}
	err := c.list(list, s, l)
	return l.done(), err
}

func (c *compiler) node(n parse.Node, s *scope, l *lister) error {
	switch n := n.(type) {
	case *parse.TextNode:
		l.text = append(l.text, n.Text...)
		return nil
	case *parse.CommentNode:
		return nil
	case *parse.ActionNode:
		return c.action(n, s, l)
	case *parse.IfNode:
		return c.ifNode(&n.BranchNode, s, l)
	case *parse.WithNode:
		return c.withNode(&n.BranchNode, s, l)
	case *parse.RangeNode:
		return c.rangeNode(&n.BranchNode, s, l)
	case *parse.TemplateNode:
		return c.templateNode(n, s, l)
	}
	return fmt.Errorf("%s is not known", n)
}

// declare compiles the assignment of a pipeline's value to a new variable; nil when it declares none.
func (c *compiler) declare(p *parse.PipeNode, e expr, s *scope) (op, error) {
	if len(p.Decl) == 0 {
		return nil, nil
	}
	if p.IsAssign || len(p.Decl) > 1 || e.get == nil {
		return nil, fmt.Errorf("%s is not known", p)
	}
	n, v := s.slot(e.typ)
	s.vars[p.Decl[0].Ident[0]] = v
	return func(r *run) { *r.slot(n) = e.get(r) }, nil
}

func (c *compiler) action(n *parse.ActionNode, s *scope, l *lister) error {
	if len(n.Pipe.Decl) > 0 {
		e, err := c.commands(n.Pipe.Cmds, s)
		if err != nil {
			return err
		}
		set, err := c.declare(n.Pipe, e, s)
		if err == nil {
			l.add(set)
		}
		return err
	}
	cmds := n.Pipe.Cmds
	end := len(cmds)
	for end > 1 && escaperName(cmds[end-1]) != "" {
		end--
	}
	e, err := c.commands(cmds[:end], s)
	if err != nil {
		return err
	}
	var escapers []string
	for _, cmd := range cmds[end:] {
		escapers = append(escapers, escaperName(cmd))
	}
	print, err := printer(e, escapers)
	if err != nil {
		return fmt.Errorf("%s: %w", n, err)
	}
	if e.constant {
		r := &run{}
		print(r)
		if r.err == nil {
			l.text = append(l.text, r.out...)
			return nil
		}
	}
	l.add(print)
	return nil
}

func (c *compiler) ifNode(n *parse.BranchNode, s *scope, l *lister) error {
	in := s.inner()
	e, err := c.commands(n.Pipe.Cmds, in)
	if err != nil {
		return err
	}
	set, err := c.declare(n.Pipe, e, in)
	if err != nil {
		return err
	}
	if set != nil {
		l.add(set)
		e = in.vars[n.Pipe.Decl[0].Ident[0]]
	}
	yes, err := truth(e)
	if err != nil {
		return fmt.Errorf("%s: %w", n.Pipe, err)
	}
	then, err := c.part(n.List, in)
	if err != nil {
		return err
	}
	otherwise, err := c.part(n.ElseList, in)
	l.choose(yes, then, otherwise)
	return err
}

func (c *compiler) withNode(n *parse.BranchNode, s *scope, l *lister) error {
	in := s.inner()
	e, err := c.commands(n.Pipe.Cmds, in)
	if err != nil {
		return err
	}
	if e.get == nil {
		return fmt.Errorf("value of %s is not known", n.Pipe)
	}
	at, dot := in.slot(e.typ)
	l.add(func(r *run) { *r.slot(at) = e.get(r) })
	set, err := c.declare(n.Pipe, dot, in)
	if err != nil {
		return err
	}
	if set != nil {
		l.add(set)
	}
	yes, err := truth(dot)
	if err != nil {
		return fmt.Errorf("%s: %w", n.Pipe, err)
	}
	otherwise, err := c.part(n.ElseList, in)
	if err != nil {
		return err
	}
	in.dot = dot
	then, err := c.part(n.List, in)
	l.choose(yes, then, otherwise)
	return err
}

func (c *compiler) rangeNode(n *parse.BranchNode, s *scope, l *lister) error {
	in := s.inner()
	e, err := c.commands(n.Pipe.Cmds, in)
	if err != nil {
		return err
	}
	if e.get == nil || e.typ.Kind() != reflect.Slice || n.Pipe.IsAssign {
		return fmt.Errorf("range over %s is not known", n.Pipe)
	}
	otherwise, err := c.part(n.ElseList, in)
	if err != nil {
		return err
	}
	at, dot := in.slot(e.typ.Elem())
	in.dot = dot
	number := -1
	switch d := n.Pipe.Decl; len(d) {
	case 1:
		in.vars[d[0].Ident[0]] = dot
	case 2:
		number, in.vars[d[0].Ident[0]] = in.slot(reflect.TypeFor[int]())
		in.vars[d[1].Ident[0]] = dot
	}
	each, err := c.part(n.List, in)
	l.add(func(r *run) {
		list := e.get(r)
		for i := range list.Len() {
			*r.slot(at) = list.Index(i)
			if number >= 0 {
				*r.slot(number) = reflect.ValueOf(i)
			}
			perform(r, each)
		}
		if list.Len() == 0 {
			perform(r, otherwise)
		}
	})
	return err
}

func (c *compiler) templateNode(n *parse.TemplateNode, s *scope, l *lister) error {
	if n.Pipe == nil {
		t, err := c.routine(n.Name, nil)
		l.add(func(r *run) { t.call(r, reflect.Value{}) })
		return err
	}
	if len(n.Pipe.Decl) > 0 {
		return fmt.Errorf("%s is not known", n)
	}
	e, err := c.commands(n.Pipe.Cmds, s)
	if err != nil {
		return err
	}
	if e.get == nil {
		return fmt.Errorf("value of %s is not known", n.Pipe)
	}
	t, err := c.routine(n.Name, e.typ)
	l.add(func(r *run) { t.call(r, e.get(r)) })
	return err
}
