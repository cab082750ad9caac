// Package archive (备份文件) implements the commands backup and restore with kernel/backup. It handles files, passphrases
// and messages.
package archive
