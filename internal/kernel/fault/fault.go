package fault

import (
	"errors"
	"fmt"
	"maps"
	"strings"
)

// Kind is the class of an error.
type Kind int

// The kinds. Internal is the zero value: an unknown error shows no detail.
const (
	Internal        Kind = iota // a defect or a broken part of the system
	Invalid                     // the input is wrong; the sender can correct it
	NotFound                    // no such thing, or not visible to the actor
	Conflict                    // another writer was first, or the state does not allow it
	Forbidden                   // the actor lacks the permission
	Unauthenticated             // nobody is logged in
	TooLarge                    // input over a limit
	Unsupported                 // a format or method that is not accepted
	Unavailable                 // try again later
)

const internalText = "系统内部错误，请稍后重试；如仍未恢复，请将错误编号告知网站管理员。"

// String returns the stable English name used in logs and metrics.
func (k Kind) String() string {
	switch k {
	case Invalid:
		return "invalid"
	case NotFound:
		return "not_found"
	case Conflict:
		return "conflict"
	case Forbidden:
		return "forbidden"
	case Unauthenticated:
		return "unauthenticated"
	case TooLarge:
		return "too_large"
	case Unsupported:
		return "unsupported"
	case Unavailable:
		return "unavailable"
	default:
		return "internal"
	}
}

// Error is an error with a kind. Text is safe for the client; Cause is not.
type Error struct {
	Kind   Kind
	Text   string
	Cause  error
	Fields map[string]string // input field → what is wrong with it, safe text
}

// Error returns the text for the log: safe text and cause.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Text
	}
	return e.Text + ": " + e.Cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New makes an error whose text is shown to the client.
func New(k Kind, format string, a ...any) error {
	return &Error{Kind: k, Text: fmt.Sprintf(format, a...)}
}

// Wrap gives cause a kind and a text for the client. A nil cause is allowed and
// means New.
func Wrap(k Kind, cause error, format string, a ...any) error {
	return &Error{Kind: k, Text: fmt.Sprintf(format, a...), Cause: cause}
}

// InvalidFields makes an Invalid error that names each wrong input field.
func InvalidFields(fields map[string]string, format string, a ...any) error {
	return &Error{Kind: Invalid, Text: fmt.Sprintf(format, a...), Fields: maps.Clone(fields)}
}

// Advise appends advice to the safe text of an error of kind k. The domain says what is wrong; the surface that shows
// the error (command, API operation, page) says how to correct it there. Other errors are returned unchanged.
func Advise(err error, k Kind, format string, a ...any) error {
	if !Is(err, k) {
		return err
	}
	text := strings.TrimRight(Text(err), "。") + "；" + fmt.Sprintf(format, a...)
	return &Error{Kind: k, Text: text, Cause: err, Fields: FieldsOf(err)}
}

// KindOf returns the kind of the outermost fault in err, Internal when there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is a fault of kind k. A nil error is of no kind.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// Text returns the sentence that may be shown to the client. Internal and
// unknown errors give a generic sentence.
func Text(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != Internal && e.Text != "" {
		return e.Text
	}
	return internalText
}

// FieldsOf returns what is wrong with which input field, nil when not known.
func FieldsOf(err error) map[string]string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Fields
	}
	return nil
}

// Annotate adds the call to the log text of the error of a function; kind and safe text do not change. Use it
// deferred, with the call's arguments:
//
//	defer fault.Annotate(&err, "publish.Release(%d)", id)
func Annotate(err *error, format string, a ...any) {
	if *err != nil {
		*err = &annotated{call: fmt.Sprintf(format, a...), err: *err}
	}
}

type annotated struct {
	call string
	err  error
}

func (a *annotated) Error() string { return a.call + ": " + a.err.Error() }
func (a *annotated) Unwrap() error { return a.err }
