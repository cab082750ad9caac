//go:build !linux

package storetest

import "errors"

func mountSmall(string, int64) error { return errors.ErrUnsupported }

func remount(string, bool) error { return errors.ErrUnsupported }

func unmount(string) error { return nil }
