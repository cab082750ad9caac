// Package files (文件来源) reads saved pages and content files from a folder. Links do not
// lead out of it, and pipes and devices are never opened.
package files
