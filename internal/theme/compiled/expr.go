package compiled

import (
	"fmt"
	"reflect"
	"text/template/parse"
)

// expr is a compiled expression with its type. When get is nil, only its truth is available.
type expr struct {
	typ      reflect.Type
	get      func(r *run) reflect.Value
	truth    func(r *run) bool // nil: derived from the value
	text     func(r *run) string
	constant bool // the same for every run
}

// value returns the expression of a constant.
func value(v any) expr {
	fixed := reflect.ValueOf(v)
	return expr{typ: fixed.Type(), get: func(*run) reflect.Value { return fixed }, constant: true}
}

// textOf returns the expression of a computed string.
func textOf(constant bool, text func(r *run) string) expr {
	return expr{typ: reflect.TypeFor[string](), constant: constant, text: text,
		get: func(r *run) reflect.Value { return reflect.ValueOf(text(r)) }}
}

// boolOf returns the expression of a condition.
func boolOf(constant bool, is func(r *run) bool) expr {
	return expr{typ: reflect.TypeFor[bool](), constant: constant, truth: is,
		get: func(r *run) reflect.Value { return reflect.ValueOf(is(r)) }}
}

// str returns a function that evaluates an expression of kind string.
func (e expr) str() func(r *run) string {
	if e.text != nil {
		return e.text
	}
	get := e.get
	return func(r *run) string { return get(r).String() }
}

// truth returns a function that reports whether a value is true, like text/template.IsTrue, for a type known at compile
// time.
func truth(e expr) (func(r *run) bool, error) {
	if e.truth != nil {
		return e.truth, nil
	}
	if e.typ == nil || e.get == nil {
		return nil, fmt.Errorf("truth is not known")
	}
	get := e.get
	switch e.typ.Kind() {
	case reflect.Bool:
		return func(r *run) bool { return get(r).Bool() }, nil
	case reflect.String:
		text := e.str()
		return func(r *run) bool { return text(r) != "" }, nil
	case reflect.Slice:
		return func(r *run) bool { return get(r).Len() > 0 }, nil
	case reflect.Int, reflect.Int64:
		return func(r *run) bool { return get(r).Int() != 0 }, nil
	case reflect.Pointer:
		return func(r *run) bool { return !get(r).IsNil() }, nil
	case reflect.Struct:
		return func(r *run) bool { get(r); return true }, nil
	}
	return nil, fmt.Errorf("truth of %v is not known", e.typ)
}

// commands compiles a pipeline without its variable declarations.
func (c *compiler) commands(cmds []*parse.CommandNode, s *scope) (expr, error) {
	var last []expr
	for _, cmd := range cmds {
		e, err := c.command(cmd, s, last)
		if err != nil {
			return e, err
		}
		last = []expr{e}
	}
	return last[0], nil
}

func (c *compiler) command(cmd *parse.CommandNode, s *scope, last []expr) (expr, error) {
	id, ok := cmd.Args[0].(*parse.IdentifierNode)
	if !ok {
		if len(cmd.Args) > 1 || len(last) > 0 {
			return expr{}, fmt.Errorf("%s is not known", cmd)
		}
		return c.operand(cmd.Args[0], s)
	}
	args := make([]expr, 0, len(cmd.Args))
	for _, a := range cmd.Args[1:] {
		e, err := c.operand(a, s)
		if err != nil {
			return e, err
		}
		args = append(args, e)
	}
	e, err := c.call(id.Ident, append(args, last...))
	if err != nil {
		err = fmt.Errorf("%s: %w", cmd, err)
	}
	return e, err
}

func (c *compiler) operand(n parse.Node, s *scope) (expr, error) {
	switch n := n.(type) {
	case *parse.DotNode:
		return s.dot, nil
	case *parse.FieldNode:
		return fields(s.dot, n.Ident)
	case *parse.VariableNode:
		if v, ok := s.vars[n.Ident[0]]; ok {
			return fields(v, n.Ident[1:])
		}
	case *parse.ChainNode:
		e, err := c.operand(n.Node, s)
		if err != nil {
			return e, err
		}
		return fields(e, n.Field)
	case *parse.PipeNode:
		if len(n.Decl) == 0 {
			return c.commands(n.Cmds, s)
		}
	case *parse.StringNode:
		return value(n.Text), nil
	case *parse.BoolNode:
		return value(n.True), nil
	case *parse.NumberNode:
		if n.IsInt && int64(int(n.Int64)) == n.Int64 {
			return value(int(n.Int64)), nil
		}
	}
	return expr{}, fmt.Errorf("%s is not known", n)
}

// fields compiles .A.B.C. A nil pointer in the chain fails the run.
func fields(e expr, names []string) (expr, error) {
	for _, name := range names {
		if e.typ == nil || e.get == nil {
			return e, fmt.Errorf("type of the value before .%s is not known", name)
		}
		struc, pointer := e.typ, e.typ.Kind() == reflect.Pointer
		if pointer {
			struc = e.typ.Elem()
		}
		if struc.Kind() != reflect.Struct {
			return e, fmt.Errorf("%v has no field %s", struc, name)
		}
		f, ok := struc.FieldByName(name)
		if !ok || !f.IsExported() || throughPointer(struc, f.Index) {
			return e, fmt.Errorf("%v has no plain field %s", struc, name)
		}
		get, index, zero := e.get, f.Index, reflect.Zero(f.Type)
		next := expr{typ: f.Type}
		switch {
		case pointer:
			next.get = func(r *run) reflect.Value {
				v := get(r)
				if v.IsNil() {
					r.fail(errNil)
					return zero
				}
				return v.Elem().FieldByIndex(index)
			}
		case len(index) == 1:
			only := index[0]
			next.get = func(r *run) reflect.Value { return get(r).Field(only) }
		default:
			next.get = func(r *run) reflect.Value { return get(r).FieldByIndex(index) }
		}
		e = next
	}
	return e, nil
}

// throughPointer reports whether a promoted field is reached through an embedded pointer.
func throughPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		if t = t.Field(i).Type; t.Kind() != reflect.Struct {
			return true
		}
	}
	return false
}
