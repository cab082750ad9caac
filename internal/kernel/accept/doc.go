// Package accept (准入检查) tells by their bytes which pictures and attachments may be published.
package accept
