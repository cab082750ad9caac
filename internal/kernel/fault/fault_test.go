package fault_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"guiyi/internal/kernel/fault"
)

func TestKindAndTextSurviveWrapping(t *testing.T) {
	notFound := fault.New(fault.NotFound, "没有编号为 %d 的稿件，请核对后重试。", 7)
	for _, tc := range []struct {
		name string
		err  error
		kind fault.Kind
		text string
	}{
		{"plain", notFound, fault.NotFound, "没有编号为 7 的稿件，请核对后重试。"},
		{"wrapped by fmt", fmt.Errorf("load: %w", notFound), fault.NotFound, "没有编号为 7 的稿件，请核对后重试。"},
		{"joined", errors.Join(io.EOF, notFound), fault.NotFound, "没有编号为 7 的稿件，请核对后重试。"},
		{"outermost wins", fault.Wrap(fault.Conflict, notFound, "请刷新后重试。"), fault.Conflict, "请刷新后重试。"},
		{"cause hidden", fault.Wrap(fault.Unavailable, io.ErrUnexpectedEOF, "请稍后再试。"), fault.Unavailable, "请稍后再试。"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := fault.KindOf(tc.err); got != tc.kind {
				t.Errorf("kind = %v, want %v", got, tc.kind)
			}
			if got := fault.Text(tc.err); got != tc.text {
				t.Errorf("text = %q, want %q", got, tc.text)
			}
			if !fault.Is(tc.err, tc.kind) || fault.Is(tc.err, fault.TooLarge) {
				t.Error("Is disagrees with KindOf")
			}
		})
	}
}

func TestUnknownErrorsShowNothing(t *testing.T) {
	for _, err := range []error{
		errors.New("dial tcp 10.0.0.8:5432: refused"),
		fault.New(fault.Internal, "dial tcp 10.0.0.8:5432"),
		fault.Wrap(fault.Internal, errors.New("password=1"), "10.0.0.8"),
		fault.New(fault.Invalid, ""),
	} {
		text := fault.Text(err)
		if text == "" || strings.ContainsAny(text, "0123456789=") {
			t.Errorf("Text(%v) = %q", err, text)
		}
	}
	if fault.KindOf(io.EOF) != fault.Internal {
		t.Error("an unknown error must be internal")
	}
}

func TestNil(t *testing.T) {
	if fault.Text(nil) != "" || fault.Is(nil, fault.Internal) || fault.FieldsOf(nil) != nil {
		t.Error("nil must be no fault")
	}
	var err error
	fault.Annotate(&err, "f(%d)", 1)
	if err != nil {
		t.Errorf("Annotate made an error of nil: %v", err)
	}
}

func TestAnnotateKeepsKindTextAndChain(t *testing.T) {
	f := func(id int) (err error) {
		defer fault.Annotate(&err, "publish.Release(%d)", id)
		return fault.Wrap(fault.Conflict, io.EOF, "请刷新。")
	}
	err := f(9)
	if fault.KindOf(err) != fault.Conflict || fault.Text(err) != "请刷新。" || !errors.Is(err, io.EOF) {
		t.Errorf("lost kind, text or cause: %v", err)
	}
	if want := "publish.Release(9): 请刷新。: EOF"; err.Error() != want {
		t.Errorf("log text = %q, want %q", err, want)
	}
}

func TestFieldsAreCopied(t *testing.T) {
	in := map[string]string{"title": "请填写标题"}
	err := fault.InvalidFields(in, "有 %d 处需要修改。", len(in))
	in["title"] = "changed"
	if got := fault.FieldsOf(err)["title"]; got != "请填写标题" {
		t.Errorf("fields = %q", got)
	}
	if fault.FieldsOf(io.EOF) != nil || fault.KindOf(err) != fault.Invalid || fault.Text(err) != "有 1 处需要修改。" {
		t.Error("wrong kind, text or fields")
	}
}

func TestKindNamesAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for k := fault.Internal; k <= fault.Unavailable; k++ {
		if seen[k.String()] {
			t.Errorf("kind %d repeats name %q", k, k)
		}
		seen[k.String()] = true
	}
}

func TestAdvise(t *testing.T) {
	err := fault.InvalidFields(map[string]string{"code": "太长"}, "有误。")
	got := fault.Advise(err, fault.Invalid, "见 %s", "说明")
	if fault.Text(got) != "有误；见 说明" || fault.KindOf(got) != fault.Invalid || fault.FieldsOf(got)["code"] != "太长" ||
		!errors.Is(got, err) {
		t.Errorf("%q %v", fault.Text(got), got)
	}
	if other := fault.Advise(err, fault.NotFound, "见说明"); other != err {
		t.Errorf("an error of another kind: %v", other)
	}
	if fault.Advise(nil, fault.Internal, "见说明") != nil {
		t.Error("no error became one")
	}
}
