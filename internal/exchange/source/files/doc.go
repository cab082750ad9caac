// Package files (文件来源) reads saved pages and content files from a folder. It does not follow links that lead out of
// the folder, and never opens pipes or devices.
package files
