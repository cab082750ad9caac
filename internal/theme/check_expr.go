package theme

import (
	"reflect"
	"text/template/parse"
)

// pipe returns the type of a pipeline's value, nil when it is unknown (constants, built-in functions).
func (c *checker) pipe(p *parse.PipeNode, s scope) reflect.Type {
	var t reflect.Type
	for i, cmd := range p.Cmds {
		t = c.command(cmd, s, i > 0)
	}
	for _, v := range p.Decl {
		s.vars[v.Ident[0]] = t
	}
	return t
}

func (c *checker) command(cmd *parse.CommandNode, s scope, piped bool) reflect.Type {
	args := make([]reflect.Type, len(cmd.Args))
	for i, a := range cmd.Args {
		args[i] = c.operand(a, s)
	}
	id, ok := cmd.Args[0].(*parse.IdentifierNode)
	if !ok {
		if len(cmd.Args) > 1 {
			c.fault(cmd, "%s is not a function", cmd.Args[0])
		}
		return args[0]
	}
	return c.call(cmd, id.Ident, args[1:], piped)
}

// call checks the number and types of arguments of the theme's functions. Built-in functions are checked when the
// samples are rendered.
func (c *checker) call(n parse.Node, name string, args []reflect.Type, piped bool) reflect.Type {
	fn, ours := c.funcs[name]
	if !ours {
		if name == "call" {
			c.fault(n, "call is not allowed")
		}
		return builtin(name, args)
	}
	t := reflect.TypeOf(fn)
	want := t.NumIn()
	if piped {
		want--
	}
	if len(args) != want {
		c.fault(n, "%s takes %d arguments, has %d", name, want, len(args))
		return t.Out(0)
	}
	for i, a := range args {
		if a != nil && !a.AssignableTo(t.In(i)) {
			c.fault(n, "argument %d of %s is %v, want %v", i+1, name, a, t.In(i))
		}
	}
	return t.Out(0)
}

// builtin returns the result type of those text/template functions whose result a field may follow.
func builtin(name string, args []reflect.Type) reflect.Type {
	switch name {
	case "and", "or":
		if len(args) > 0 {
			return args[len(args)-1]
		}
	case "index":
		if len(args) > 0 && args[0] != nil && args[0].Kind() == reflect.Slice {
			return args[0].Elem()
		}
	case "slice":
		if len(args) > 0 {
			return args[0]
		}
	case "len":
		return reflect.TypeFor[int]()
	case "print", "printf", "println":
		return reflect.TypeFor[string]()
	}
	return nil
}

func (c *checker) operand(n parse.Node, s scope) reflect.Type {
	switch n := n.(type) {
	case *parse.DotNode:
		return s.dot
	case *parse.FieldNode:
		return c.fields(n, s.dot, n.Ident)
	case *parse.VariableNode:
		return c.fields(n, s.vars[n.Ident[0]], n.Ident[1:])
	case *parse.ChainNode:
		return c.fields(n, c.operand(n.Node, s), n.Field)
	case *parse.PipeNode:
		return c.pipe(n, s)
	case *parse.StringNode:
		return reflect.TypeFor[string]()
	case *parse.BoolNode:
		return reflect.TypeFor[bool]()
	}
	return nil
}

// fields resolves .A.B.C. Only fields are allowed: a template calls no method.
func (c *checker) fields(n parse.Node, t reflect.Type, names []string) reflect.Type {
	for _, name := range names {
		if t == nil {
			c.fault(n, "type of the value before .%s is not known", name)
			return nil
		}
		t = deref(t)
		if t.Kind() != reflect.Struct {
			c.fault(n, "%v has no field %s", t, name)
			return nil
		}
		f, ok := t.FieldByName(name)
		if !ok || !f.IsExported() {
			c.fault(n, "%v has no field %s", t, name)
			return nil
		}
		t = f.Type
	}
	return t
}
