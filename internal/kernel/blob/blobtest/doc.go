// Package blobtest is the conformance suite of the blob store (文件存储): every driver passes it, over the embedded
// engine and over the real one.
package blobtest
