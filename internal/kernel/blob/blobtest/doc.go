// Package blobtest is the conformance suite of the blob store (文件存储); every driver must pass it.
package blobtest
