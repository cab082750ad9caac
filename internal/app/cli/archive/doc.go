// Package archive (备份文件) is what the commands backup and restore do around kernel/backup: the file
// that appears whole or not at all, the passphrase, the target, and what is said on the terminal.
package archive
