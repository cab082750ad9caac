package compiled

import (
	"fmt"
	"reflect"
	"time"
)

// call compiles the call of a function of the theme or a built-in function.
func (c *compiler) call(name string, args []expr) (expr, error) {
	if fn, ours := c.funcs[name]; ours {
		return c.ours(name, fn, args)
	}
	switch name {
	case "or", "and":
		return either(name == "or", args)
	case "not":
		if len(args) == 1 {
			is, err := truth(args[0])
			return boolOf(args[0].constant, func(r *run) bool { return !is(r) }), err
		}
	case "eq", "ne", "lt", "le", "gt", "ge":
		if len(args) == 2 {
			return compare(name, args[0], args[1])
		}
	case "len":
		if len(args) == 1 && args[0].get != nil &&
			(args[0].typ.Kind() == reflect.Slice || args[0].typ.Kind() == reflect.String) {
			get := args[0].get
			return expr{typ: reflect.TypeFor[int](),
				get: func(r *run) reflect.Value { return reflect.ValueOf(get(r).Len()) }}, nil
		}
	case "slice":
		return slice(args)
	}
	return expr{}, fmt.Errorf("function %s with these arguments is not known", name)
}

// ours compiles the call of a function of the theme. Functions with plain argument and result types, the most frequent
// ones on a page, are called without reflection.
func (c *compiler) ours(name string, fn any, args []expr) (expr, error) {
	f := reflect.ValueOf(fn)
	t := f.Type()
	constant := true
	if t.IsVariadic() || len(args) != t.NumIn() {
		return expr{}, fmt.Errorf("arguments of %s are not known", name)
	}
	for i, a := range args {
		if a.get == nil || !a.typ.AssignableTo(t.In(i)) {
			return expr{}, fmt.Errorf("argument %d of %s is not known", i+1, name)
		}
		constant = constant && a.constant
	}
	switch fn := fn.(type) {
	case func(time.Time) string:
		get := args[0].get
		return textOf(constant, func(r *run) string { return fn(timeOf(get(r))) }), nil
	case func(string) string:
		arg := args[0].str()
		return textOf(constant, func(r *run) string { return fn(arg(r)) }), nil
	case func(string) (string, error):
		arg := args[0].str()
		return textOf(constant, func(r *run) string {
			s, err := fn(arg(r))
			if err != nil {
				r.fail(err)
			}
			return s
		}), nil
	}
	if t.NumOut() != 1 {
		return expr{}, fmt.Errorf("results of %s are not known", name)
	}
	return expr{typ: t.Out(0), constant: constant, get: func(r *run) reflect.Value {
		in := make([]reflect.Value, len(args))
		for i, a := range args {
			in[i] = a.get(r)
		}
		if r.err != nil { // an argument could not be computed
			return reflect.Zero(t.Out(0))
		}
		return f.Call(in)[0]
	}}, nil
}

func timeOf(v reflect.Value) time.Time {
	if v.CanAddr() {
		if p, ok := v.Addr().Interface().(*time.Time); ok {
			return *p
		}
	}
	t, _ := v.Interface().(time.Time)
	return t
}

// either compiles or and and: the result is the first argument that decides, else the last; later arguments are not
// evaluated. When the arguments have different types, only the truth of the result can be used.
func either(or bool, args []expr) (expr, error) {
	if len(args) == 0 {
		return expr{}, fmt.Errorf("no arguments")
	}
	tests := make([]func(*run) bool, len(args))
	same, constant := true, true
	for i, a := range args {
		var err error
		if tests[i], err = truth(a); err != nil {
			return expr{}, err
		}
		same = same && a.get != nil && a.typ == args[0].typ
		constant = constant && a.constant
	}
	e := expr{constant: constant, truth: func(r *run) bool {
		for _, is := range tests {
			if is(r) == or {
				return or
			}
		}
		return !or
	}}
	if same {
		last := len(args) - 1
		e.typ = args[0].typ
		e.get = func(r *run) reflect.Value {
			for i, is := range tests[:last] {
				if is(r) == or {
					return args[i].get(r)
				}
			}
			return args[last].get(r)
		}
	}
	return e, nil
}

// compare compiles eq, ne and the order comparisons for two strings, two integers or, for equality, two booleans.
func compare(name string, a, b expr) (expr, error) {
	if a.get == nil || b.get == nil {
		return expr{}, fmt.Errorf("types are not known")
	}
	constant := a.constant && b.constant
	switch ka, kb := a.typ.Kind(), b.typ.Kind(); {
	case ka == reflect.String && kb == reflect.String:
		x, y, is := a.str(), b.str(), order[string](name)
		return boolOf(constant, func(r *run) bool { return is(x(r), y(r)) }), nil
	case isInt(ka) && isInt(kb):
		is := order[int64](name)
		return boolOf(constant, func(r *run) bool { return is(a.get(r).Int(), b.get(r).Int()) }), nil
	case ka == reflect.Bool && kb == reflect.Bool && (name == "eq" || name == "ne"):
		return boolOf(constant, func(r *run) bool { return (a.get(r).Bool() == b.get(r).Bool()) == (name == "eq") }),
			nil
	}
	return expr{}, fmt.Errorf("%s of %v and %v is not known", name, a.typ, b.typ)
}

func isInt(k reflect.Kind) bool { return k == reflect.Int || k == reflect.Int64 }

func order[T string | int64](name string) func(a, b T) bool {
	return map[string]func(a, b T) bool{
		"eq": func(a, b T) bool { return a == b }, "ne": func(a, b T) bool { return a != b },
		"lt": func(a, b T) bool { return a < b }, "le": func(a, b T) bool { return a <= b },
		"gt": func(a, b T) bool { return a > b }, "ge": func(a, b T) bool { return a >= b },
	}[name]
}

// slice compiles slice x i and slice x i j with constant bounds.
func slice(args []expr) (expr, error) {
	if len(args) < 2 || len(args) > 3 || args[0].get == nil || args[0].typ != reflect.TypeFor[string]() {
		return expr{}, fmt.Errorf("slice is known for strings only")
	}
	bounds := make([]int, 0, 2)
	for _, a := range args[1:] {
		if !a.constant || a.get == nil || a.typ.Kind() != reflect.Int {
			return expr{}, fmt.Errorf("slice is known for constant bounds only")
		}
		bounds = append(bounds, int(a.get(nil).Int()))
	}
	text := args[0].str()
	return textOf(false, func(r *run) string {
		s := text(r)
		low, high := bounds[0], len(s)
		if len(bounds) == 2 {
			high = bounds[1]
		}
		if low < 0 || high > len(s) || low > high {
			r.fail(errRange)
			return ""
		}
		return s[low:high]
	}), nil
}
