// Package themes (主题目录) finds the theme of a site: embedded, or a folder of the data folder.
package themes
