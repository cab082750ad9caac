// Package themes (主题目录) loads the themes of sites. A theme is embedded, or a folder in the data folder.
package themes
